import type { Entry } from '../../../src/core/entry.ts'
import { isFor } from '../../../src/core/entry.ts'
import { Interner } from '../../../src/core/interner.ts'
import { instanceKey, leaseKey } from '../../../src/core/keys.ts'
import { type LeaseRecord, openedBy, readInstance, readLease } from '../../../src/core/records.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { entriesOf } from './partitions.ts'
import type { Scene } from './scene.ts'

const NAME = '6 the lease of what is shown counts'
const EVERY_S = 3

/**
 * 6 and 7, from the records alone: of an instance that several registrations or leases were written of, the lease that counts is
 * the one for the registration that readers see, of these the highest version, then holder, ended above open. Otherwise what
 * lives is hidden by an earlier life, or what is dead goes on.
 */
export const leasesAreReadByTheRules = (scene: Scene): Observer => {
  const interner = new Interner()
  let seconds = 0
  const look = (): void => {
    for (const node of scene.running()) for (const entry of entriesOf(node)) looksChosen(scene, node, entry, interner)
  }
  return {
    second: () => {
      seconds += 1
      if (seconds % EVERY_S === 0) look()
    },
    settled: look,
  }
}

const looksChosen = (scene: Scene, node: SimNode, entry: Entry, interner: Interner): void => {
  const { face, lease, clusterId, group, instanceId } = entry
  const catalog = node.center?.replica.catalog
  if (face === undefined || catalog === undefined) return
  const records = catalog.versions(leaseKey(clusterId, group.sid, instanceId))
  const registrations = catalog.versions(instanceKey(clusterId, group.sid, instanceId))
  if (records.length === 0 && registrations.length <= 1) return
  const { registration } = face
  const written = records.flatMap(({ value }) => readLease(value, interner) ?? [])
  const first = readInstance(registration.value, interner)?.lease
  const opened = first === undefined ? [] : [openedBy(registration, first)]
  const counting = [...written.filter(each => isFor(each, registration)), ...opened]
  if (counting.length === 0) return
  const expected = counting.reduce((a, b) => (isHigher(b, a) ? b : a))
  // Where the end of its record has come, that of the registration is on its way: the two are ended together.
  const isOver = lease?.open === false && isFor(lease, registration) && isHigher(lease, expected)
  const right = lease !== undefined && isFor(lease, registration) && nameOf(lease) === nameOf(expected)
  scene.check(NAME, right || isOver, () => {
    const counts = lease === undefined ? 'none' : nameOf(lease)
    return `${node.id} counts lease ${counts} of ${scene.token(entry)}; by its records it is ${nameOf(expected)}`
  })
}

const isHigher = (a: LeaseRecord, b: LeaseRecord): boolean => {
  if (a.version !== b.version) return a.version > b.version
  return a.holder === b.holder ? b.open && !a.open : a.holder > b.holder
}

const nameOf = ({ version, holder, open, epoch, seq }: LeaseRecord): string =>
  `${version} ${open ? 'open' : 'ended'} at ${holder} for ${epoch}:${seq}`
