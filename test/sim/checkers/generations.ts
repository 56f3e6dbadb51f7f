import { type ParsedKey, parseKey } from '../../../src/core/keys.ts'
import { readInstance, readService } from '../../../src/core/records.ts'
import type { Packed, Write } from '../../../src/core/wire.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '14 generations are new or carried on'
const READERS = { service: readService, instance: readInstance } as const

/**
 * 14: who registers what he does not hold draws a generation that nobody ever had, and who replaces registrations of a service
 * carries all their generations on.
 */
export const generationsAreNewOrCarriedOn = (scene: Scene): Observer => {
  /** Of each write its generations, and of each service or instance the clusters in which each of its generations was seen. */
  const written = new Map<string, readonly string[]>()
  const clustersOf = new Map<string, Set<string>>()
  const look = (write: Write, parsed: ParsedKey, generations: readonly string[]): void => {
    const replaced = write.ends.flatMap(({ epoch, seq }) => written.get(epoch + seq) ?? [])
    const lost = parsed.kind === 'service' ? replaced.find(each => !generations.includes(each)) : undefined
    // Under a cluster id that it has just taken, a node writes anew what it holds, and so do its siblings.
    const again = generations.find(
      each => !replaced.includes(each) && isOnly(clustersOf.get(nameOf(parsed, each)), parsed.cluster),
    )
    const text = lost === undefined ? `takes ${again} again` : `leaves ${lost} out`
    scene.check(
      NAME,
      lost === undefined && again === undefined,
      () => `${write.epoch}:${write.seq} of ${write.key} ${text}`,
    )
  }
  return {
    wrote: (_node, writes) => {
      for (const write of writes) {
        const parsed = parseKey(write.key)
        const generations =
          parsed === undefined || write.value === undefined ? undefined : generationsOf(parsed, write.value)
        if (parsed === undefined || generations === undefined) continue
        look(write, parsed, generations)
        written.set(write.epoch + write.seq, generations)
        for (const each of generations) {
          const name = nameOf(parsed, each)
          clustersOf.set(name, (clustersOf.get(name) ?? new Set()).add(parsed.cluster))
        }
      }
    },
  }
}

const nameOf = ({ kind, a, b }: ParsedKey, generation: string): string => [kind, a, b, generation].join(' ')

const isOnly = (clusters: ReadonlySet<string> | undefined, cluster: string): boolean =>
  clusters?.size === 1 && clusters.has(cluster)

const generationsOf = ({ kind }: ParsedKey, value: Packed): readonly string[] | undefined =>
  kind === 'service' || kind === 'instance' ? READERS[kind](value)?.generations : undefined
