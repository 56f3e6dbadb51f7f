import { Interner } from '../../../src/core/interner.ts'
import { readLease } from '../../../src/core/records.ts'
import type { Packed } from '../../../src/core/wire.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

/** 3: nodes that are connected hold the same bytes. */
export const catalogsConverge = (scene: Scene): Observer => ({
  second: () => {
    if (scene.world.quiet) scene.premise('3 and stay as they are', scene.running().length)
  },
  // Leases may still lapse; none has a reason to move.
  wrote: (node, writes) => {
    if (!scene.world.quiet || scene.world.commanding !== undefined) return
    const moved = writes.find(({ key, value }) => key.includes('/lease/') && value !== undefined && isOpen(value))
    if (moved !== undefined) scene.violation('3 and stay as they are', `${node.id} takes ${moved.key} in all quiet`)
  },
  settled: () => {
    for (const [a, b] of neighbours(scene)) {
      const [first, second] = [bytesOf(a), bytesOf(b)]
      const text = (): string => `${a.id} and ${b.id} differ: ${difference(first, second)}`
      scene.check(
        '3 catalogs become identical',
        first.length === second.length && first.every((row, i) => row === second[i]),
        text,
      )
    }
  },
})

const isOpen = (value: Packed): boolean => readLease(value, new Interner())?.open === true

/** Whether all that are connected agree and have told each other so: then nothing is left for a repair to do. */
export const haveConverged = (scene: Scene): boolean =>
  neighbours(scene).every(([a, b]) => fingerprint(a) === fingerprint(b)) &&
  neighbours(scene).every(([a, b]) => haveSeenTheSame(a, b))

const haveSeenTheSame = (a: SimNode, b: SimNode): boolean => {
  const [first, second] = [a, b].map(({ center }) => center?.replica.catalog.context)
  return first !== undefined && second !== undefined && first.includes(second) && second.includes(first)
}

const fingerprint = (node: SimNode): string | undefined => node.center?.replica.catalog.fingerprint().hex()

const neighbours = (scene: Scene): [SimNode, SimNode][] =>
  scene.world.network.links.flatMap(({ ends: [a, b] }): [SimNode, SimNode][] =>
    a.node.running && b.node.running ? [[a.node, b.node]] : [],
  )

/** Versions in key order, then dot: key, dot, stamp and value as their author wrote them. */
const bytesOf = (node: SimNode): string[] => {
  const catalog = node.center?.replica.catalog
  const rows: string[] = []
  for (const key of catalog?.keys() ?? []) {
    for (const { epoch, seq, ms, count, value } of catalog?.versions(key) ?? [])
      rows.push(`${key} ${epoch}:${seq} ${ms}.${count} ${value}`)
  }
  return rows.sort()
}

const difference = (a: readonly string[], b: readonly string[]): string => {
  const [inA, inB] = [new Set(a), new Set(b)]
  const only = (rows: readonly string[], other: ReadonlySet<string>): string =>
    rows
      .filter(row => !other.has(row))
      .slice(0, 3)
      .map(row => row.split(' ').slice(0, 2).join(' '))
      .join(', ') || 'nothing'
  return `the first alone has ${only(a, inB)}; the second ${only(b, inA)}`
}
