import type { Mutant } from './mutant.ts'

/** What two replicas tell each other, and what is kept of it. */
export const REPAIR: readonly Mutant[] = [
  {
    name: 'only the own version is read',
    file: 'src/core/wire.ts',
    search: 'version < PROTOCOL_OLDEST',
    replace: 'version !== PROTOCOL',
    caughtBy: [19, 3],
    seed: 10,
  },
  {
    name: 'context durable before records',
    file: 'src/center/pull.ts',
    search: '    this.#seen = seen\n',
    replace: '    this.#seen = seen\n    this.#parts.joined(seen)\n',
    caughtBy: [20],
    seed: 1,
  },
  {
    name: 'repair ends nothing',
    file: 'src/center/pull.ts',
    search: 'this.#inSteps(this.#endAll(absent), ',
    replace: 'this.#inSteps(this.#endAll(absent.slice(absent.length)), ',
    caughtBy: [3, 4, 7, 20],
    seed: 1,
  },
  {
    name: 'other living versions do not travel with one',
    file: 'src/core/reconcile.ts',
    search: 'if (dots.length === 0) return',
    replace: 'if (dots.length >= 0) return',
    caughtBy: [2, 3, 4, 6, 20],
    seed: 4,
  },
  {
    name: 'context joined before the last chunk',
    file: 'src/center/pull.ts',
    search: "      if (slice.next !== undefined) this.#send('more', cursorFields(slice.next))",
    replace:
      "      if (slice.next !== undefined && slice.writes.length === 0) this.#send('more', cursorFields(slice.next))\n      else if (slice.next !== undefined) this.#join(new Map())",
    caughtBy: [3, 20],
    seed: 4,
  },
  {
    name: 'a slice ends what the peer has not seen',
    file: 'src/core/reconcile.ts',
    search: '      if (!seen.covers(held.epoch, held.seq) || dots.some',
    replace: '      if (seen.size === 0 || dots.some',
    caughtBy: [2, 3, 4, 6, 20],
    seed: 1,
  },
  {
    name: 'a slice joins dots that it does not carry',
    file: 'src/center/pull.ts',
    search: '      for (const { epoch } of outcome.writes) this.news.add(epoch)\n',
    replace:
      '      for (const { epoch, seq } of outcome.writes) this.news.add(epoch) && replica.catalog.context.addRange(epoch, 1, seq)\n',
    caughtBy: [3, 20],
    seed: 3,
  },
]
