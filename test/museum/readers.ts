import { instanceKey } from '../../src/core/keys.ts'
import type { Sid } from '../../src/core/model.ts'
import { deriveSid } from '../../src/core/transaction.ts'
import type { InstanceView, ReadOptions } from '../../src/core/view.ts'
import { keyOf } from '../sim/clients/requests.ts'
import type { SimNode } from '../sim/world/node.ts'
import { World } from '../sim/world/world.ts'

/** What can be seen of a simulated federation: by its clients, on its wire, and in its nodes. */
export class Readers {
  readonly world = new World('museum')

  instances(node: SimNode, service: string, options: ReadOptions = {}): readonly InstanceView[] {
    return node.center?.read(view => view.byKey(keyOf(service), options)?.instances(options)) ?? []
  }

  /** Ids that readers of a node see, sorted. */
  ids(node: SimNode, service: string, options: ReadOptions = {}): readonly string[] {
    return this.instances(node, service, options)
      .map(({ instanceId }) => instanceId)
      .sort()
  }

  /** Those of them that are flagged as maybe gone. */
  stale(node: SimNode, service: string): readonly string[] {
    return this.instances(node, service)
      .filter(instance => instance.origin().stale)
      .map(({ instanceId }) => instanceId)
      .sort()
  }

  /** What readers of a node see as the host of the only instance of a service. */
  host(node: SimNode, service: string): string | undefined {
    const [instance, ...others] = this.instances(node, service)
    return others.length === 0 ? instance?.read().hostName : undefined
  }

  schema(node: SimNode, service: string, schemaId: string): string | undefined {
    return node.center?.read(view => view.byKey(keyOf(service))?.schema(schemaId)?.content())
  }

  /** Keys below a prefix that any node writes from now on. */
  writes(prefix: string): readonly string[] {
    const written: string[] = []
    this.world.observers.push({
      wrote: (node, writes) => {
        for (const { key } of writes) if (key.startsWith(prefix)) written.push(`${node.id} ${key}`)
      },
    })
    return written
  }

  /** What subscribers of a node are told from now on, as `ACTION instance`. */
  events(node: SimNode): readonly string[] {
    const told: string[] = []
    node.center?.watch('*', ({ action, instance }) => told.push(`${action} ${instance.instanceId}`))
    return told
  }

  /** Keys that a node holds, its own description of nodes aside. */
  keys(node: SimNode): readonly string[] {
    return [...(node.center?.replica.catalog.keys() ?? [])].filter(key => !key.includes('/node/')).sort()
  }

  /** Nodes that a node knows of. */
  nodes(node: SimNode): readonly string[] {
    return [...(node.center?.replica.directory.nodes.keys() ?? [])].sort()
  }

  /** The versions of an instance's registration that a node holds, seen or hidden. */
  dots(node: SimNode, service: string, instanceId: string): readonly string[] {
    const replica = node.center?.replica
    if (replica === undefined) return []
    const key = instanceKey(replica.directory.cluster, sidOf(service), instanceId)
    return replica.catalog.versions(key).map(({ epoch, seq }) => `${epoch}:${seq}`)
  }

  /** The same bytes at all of them. */
  agree(...nodes: readonly SimNode[]): boolean {
    return new Set(nodes.map(node => node.center?.replica.catalog.fingerprint().hex())).size === 1
  }

  /** Counts bytes of repair from now on, in both directions. */
  countRepair(): { readonly count: number } {
    const counted = { count: 0 }
    const { network } = this.world
    const send = network.send.bind(network)
    network.send = (from, to, lane, frame) => {
      const sent = send(from, to, lane, frame)
      if (sent && lane === 'repair') counted.count += frame.length
      return sent
    }
    return counted
  }
}

export const sidOf = (service: string): Sid => deriveSid(new World('ids').digests, keyOf(service))
