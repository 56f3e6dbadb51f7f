import assert from 'node:assert/strict'
import { GROUP_SPACING_MS, RELAXED_WINDOW_MS, type SyncMode } from '../../src/store/log-writer.ts'
import { openStore } from '../../src/store/store.ts'
import { frame, type OpenStore, textOf } from '../contracts/store.ts'
import { Disk } from './disk.ts'
import { JumpingClock, Lines, random, seeded } from './world.ts'

const SLOW_MS = 30
/** After a loss everything is stored again, a moment later. */
const REWRITE_AFTER_MS = 20
/** Far more than any group takes. */
const ANSWERS_MS = 2_000

/** What a frame's owner was told. */
interface Told {
  /** It has been told nothing yet. */
  waiting: boolean
  /** A loss was told while it waited: it may not be stored behind what is missing. */
  doomed: boolean
  /** When it was told that it is stored. */
  stored: number | undefined
  /** It was told that it is not stored, and a later one that it is: from then on it must not be there. */
  gone: boolean
}

/** One node's disk and what it promised, over several crashes. The state is the set of frames that were not refused. */
export class Life {
  readonly #next: () => number
  readonly #sync: SyncMode
  /** What the node logged. */
  readonly log = new Lines()
  readonly #told = new Map<string, Told>()
  readonly #clock = new JumpingClock()
  #disk: Disk
  #counter = 0
  readonly #refused: Told[] = []
  readonly #misplaced: string[] = []
  /** Stored, and as durable as it gets. */
  #settled = new Set<string>()
  /** Times that the whole state was stored anew behind what was there. */
  #rewrites = 0

  constructor(seed: number, sync: SyncMode) {
    this.#next = seeded(seed)
    this.#sync = sync
    this.#disk = new Disk(this.#next, this.#clock)
  }

  /** One cycle: what the last one left, some work, and a crash in the middle of it. */
  async start(): Promise<void> {
    const deps = { clock: this.#clock, random, log: this.log, fs: this.#disk, lock: async () => async () => {} }
    const store = await openStore('/data', { sync: this.#sync, compactBytesMin: 20_000 }, deps)
    const state = new Set<string>()
    const order: string[] = []
    await store.load(bytes => {
      state.add(textOf(bytes))
      order.push(textOf(bytes))
    })
    this.#check(order, state)
    store.compactWith(() => [...state].map(frame))
    const disk = this.#disk
    store.onLoss(() => {
      if (!disk.dead) this.#lost(store, state, disk)
    })
    if (this.#next() < 0.3) this.#disk.syncFailure = 0.1
    if (this.#next() < 0.3) this.#disk.workMsMax = SLOW_MS
    if (this.#next() < 0.3) this.#disk.capacityBytes = this.#disk.usedBytes + 10_000
    await this.#work(store, state)
    this.#crash()
  }

  async #work(store: OpenStore, state: Set<string>): Promise<void> {
    const turns = Math.floor(this.#next() * 60)
    for (let turn = 0; turn < turns; turn += 1) {
      this.#burst(store, state)
      if (this.#next() < 0.1) this.#disk.capacityBytes = Number.POSITIVE_INFINITY
      await this.#wait(this.#next() ** 4 * 50)
    }
    if (this.#next() < 0.1) await this.#settle()
    // So that the crash comes while something is being written.
    this.#burst(store, state)
    await this.#wait(this.#next() * (GROUP_SPACING_MS + 2 * this.#disk.workMsMax))
  }

  /** Given time, everybody is told something. */
  async #settle(): Promise<void> {
    const asked = [...this.#told].filter(([, told]) => told.waiting)
    // In small steps: where nobody waits for time, all of it would pass at once.
    for (let ms = 0; ms < ANSWERS_MS; ms += 5) await this.#wait(5)
    for (const [text, told] of asked) assert.ok(!told.waiting, `${text.split(' ')[0]} was never told anything`)
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => this.#clock.after(ms, resolve))
  }

  #burst(store: OpenStore, state: Set<string>): void {
    const frames = Math.floor(this.#next() * 5)
    for (let index = 0; index < frames; index += 1) this.#append(store, state)
  }

  #append(store: OpenStore, state: Set<string>): void {
    this.#counter += 1
    const text = `${this.#counter} ${'.'.repeat(Math.floor(this.#next() ** 2 * 3_000))}`
    const told: Told = { waiting: true, doomed: false, stored: undefined, gone: false }
    this.#told.set(text, told)
    state.add(text)
    const disk = this.#disk
    store.append(frame(text), error => {
      // The dead cannot promise anything.
      if (disk.dead) return
      told.waiting = false
      if (error === undefined && told.doomed) this.#misplaced.push(text)
      if (error === undefined) this.#stored(told)
      else {
        state.delete(text)
        this.#refused.push(told)
      }
    })
  }

  #stored(told: Told): void {
    told.stored = this.#clock.monotonicMs()
    for (const refused of this.#refused.splice(0)) refused.gone = true
  }

  /** What was acknowledged within the window may be gone: it is taken back, and all is stored again. */
  #lost(store: OpenStore, state: Set<string>, disk: Disk): void {
    assert.notEqual(this.#sync, 'group', 'a mode that promises more has nothing to lose')
    const sinceMs = this.#clock.monotonicMs() - 2 * this.#windowMs('power')
    for (const told of this.#told.values()) {
      told.doomed = told.waiting
      if ((told.stored ?? 0) >= sinceMs) told.stored = undefined
    }
    this.#clock.after(REWRITE_AFTER_MS, () => this.#rewrite(store, state, disk))
  }

  #rewrite(store: OpenStore, state: Set<string>, disk: Disk): void {
    this.#rewrites += 1
    for (const text of state) {
      const told = this.#told.get(text)
      if (told === undefined || told.waiting) continue
      store.append(frame(text), error => {
        if (disk.dead) return
        if (error === undefined) this.#stored(told)
        else this.#clock.after(REWRITE_AFTER_MS, () => this.#rewrite(store, new Set([text]), disk))
      })
    }
  }

  /** How old an acknowledgement is, at least, that this crash must not touch. */
  #windowMs(crash: 'power' | 'kill'): number {
    if (crash === 'kill' || this.#sync === 'group') return 0
    return this.#sync === 'off' ? Number.POSITIVE_INFINITY : RELAXED_WINDOW_MS + 4 * this.#disk.workMsMax
  }

  #crash(): void {
    const kind = this.#next() < 0.7 ? 'power' : 'kill'
    const nowMs = this.#clock.monotonicMs()
    const windowMs = this.#windowMs(kind)
    for (const [text, { stored }] of this.#told)
      if (stored !== undefined && (windowMs === 0 || stored < nowMs - windowMs)) this.#settled.add(text)
    this.#disk = this.#disk.after(kind)
  }

  #check(order: readonly string[], found: ReadonlySet<string>): void {
    assert.deepEqual(this.#misplaced, [], 'stored behind what is missing')
    for (const text of this.#settled) assert.ok(found.has(text), `lost what was acknowledged: ${text.split(' ')[0]}`)
    for (const text of found)
      assert.equal(this.#told.get(text)?.gone, false, 'found what was refused, or never written')
    this.#refused.length = 0
    const numbers = order.map(text => Number(text.split(' ')[0]))
    // A snapshot is in order, and the log behind it; what was waiting when the snapshot was taken is in both.
    const steps = numbers.filter((number, index) => number <= (numbers[index - 1] ?? 0)).length
    if (this.#rewrites === 0) assert.ok(steps <= 1, `out of order in ${steps} places`)
    // What survived once is part of the state that a later snapshot is taken of; what did not is gone for good.
    for (const text of found) this.#settled.add(text)
    for (const [text, told] of this.#told) {
      told.waiting = false
      if (!found.has(text)) told.stored = undefined
    }
  }
}
