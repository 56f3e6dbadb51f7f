import type { PeersView, PeerView } from '../../src/center/ports.ts'

/** A node that is well, as another one sees it. */
export const peer = (name: string, more: Partial<PeerView> = {}): PeerView =>
  ({
    ...{
      node: `id-${name}`,
      epoch: 'e',
      name,
      clusterId: 'c',
      cluster: 'sc2',
      self: false,
      sibling: false,
      direct: true,
    },
    ...{ silentMs: 100, version: '1.0.0', http: [], state: 'up', configuredName: undefined, diskless: false },
    ...{ leasesHeld: 5, behind: { changes: 0, ms: 0 }, lackedBy: { changes: 0, ms: 0 }, clockAheadMs: 3 },
    ...{ repairing: false, refusedRecords: 0, probe: undefined, link: undefined },
    ...more,
  }) as PeerView

export const peersView = (more: Partial<PeersView>): PeersView =>
  ({
    ...{ node: 'id-a', clusterId: 'c1', cluster: 'sc1', ready: true, admission: 'key', peers: [], links: [] },
    ...{ addresses: [], refusals: [], refusedRecords: [] },
    ...more,
  }) as PeersView
