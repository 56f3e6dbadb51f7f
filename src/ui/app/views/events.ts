import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { PastEvent } from '../../../core/why/facts.ts'
import { Badge, Cluster, Empty, Failure, Loading, Scroll, type Tone } from '../parts/basics.ts'
import { Choice, SearchBox } from '../parts/filters.ts'
import { dateTime, plural, short, time } from '../parts/format.ts'
import { Icon } from '../parts/icons.ts'
import { useApp } from '../state/app.ts'
import { href } from '../state/router.ts'
import { useTail } from '../state/tail.ts'

type Kind = PastEvent['kind']

/** What people call each kind, and how it looks. */
const KINDS: Readonly<Record<Kind, readonly [string, Tone]>> = {
  'service-registered': ['Service registered', 'good'],
  'service-ended': ['Service ended', 'warn'],
  'instance-registered': ['Instance registered', 'good'],
  'instance-changed': ['Instance changed', 'info'],
  'instance-unregistered': ['Instance unregistered', 'warn'],
  'lease-ended': ['Lease ended', 'bad'],
  'instance-hidden': ['Instance hidden', 'bad'],
  'instance-shown': ['Instance shown', 'good'],
  'many-changes': ['Many changes', 'info'],
  'quota-refused': ['Quota refused', 'bad'],
  'record-refused': ['Record refused', 'bad'],
  'peer-connected': ['Peer connected', 'good'],
  'peer-disconnected': ['Peer disconnected', 'bad'],
  retired: ['Retired', 'warn'],
}

const isKind = (kind: string): kind is Kind => Object.hasOwn(KINDS, kind)

export const kindOf = (kind: string): readonly [string, Tone] => (isKind(kind) ? KINDS[kind] : [kind, 'quiet'])

/** What happens, newest first, while one looks. */
export function EventsView(): VNode {
  const { router } = useApp()
  const { service = '', kind = '' } = router.route.value.query
  const [paused, setPaused] = useState(false)
  const tail = useTail({ service: service || undefined, kind: kind || undefined }, paused)
  const kinds = Object.entries(KINDS).map(([id, [title]]) => [id, title] as const)
  return html`
    <h1>Events</h1>
    <form class="filters" role="search" aria-label="Events" onSubmit=${(event: Event) => event.preventDefault()}>
      <${SearchBox} label="Name of a service" value=${service} onChange=${(value: string) => router.refine({ service: value })} />
      <${Choice} label="Kind" any="All kinds" value=${kind} options=${kinds} onChange=${(value: string) => router.refine({ kind: value })} />
      <button type="button" onClick=${() => setPaused(!paused)} aria-pressed=${paused}>
        <${Icon} name=${paused ? 'play' : 'pause'} size=${13} /> ${paused ? 'Go on' : 'Pause'}
      </button>
      <span class="quiet" role="status">${plural(tail.events.length, 'event')}${tail.waiting > 0 ? `, ${tail.waiting} new` : ''}</span>
    </form>
    ${tail.missed && html`<p class="quiet">Some events came faster than they could be read here.</p>`}
    <${EventList} events=${tail.events} isLoaded=${tail.isLoaded} error=${tail.error} />
  `
}

interface ListProps {
  readonly events: readonly PastEvent[]
  readonly isLoaded: boolean
  readonly error: Error | undefined
}

function EventList({ events, isLoaded, error }: ListProps): VNode {
  if (!isLoaded) return error === undefined ? html`<${Loading} />` : html`<${Failure} error=${error} />`
  if (events.length === 0)
    return html`<${Empty} icon="events" title="Nothing has happened yet"><p>Events appear here as this node learns of them.</p><//>`
  return html`<${Scroll} label="Events"><${EventTable} events=${events} /><//>`
}

export const EventTable = ({ events }: { readonly events: readonly PastEvent[] }): VNode => html`
  <table class="events">
    <thead class="unseen-head"><tr><th scope="col">Time</th><th scope="col">What</th><th scope="col">Cluster</th><th scope="col">Service</th><th scope="col">Detail</th></tr></thead>
    <tbody>${events.map(event => html`<${Row} key=${event.seq} event=${event} />`)}</tbody>
  </table>
`

function Row({ event }: { readonly event: PastEvent }): VNode {
  const { atMs, kind, cluster, key, instanceId, detail } = event
  const [title, tone] = kindOf(kind)
  return html`
    <tr>
      <td class="when"><time datetime=${new Date(atMs).toISOString()} title=${dateTime(atMs)}>${time(atMs)}</time></td>
      <td><${Badge} tone=${tone}>${title}<//></td>
      <td>${cluster !== undefined && html`<${Cluster} name=${cluster} />`}</td>
      <td>
        ${key !== undefined && html`<a href=${href(['services'], { text: key.serviceName, version: key.version })}>${key.serviceName}</a> <span class="quiet">${key.version}</span>`}
        ${instanceId !== undefined && html`<code class="sub" title=${instanceId}>${short(instanceId, 14)}</code>`}
      </td>
      <td class="detail-text">${detail}</td>
    </tr>
  `
}
