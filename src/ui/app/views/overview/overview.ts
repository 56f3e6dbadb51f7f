import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Facets, PeersView } from '../../../../center/ports.ts'
import { Badge, Failure, Loading } from '../../parts/basics.ts'
import { count } from '../../parts/format.ts'
import { useTraffic } from '../../parts/traffic.ts'
import { SLOW_LOOK_MS, useLive } from '../../state/live.ts'
import { href } from '../../state/router.ts'
import { useTail } from '../../state/tail.ts'
import { EventTable } from '../events.ts'
import { type Problem, verdictOf } from '../problems/find-problems.ts'
import { useWatched } from '../problems/use-problems.ts'
import { Federation } from './federation.ts'
import { NodePanel } from './node-panel.ts'

/** The federation at a glance. */
export function OverviewView(): VNode {
  const { problems, peers, error } = useWatched()
  const { data: facets } = useLive<Facets>('/admin/browse/summary', {}, SLOW_LOOK_MS)
  return html`
    <h1 class="unseen">Overview</h1>
    <${Numbers} facets=${facets} peers=${peers} problems=${problems} />
    ${peers !== undefined ? html`<${Picture} peers=${peers} facets=${facets} />` : error === undefined ? html`<${Loading} />` : html`<${Failure} error=${error} />`}
    <div class="columns">
      <section class="block"><h2><a href="#/problems">Problems</a></h2><${ProblemList} problems=${problems} /></section>
      <section class="block wide"><h2><a href="#/events">Latest events</a></h2><${Latest} /></section>
    </div>
  `
}

function Picture({ peers, facets }: { readonly peers: PeersView; readonly facets: Facets | undefined }): VNode {
  const [chosen, choose] = useState<string>(peers.node)
  const traffic = useTraffic(peers.peers)
  const peer = peers.peers.find(({ node }) => node === chosen) ?? peers.peers.find(({ state }) => state === 'self')
  return html`
    <div class="overview">
      <${Federation} view=${peers} facets=${facets} traffic=${traffic} chosen=${peer?.node ?? ''} onChoose=${choose} />
      ${peer !== undefined && html`<${NodePanel} view=${peers} peer=${peer} traffic=${traffic} />`}
    </div>
  `
}

interface NumbersProps {
  readonly facets: Facets | undefined
  readonly peers: PeersView | undefined
  readonly problems: readonly Problem[]
}

function Numbers({ facets, peers, problems }: NumbersProps): VNode {
  const nodes = (peers?.peers ?? []).filter(({ state }) => state !== 'retired')
  const heard = nodes.filter(({ state }) => state !== 'silent').length
  const of = (value: number | undefined): string => (value === undefined ? '–' : count(value))
  const notUp = facets === undefined ? 0 : facets.instances - facets.up
  return html`
    <ul class="numbers" aria-label="Numbers">
      <${Stat} title="Services" value=${of(facets?.services)} link=${href(['services'])} />
      <${Stat} title="Instances" value=${of(facets?.instances)} link=${href(['instances'])}>${notUp > 0 && html`<span class="quiet">${count(notUp)} not up</span>`}<//>
      <${Stat} title="Stale" value=${of(facets?.stale)} link=${href(['instances'], { state: 'stale' })} tone=${(facets?.stale ?? 0) > 0 ? 'warn' : ''} />
      <${Stat} title="Clusters" value=${of(peers && new Set(nodes.map(({ cluster }) => cluster)).size)} link=${href(['peers'])} />
      <${Stat} title="Nodes" value=${peers === undefined ? '–' : heard === nodes.length ? count(heard) : `${heard} of ${nodes.length}`} link=${href(['peers'])} tone=${heard < nodes.length ? 'bad' : ''} />
      <${Stat} title="Problems" value=${of(peers && problems.length)} link=${href(['problems'])} tone=${problems.length > 0 ? 'bad' : ''} />
    </ul>
  `
}

interface StatProps {
  readonly title: string
  readonly value: string
  readonly link: string
  readonly tone?: string
  readonly children?: ComponentChildren
}

const Stat = ({ title, value, link, tone = '', children }: StatProps): VNode =>
  html`<li><a class=${`stat ${tone}`} href=${link}><span>${title}</span><b>${value}</b>${children}</a></li>`

const PROBLEMS_SHOWN = 4

const ProblemList = ({ problems }: { readonly problems: readonly Problem[] }): VNode =>
  problems.length === 0
    ? html`<p class="quiet">${verdictOf(problems)}.</p>`
    : html`<ul class="plain">${problems.slice(0, PROBLEMS_SHOWN).map(({ id, tone, title }) => html`<li key=${id}><${Badge} tone=${tone}>${tone === 'bad' ? 'Broken' : 'Warning'}<//> ${title}</li>`)}</ul>`

const EVENTS_SHOWN = 8

function Latest(): VNode {
  const { events, isLoaded } = useTail({ service: undefined, kind: undefined }, false)
  if (!isLoaded) return html`<p class="quiet">–</p>`
  if (events.length === 0) return html`<p class="quiet">Nothing has happened yet.</p>`
  return html`<div class="scroll" role="region" aria-label="Latest events" tabindex="0"><${EventTable} events=${events.slice(0, EVENTS_SHOWN)} /></div>`
}
