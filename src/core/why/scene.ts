import type { Catalog } from '../catalog.ts'
import type { Directory } from '../directory.ts'
import type { Members } from '../members.ts'
import type { ClusterId, Epoch, NodeId } from '../model.ts'
import type { View } from '../view.ts'
import type { NamedCluster, Outside, WhyFacts, WhyQuestion } from './facts.ts'

/** What of the replica an answer is made from. */
export interface WhyParts {
  readonly node: NodeId
  readonly catalog: Catalog
  readonly directory: Directory
  readonly members: Members
  readonly view: View
}

/** One question with all that is known around it. */
export class Scene {
  readonly parts: WhyParts
  readonly question: WhyQuestion
  readonly facts: WhyFacts

  constructor(parts: WhyParts, question: WhyQuestion, facts: WhyFacts) {
    this.parts = parts
    this.question = question
    this.facts = facts
  }

  label(cluster: ClusterId): string {
    return this.parts.directory.labelOf(cluster)
  }

  /** A node as people know it. */
  nodeName(node: NodeId | undefined): string {
    if (node === undefined || node === '') return 'a node that is not known here any more'
    const known = this.parts.directory.nodes.get(node)
    if (known === undefined) return `node ${node}, which has left`
    return node === this.parts.node ? `this node (${known.record.name})` : `node ${known.record.name}`
  }

  /** Who wrote under a start; a node that has started anew since is not known by its earlier ones. */
  authorOf(epoch: Epoch): NodeId | undefined {
    for (const [node, { record }] of this.parts.directory.nodes) if (record.epoch === epoch) return node
    return undefined
  }

  silentMs(node: NodeId): number {
    return node === this.parts.node ? 0 : this.parts.members.silentMs(node, this.facts.nowMs)
  }

  nodesOf(cluster: ClusterId): NodeId[] {
    return nodesOf(this.parts.directory, cluster)
  }

  clusters(): NamedCluster[] {
    return namedClusters(this.parts.directory, this.facts.outside)
  }
}

/** Every cluster with a name: the own one, those that are configured, and those of which there is a record. */
export const namedClusters = (directory: Directory, { addresses }: Outside): NamedCluster[] => {
  const ids = new Set<ClusterId>([directory.cluster, ...directory.labels.keys()])
  for (const { clusterId, record } of directory.nodes.values()) {
    ids.add(clusterId)
    for (const proxied of record.proxies) ids.add(proxied as ClusterId)
  }
  for (const group of directory.groups.values()) for (const id of group.registrations.keys()) ids.add(id)
  const known: NamedCluster[] = [...ids].map(id => ({ id, name: directory.labelOf(id) }))
  const names = new Set(known.map(({ name }) => name))
  for (const { cluster } of addresses) {
    if (cluster === undefined || names.has(cluster)) continue
    names.add(cluster)
    known.push({ id: undefined, name: cluster })
  }
  return known
}

export const nodesOf = (directory: Directory, cluster: ClusterId): NodeId[] =>
  [...directory.nodes].flatMap(([node, { clusterId }]) => (clusterId === cluster ? [node] : []))
