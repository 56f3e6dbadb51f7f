import { Interner } from '../../../src/core/interner.ts'
import { clusterOfKey, parseKey } from '../../../src/core/keys.ts'
import { readLease } from '../../../src/core/records.ts'
import type { Write } from '../../../src/core/wire.ts'
import type { Request } from '../truth/caller.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

/** 16: only its cluster writes a record; a write abroad registers the service here; deleting ends nobody else's. */
export const recordsBelong = (scene: Scene): Observer => {
  const clusters = new Map<SimNode, Set<string>>()
  const abroad = new WeakSet<Request>()
  const others = new WeakMap<Request, string[]>()
  return {
    started: node => clusters.set(node, new Set([clusterOf(node)])),
    wrote: (node, writes) => {
      const known = clusters.get(node) ?? new Set()
      // A node that takes another id ends under the old one what it writes anew under the new one.
      known.add(clusterOf(node))
      for (const write of writes) {
        const own = known.has(clusterOfKey(write.key) ?? '') || isItsOwn(node, write)
        scene.check('16 only its cluster writes a record', own, () => `${node.id} writes ${write.key}`)
      }
    },
    asking: request => {
      const { kind, node, service } = request
      const group = scene.group(node, service)
      if (kind === 'register' && group?.exists() === true && !group.local) abroad.add(request)
    },
    // The command and nothing else runs between these two.
    commanding: request => {
      if (request.kind === 'delete service') others.set(request, foreignParts(scene, request))
    },
    applied: request => {
      const before = others.get(request)
      if (before === undefined || before.length === 0) return
      const { node, service } = request
      const now = new Set(foreignParts(scene, request))
      const lost = before.find(part => !now.has(part))
      const text = (): string => `${node.id} has deleted ${service}, and with it ${lost}`
      scene.check('16 deleting ends nobody else’s', lost === undefined, text)
    },
    answered: (request, answer) => {
      if (answer.kind !== 'ok') return
      const { node, service } = request
      if (abroad.has(request)) {
        scene.check('16 a write abroad registers here', scene.group(node, service)?.local === true, () => {
          return `${node.id} has an instance of ${service}, and its cluster has not registered it`
        })
      }
    },
  }
}

const clusterOf = (node: SimNode): string => node.center?.replica.directory.cluster ?? ''

/** Under a cluster id that it lost with its disk a node still ends its own record, and the leases that it holds. */
const isItsOwn = (node: SimNode, { key, value }: Write): boolean => {
  if (key.endsWith(`/node/${node.id}`)) return true
  const lease = parseKey(key)?.kind === 'lease' && value !== undefined ? readLease(value, new Interner()) : undefined
  return lease?.open === false && lease.holder === node.id
}

/** What other clusters have of a service, at one node. */
const foreignParts = (scene: Scene, { node, service }: Request): string[] => {
  const group = scene.group(node, service)
  const own = clusterOf(node)
  if (group === undefined) return []
  const registrations = [...group.registrations.keys()].filter(cluster => cluster !== own)
  const children = [...group.children.keys()].filter(key => parseKey(key)?.cluster !== own)
  const instances = [...group.entries.values()].flatMap(entry => (entry.clusterId === own ? [] : [entry.instanceId]))
  return [...registrations, ...children, ...instances]
}
