import type { Replica } from '../core/replica.ts'
import type { CenterOptions } from './options.ts'
import type { Peers } from './peers.ts'
import type { CenterStatus, NodeView } from './ports.ts'

/** Every node that has a record, as this one knows it. */
export const describeNodes = (replica: Replica, peers: Peers, nowMs: number): NodeView[] => {
  const { directory, members } = replica
  return [...directory.nodes].map(([node, { clusterId, record }]) => {
    const self = node === replica.node
    const beat = members.beatOf(node)
    return {
      node,
      epoch: record.epoch,
      name: record.name,
      clusterId,
      cluster: directory.labelOf(clusterId),
      self,
      sibling: !self && clusterId === directory.cluster,
      direct: peers.get(node) !== undefined,
      silentMs: self ? 0 : beat === undefined ? undefined : nowMs - beat.heardAtMs,
      version: record.version,
      http: record.http,
    }
  })
}

/** This node as it calls itself. */
export const describeSelf = (
  { node, directory }: Replica,
  { name, label }: Pick<CenterOptions, 'name' | 'label'>,
): Pick<CenterStatus, 'node' | 'name' | 'clusterId' | 'cluster'> => {
  const { cluster } = directory
  return { node, name, clusterId: cluster, cluster: label ?? `c-${cluster.slice(0, 8)}` }
}
