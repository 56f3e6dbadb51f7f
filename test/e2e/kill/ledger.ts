import assert from 'node:assert/strict'
import type { Registry } from '../../helpers/registry.ts'
import type { Item, State } from './items.ts'

/** What its client knows of an item: what was acknowledged last, and what a request without an answer may have made of it. */
interface Known {
  readonly item: Item
  is: State
  maybe: readonly State[]
}

/** Clients that change things at a node as fast as it answers, and remember what they were told. */
export class Ledger {
  readonly #known: readonly (readonly Known[])[]
  readonly #random: () => number
  #tokens = 0
  /** Acknowledged, over all cycles. */
  acknowledged = 0
  /** Requests that a kill left without an answer. */
  open = 0

  /** `itemsOf`: what each client calls its own. */
  constructor(itemsOf: readonly (readonly Item[])[], random: () => number) {
    this.#known = itemsOf.map(items => items.map(item => ({ item, is: undefined, maybe: [] })))
    this.#random = random
  }

  /**
   * All clients write until the node does not answer. `moment` is asked before each request and after each answer: the node
   * may be killed there. Rejects with what a living node refused.
   */
  async work(registry: Registry, moment: () => void, killed: () => boolean): Promise<void> {
    await Promise.all(this.#known.map(items => this.#write(registry, items, moment, killed)))
  }

  async #write(registry: Registry, items: readonly Known[], moment: () => void, killed: () => boolean): Promise<void> {
    while (!killed()) {
      const known = items[Math.floor(this.#random() * items.length)] ?? assert.fail('a client without items')
      this.#tokens += 1
      const to = known.is !== undefined && this.#random() < 0.3 ? undefined : `t${this.#tokens}`
      known.maybe = [to]
      const writing = known.item.write(registry, known.is, to)
      moment()
      try {
        await writing
      } catch (error) {
        this.open += 1
        if (killed()) return
        throw error
      }
      known.is = to
      known.maybe = []
      this.acknowledged += 1
      moment()
    }
  }

  /** Holds what a node answers against what was promised; what it answers is what counts from now on. */
  check(answers: ReadonlyMap<string, State>): void {
    for (const known of this.#known.flat()) {
      const { item, is, maybe } = known
      const found = answers.get(item.name)
      const allowed = [is, ...maybe]
      assert.ok(
        allowed.includes(found),
        `${item.name} is ${found ?? 'gone'}; acknowledged was ${is ?? 'its end'}${maybe.length > 0 ? `, and unanswered ${maybe[0] ?? 'its end'}` : ''}`,
      )
      known.is = found
      known.maybe = []
    }
  }
}
