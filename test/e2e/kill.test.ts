import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { Fleet, NodeProcess } from '../helpers/process.ts'
import { seeded } from '../store/world.ts'
import { instanceItem, readAll, serviceItem, tagItem } from './kill/items.ts'
import { Ledger } from './kill/ledger.ts'

/** Kills in the default mode; a tenth as many in each of the others. `npm run test:crash` asks for more. */
const CYCLES = Number(process.env.KILL_CYCLES ?? 30)
const OTHERS = 10
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000)
/** Nodes at the same time, each with a directory of its own: a start is mostly waiting. */
const LANES = 3
const CLIENTS = 16
const ITEMS_PER_CLIENT = 6
/** Requests and answers until the kill, at most. */
const MOMENTS_MAX = 1_500
const CYCLE_DEADLINE_MS = 90_000
/** From so many on chance evens out. */
const CYCLES_ENOUGH = 20

/** One node that is killed again and again, and what its clients remember. */
class Lane {
  readonly #fleet: Fleet
  readonly #random: () => number
  readonly #name: string
  readonly #flags: readonly string[]
  #node: NodeProcess | undefined
  #ledger: Ledger | undefined
  #sid = ''

  constructor(fleet: Fleet, name: string, sync: string, seed: number) {
    this.#fleet = fleet
    this.#name = name
    this.#flags = ['--sync', sync]
    this.#random = seeded(seed)
  }

  /** A start, what the last kill left, a load, and a kill in the middle of it. */
  async cycle(): Promise<void> {
    const node = await this.#start()
    const ledger = await this.#check(node)
    // Now and then before anybody has written anything.
    let moments = Math.floor(this.#random() ** 2 * MOMENTS_MAX)
    let kill: Promise<unknown> | undefined
    const moment = (): void => {
      moments -= 1
      if (moments < 0) kill ??= node.kill()
    }
    moment()
    await ledger.work(node.registry, moment, () => kill !== undefined)
    await kill
  }

  async last(): Promise<Ledger> {
    const node = await this.#start()
    const ledger = await this.#check(node)
    await node.kill()
    return ledger
  }

  async #start(): Promise<NodeProcess> {
    if (this.#node === undefined) {
      const [place, data] = [await this.#fleet.place(), await this.#fleet.folder()]
      this.#node = this.#fleet.node({ place, name: this.#name, data, flags: this.#flags })
    } else this.#node = this.#fleet.restart(this.#node)
    return this.#node.ready()
  }

  async #check({ registry }: NodeProcess): Promise<Ledger> {
    if (this.#ledger === undefined) {
      this.#sid = await registry.service('crowd')
      this.#ledger = new Ledger(itemsOf(this.#sid), this.#random)
    }
    this.#ledger.check(await readAll(registry, 'crowd', this.#sid))
    return this.#ledger
  }
}

const itemsOf = (sid: string) =>
  Array.from({ length: CLIENTS }, (_, client) =>
    Array.from({ length: ITEMS_PER_CLIENT }, (_, i) => {
      const name = `c${client}x${i}`
      if (i === 0) return serviceItem(name)
      // Tags are replaced all at once, so only one client has any.
      return i === 1 && client === 0 ? tagItem(sid, name) : instanceItem(sid, name)
    }),
  )

describe('kill -9 at any moment, under load', () => {
  const each = eachFleet()

  for (const [sync, cycles] of [
    ['group', CYCLES],
    ['relaxed', Math.ceil(CYCLES / OTHERS)],
    ['off', Math.ceil(CYCLES / OTHERS)],
  ] as const) {
    it(`loses nothing that --sync ${sync} acknowledged (${cycles} cycles, seed ${SEED})`, async function () {
      this.timeout(CYCLE_DEADLINE_MS * (2 + Math.ceil(cycles / LANES)))
      let left = cycles
      const lanes = Array.from({ length: Math.min(LANES, cycles) }, async (_, i) => {
        const lane = new Lane(each.fleet, `lane${i}`, sync, SEED + i)
        for (; left > 0; ) {
          left -= 1
          await lane.cycle()
        }
        return lane.last()
      })
      const ledgers = await Promise.all(lanes).catch((error: unknown) => {
        const replay = `KILL_CYCLES=${CYCLES} KILL_SEED=${SEED} mocha test/e2e/kill.test.ts -g '--sync ${sync}'`
        throw new Error(`seed ${SEED}: ${(error as Error).message}; replay: ${replay}`, { cause: error })
      })
      const [acknowledged, open] = [total(ledgers, 'acknowledged'), total(ledgers, 'open')]
      // The kills came in the middle of a load, or this shows little.
      assert.ok(open >= cycles, `${open} requests without an answer`)
      if (cycles >= CYCLES_ENOUGH) assert.ok(acknowledged >= 50 * cycles, `${acknowledged} acknowledged`)
    })
  }
})

const total = (ledgers: readonly Ledger[], what: 'acknowledged' | 'open'): number =>
  ledgers.reduce((sum, ledger) => sum + ledger[what], 0)
