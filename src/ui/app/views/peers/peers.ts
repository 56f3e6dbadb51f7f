import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import type { PeersView as Peers, PeerView } from '../../../../center/ports.ts'
import { Badge, Cluster, Copy, Scroll, Shown } from '../../parts/basics.ts'
import { bytes, count, dateTime, duration, plural, short } from '../../parts/format.ts'
import { clockText, lagText, peerTone } from '../../parts/states.ts'
import { type Rate, useTraffic } from '../../parts/traffic.ts'
import { useWatched } from '../problems/use-problems.ts'

/** The nodes of the federation as this one knows them, and who is kept out. */
export function PeersView(): VNode {
  const { peers, error } = useWatched()
  const live = { data: peers, error, isOld: false }
  return html`
    <h1>Peers</h1>
    <${Shown} live=${live}>${(view: Peers) => html`<${Nodes} view=${view} /><${Outsiders} view=${view} />`}<//>
  `
}

const ADMISSION = {
  key: 'Whoever holds the mesh key is let in.',
  configuration: 'Only nodes that configured addresses lead to, or vouch for, are let in.',
} as const

function Nodes({ view }: { readonly view: Peers }): VNode {
  const traffic = useTraffic(view.peers)
  return html`
    ${view.admission !== undefined && html`<p class="quiet">${ADMISSION[view.admission]}</p>`}
    <${Scroll} label="Nodes">
      <table class="peers">
        <thead><tr>
          <th scope="col">Node</th><th scope="col">Cluster</th><th scope="col">State</th><th scope="col">Link</th>
          <th scope="col" title="Changes of it that this node lacks">Behind</th><th scope="col" title="Changes of this node that it lacks">Lacks ours</th>
          <th scope="col">Clock</th><th scope="col" class="c-wide">Probe</th><th scope="col" class="number">Leases</th>
          <th scope="col">Version</th><th scope="col" class="c-wide">Traffic</th><th scope="col" class="number">Quarantined</th>
        </tr></thead>
        <tbody>${view.peers.map(peer => html`<${Node} key=${peer.node} peer=${peer} traffic=${traffic.rateOf(peer.node)} />`)}</tbody>
      </table>
    <//>
  `
}

function Node({ peer, traffic }: { readonly peer: PeerView; readonly traffic: Rate | undefined }): VNode {
  const { node, name, cluster, state, behind, lackedBy, clockAheadMs, probe, leasesHeld, version, refusedRecords } =
    peer
  const isSelf = state === 'self'
  return html`
    <tr>
      <th scope="row">${name}<span class="sub"><${Copy} text=${node} shown=${short(node)} /></span></th>
      <td><${Cluster} name=${cluster} /></td>
      <td class="badges"><${Badge} tone=${peerTone(state)}>${stateText(peer)}<//>${peer.repairing && html`<${Badge} tone="info">repairing<//>`}${peer.diskless && html`<span class="sub">without a disk</span>`}</td>
      <td>${isSelf ? '–' : peer.direct ? 'direct' : 'through others'}<span class="sub">${wayText(peer)}</span></td>
      <td>${isSelf ? '–' : lagText(behind)}</td>
      <td>${lagText(lackedBy)}</td>
      <td>${clockText(clockAheadMs)}</td>
      <td class="c-wide">${probe === undefined ? html`<span class="quiet">off</span>` : html`${probe.medianMs.toFixed(1)} ms<span class="sub">p99 ${probe.p99Ms.toFixed(0)} ms</span>`}</td>
      <td class="number">${count(leasesHeld)}</td>
      <td>${version}</td>
      <td class="c-wide">${traffic === undefined ? '–' : html`↓ ${bytes(traffic.inPerSecond)}/s<span class="sub">↑ ${bytes(traffic.outPerSecond)}/s</span>`}</td>
      <td class="number">${count(refusedRecords)}</td>
    </tr>
  `
}

export function stateText({ state, silentMs }: PeerView): string {
  if (state === 'self') return 'this node'
  if (state !== 'silent') return state
  return silentMs === undefined ? 'never heard' : `silent ${duration(silentMs)}`
}

/** Who opened the link, and how long ago. */
const wayText = ({ link }: PeerView): string =>
  link === undefined ? '' : `from ${link.direction === 'inbound' ? 'there' : 'here'}, ${duration(link.upForMs)}`

export const linkText = (peer: PeerView): string =>
  peer.direct ? ['direct', wayText(peer)].filter(text => text !== '').join(', ') : 'through others'

const ADDRESS_STATES = { dialling: 'info', connected: 'good', waiting: 'bad', self: 'quiet' } as const

function Outsiders({ view }: { readonly view: Peers }): VNode {
  const { addresses, refusals, refusedRecords } = view
  return html`
    <${Section} title="Configured addresses" none="None: this node waits to be dialled." count=${addresses.length}>
      <${List} label="Configured addresses" head=${['Address', 'Of', 'State', 'What happened']}
        rows=${addresses.map(({ address, role, cluster, state, failures, error }) => [
          html`<code>${address}</code>`,
          role === 'sibling' ? 'this cluster' : (cluster ?? 'another cluster'),
          html`<${Badge} tone=${ADDRESS_STATES[state]}>${state === 'self' ? 'this node' : state}<//>`,
          failures > 0 ? `${error ?? 'no answer'}, ${plural(failures, 'failure')}` : '',
        ])} />
    <//>
    <${Section} title="Refused nodes" none="None: nobody was kept out." count=${refusals.length}>
      <${List} label="Refused nodes" head=${['Who', 'Why', 'Times', 'What to do']}
        rows=${refusals.map(({ who, reason, times, remedy }) => [html`<${Copy} text=${who} shown=${short(who, 20)} />`, reason, count(times), remedy])} />
    <//>
    <${Section} title="Quarantined records" none="None: every record was taken." count=${refusedRecords.length}>
      <${List} label="Quarantined records" head=${['Record', 'Why', 'Times', 'First']}
        rows=${refusedRecords.map(({ key, reason, times, atMs }) => [html`<code>${key}</code>`, reason, count(times), dateTime(atMs)])} />
    <//>
  `
}

interface SectionProps {
  readonly title: string
  readonly none: string
  readonly count: number
  readonly children?: ComponentChildren
}

const Section = ({ title, none, count: rows, children }: SectionProps): VNode => html`
  <section class="block"><h2>${title} <span class="quiet">${rows}</span></h2>${rows === 0 ? html`<p class="quiet">${none}</p>` : children}</section>
`

interface ListProps {
  readonly label: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly ComponentChildren[])[]
}

const List = ({ label, head, rows }: ListProps): VNode => html`
  <${Scroll} label=${label}>
    <table>
      <thead><tr>${head.map(title => html`<th key=${title} scope="col">${title}</th>`)}</tr></thead>
      <tbody>${rows.map((row, i) => html`<tr key=${i}>${row.map((cell, j) => html`<td key=${j}>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  <//>
`
