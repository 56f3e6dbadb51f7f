import { Counter, type CounterConfiguration, Gauge, Histogram, type Registry } from 'prom-client'
import type { PeersView, PeerView } from '../center/ports.ts'

/** From a fast link to one across the world with a repair in between. */
const PROBE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const LABELS = ['node', 'cluster'] as const

export interface PeerLabels {
  readonly node: string
  readonly cluster: string
}

/** One number of every other node; undefined: not known of this one. */
type Reading = (peer: PeerView) => number | undefined

const GAUGES: Readonly<Record<string, { readonly help: string; readonly read: Reading }>> = {
  grapevine_peer_up: {
    help: '1 while a node of the federation is heard, directly or through others',
    read: ({ state }) => (state === 'up' ? 1 : 0),
  },
  grapevine_peer_connected: {
    help: '1 while a node is directly connected',
    read: ({ direct }) => (direct ? 1 : 0),
  },
  grapevine_peer_behind_changes: {
    help: 'Changes of a node that this one knows of and lacks',
    read: ({ behind }) => behind.changes,
  },
  grapevine_peer_behind_seconds: {
    help: 'Seconds since which this node lacks changes of a node; 0: it lacks none',
    read: ({ behind }) => behind.ms / 1000,
  },
  grapevine_peer_lacks_changes: {
    help: 'Changes of this node that a direct peer lacks',
    read: ({ lackedBy }) => lackedBy?.changes,
  },
  grapevine_peer_lacks_seconds: {
    help: 'Seconds since which a direct peer lacks changes of this node; 0: it lacks none',
    read: ({ lackedBy }) => (lackedBy === undefined ? undefined : lackedBy.ms / 1000),
  },
  grapevine_peer_clock_ahead_seconds: {
    help: 'Wall clock of a direct peer against the one of this node, for people: nothing is decided by it',
    read: ({ clockAheadMs }) => (clockAheadMs === undefined ? undefined : clockAheadMs / 1000),
  },
  grapevine_peer_refused_records: {
    help: 'Records of the present start of a node that this one refused',
    read: ({ refusedRecords }) => refusedRecords,
  },
  grapevine_peer_leases: {
    help: 'Leases that a node holds, as this one knows them',
    read: ({ leasesHeld }) => leasesHeld,
  },
  grapevine_peer_repairing: {
    help: '1 while a repair with a node runs',
    read: ({ repairing }) => (repairing ? 1 : 0),
  },
  grapevine_peer_queued_bytes: {
    help: 'Bytes that wait to be taken by a direct peer',
    read: ({ link }) => link?.queuedBytes,
  },
}

/** A metric for every peer: what `GET /v4/default/admin/peers` shows, over time. */
export class PeerMetrics {
  readonly #probes: Histogram

  constructor(registry: Registry, peers: () => PeersView) {
    const registers = [registry]
    // One look for all metrics of a scrape: they are collected in the order of their registration.
    let view: PeersView | undefined
    const others = (): readonly PeerView[] => (view ?? peers()).peers.filter(({ state }) => state !== 'self')
    new Gauge({
      name: 'grapevine_nodes',
      help: 'Nodes of the federation that have a record, by state',
      labelNames: ['state'],
      registers,
      collect() {
        view = peers()
        for (const state of ['self', 'up', 'silent', 'retired'])
          this.set({ state }, view.peers.filter(peer => peer.state === state).length)
      },
    })
    for (const [name, { help, read }] of Object.entries(GAUGES)) {
      new Gauge({
        name,
        help: `${help}; by name and cluster`,
        labelNames: LABELS,
        registers,
        collect() {
          this.reset()
          for (const peer of others()) {
            const value = read(peer)
            if (value !== undefined) this.set(labelsOf(peer), value)
          }
        },
      })
    }
    for (const each of TRAFFIC) new Counter(trafficConfig(each, registers, others))
    new Gauge({
      name: 'grapevine_addresses_failing',
      help: 'Configured addresses that do not lead to a connected node, by cluster as configured; empty: --peers',
      labelNames: ['cluster'],
      registers,
      collect() {
        this.reset()
        for (const { cluster = '', state } of (view ?? peers()).addresses)
          this.inc({ cluster }, state === 'connected' || state === 'self' ? 0 : 1)
      },
    })
    this.#probes = new Histogram({
      name: 'grapevine_probe_seconds',
      help: 'One way of a record from its write here to its merge at a node, or back: half of a round trip; by name and cluster',
      labelNames: LABELS,
      buckets: PROBE_SECONDS,
      registers,
    })
  }

  probed(labels: PeerLabels, oneWayMs: number): void {
    this.#probes.observe({ ...labels }, oneWayMs / 1000)
  }
}

const labelsOf = ({ name, cluster }: PeerView) => ({ node: name, cluster })

interface TrafficMetric {
  readonly name: string
  readonly help: string
  readonly in: 'bytesIn' | 'framesIn'
  readonly out: 'bytesOut' | 'framesOut'
}

/** By the kinds of a link: `gossip` (changes), `peer` (beats, heartbeats passed on, questions), `repair`. */
const TRAFFIC: readonly TrafficMetric[] = [
  {
    name: 'grapevine_peer_bytes_total',
    help: 'Bytes of frames to and from a direct peer, before encryption; by name, cluster, direction and kind',
    in: 'bytesIn',
    out: 'bytesOut',
  },
  {
    name: 'grapevine_peer_frames_total',
    help: 'Frames to and from a direct peer; by name, cluster, direction and kind',
    in: 'framesIn',
    out: 'framesOut',
  },
]

function trafficConfig(
  metric: TrafficMetric,
  registers: Registry[],
  others: () => readonly PeerView[],
): CounterConfiguration<string> {
  return {
    name: metric.name,
    help: metric.help,
    labelNames: [...LABELS, 'direction', 'kind'],
    registers,
    collect() {
      this.reset()
      for (const peer of others()) {
        for (const [kind, volume] of Object.entries(peer.link?.traffic ?? {})) {
          this.inc({ ...labelsOf(peer), kind, direction: 'in' }, volume[metric.in])
          this.inc({ ...labelsOf(peer), kind, direction: 'out' }, volume[metric.out])
        }
      }
    },
  }
}
