import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { PeersView, PeerView } from '../../../../center/ports.ts'
import { Badge, Cluster, Copy, Facts } from '../../parts/basics.ts'
import { bytes, count, short } from '../../parts/format.ts'
import { clockText, lagText, peerTone } from '../../parts/states.ts'
import type { TrafficRates } from '../../parts/traffic.ts'
import { linkText, stateText } from '../peers/peers.ts'

interface Props {
  readonly view: PeersView
  readonly peer: PeerView
  readonly traffic: TrafficRates
}

/** Everything about one node of the picture. */
export function NodePanel({ view, peer, traffic }: Props): VNode {
  const { node, name, cluster, state, behind, lackedBy, clockAheadMs, probe, leasesHeld, version, http, link } = peer
  const isSelf = state === 'self'
  const others = neighboursOf(view, peer)
  return html`
    <aside class="panel" aria-label=${`Node ${name}`}>
      <h2>${name} <${Badge} tone=${peerTone(state)}>${stateText(peer)}<//></h2>
      <${Facts}
        rows=${[
          ['Cluster', html`<${Cluster} name=${cluster} />`],
          ['Identity', html`<${Copy} text=${node} shown=${short(node)} />`],
          ['Version', version],
          ['REST API', http.length === 0 ? 'not told' : http.map(each => html`<code key=${each}>${each}</code> `)],
          ['Linked with', others.length === 0 ? 'nobody' : others.join(', ')],
          ...(isSelf
            ? []
            : ([
                ['Link from here', linkText(peer)],
                ['Traffic', traffic.textOf(node)],
                ['Waiting', link === undefined ? '–' : bytes(link.queuedBytes)],
                ['Behind', lagText(behind)],
                ['Lacks ours', lagText(lackedBy)],
                ['Clock', clockText(clockAheadMs)],
                [
                  'Probe',
                  probe === undefined
                    ? 'off'
                    : `median ${probe.medianMs.toFixed(1)} ms, p99 ${probe.p99Ms.toFixed(1)} ms`,
                ],
              ] as const)),
          ['Leases held', count(leasesHeld)],
          ['Quarantined', count(peer.refusedRecords)],
        ]}
      />
    </aside>
  `
}

function neighboursOf({ peers, links }: PeersView, peer: PeerView): readonly string[] {
  const own = peers.indexOf(peer)
  const positions = links.flatMap(([a, b]) => (a === own ? [b] : b === own ? [a] : []))
  return positions.flatMap(position => peers[position]?.name ?? []).sort()
}
