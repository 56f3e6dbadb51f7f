import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

/** 3: nodes that are connected hold the same bytes. */
export const catalogsConverge = (scene: Scene): Observer => ({
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

/** Whether all that are connected agree, told by what they would tell each other. */
export const haveConverged = (scene: Scene): boolean =>
  neighbours(scene).every(([a, b]) => fingerprint(a) === fingerprint(b))

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
