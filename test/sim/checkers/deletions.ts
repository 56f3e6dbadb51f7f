import type { Catalog } from '../../../src/core/catalog.ts'
import { Interner } from '../../../src/core/interner.ts'
import { parseKey } from '../../../src/core/keys.ts'
import { readLease } from '../../../src/core/records.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '15 what is deleted leaves nothing'

/**
 * 15: a deletion ends by name, in the same step, all of its cluster that its node holds of what it deletes: an instance with its
 * lease and what is laid over it, a service with everything below. Nothing is left that anybody would have to remember.
 */
export const deletionsLeaveNothing = (scene: Scene): Observer => ({
  applied: ({ kind, node, service, life }) => {
    if (kind !== 'delete service' && kind !== 'unregister') return
    const { catalog, directory } = node.center?.replica ?? {}
    const sid = scene.sid(service)
    const left = [...(catalog?.keys() ?? [])].find(key => {
      const parsed = parseKey(key)
      if (parsed?.a !== sid || parsed.cluster !== directory?.cluster) return false
      if (parsed.kind === 'lease' && catalog !== undefined && isForTheUnseen(catalog, key)) return false
      return kind === 'delete service' || (PARTS.has(parsed.kind) && parsed.b === life?.instanceId)
    })
    scene.check(NAME, left === undefined, () => `${node.id} still has ${left} just after it carried out: ${kind}`)
  },
})

/** Of registrations that have not come here yet: they are not what is deleted. */
const isForTheUnseen = (catalog: Catalog, key: string): boolean =>
  catalog.versions(key).every(({ value }) => {
    const lease = readLease(value, new Interner())
    return lease !== undefined && !catalog.context.covers(lease.epoch, lease.seq)
  })

const PARTS: ReadonlySet<string> = new Set(['instance', 'lease', 'status', 'properties'])
