/**
 * What a repair costs: two replicas of n records by 20 writers differ in d of them, spread at random over keys and writers;
 * half of the differences are deletions that nobody remembers. Every byte of both sides counts, until both are equal.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Center, TICK_MS } from '../../../src/center/center.ts'
import { REMEMBERED_BYTES_MAX } from '../../../src/core/catalog.ts'
import type { ClusterId, Epoch } from '../../../src/core/model.ts'
import { contentFields } from '../../../src/core/records.ts'
import { packValue, type Write } from '../../../src/core/wire.ts'
import { systemClock } from '../../../test/helpers/center.ts'
import { bytesOf, type Carried, Rig } from './rig.ts'

const WRITERS = 20
const KEY_BYTES = 32
const CONTENT_BYTES = 100
/** Records handed to a replica at a time. */
const BATCH = 10_000
/** A remembered deletion counts as at least this much, so that this many push all others out. */
const FORGETTERS = Math.ceil(REMEMBERED_BYTES_MAX / 160)
const DEADLINE_MS = 180_000
/** Nothing was sent for so long: both sides are through, the look of the one that was ahead included, which waits (repair.ts). */
const QUIET_MS = 800
const QUIET_MS_PER_RECORD = 0.006
/** Epoch and sequence; milliseconds and count. */
const DOT_AND_STAMP_BYTES = 8 + 5 + 9 + 1

export interface RepairCost {
  readonly records: number
  readonly differing: number
  /** Of the repair of the side that lacked something: its questions and the answers. */
  readonly bytes: number
  /** Of the other side's own repair, which looks whether it lacks something, too. */
  readonly returnBytes: number
  /** Key, dot, stamp and value of what had to be sent. */
  readonly valueBytes: number
  readonly differingWriters: number
  /** Questions, each with its answer, of the side that lacked something; not those for the next slice of a long answer. */
  readonly roundTrips: number
  readonly tookMs: number
  /** The longest that a call held a node. */
  readonly heldMs: number
}

/** Makes records and changes of them as nodes would, without the rules of services. */
class Author {
  readonly #cluster: ClusterId
  readonly #epochs = Array.from({ length: WRITERS }, () => randomBytes(8).toString('hex') as Epoch)
  readonly #seqs = new Map<Epoch, number>()
  readonly living: Write[] = []

  constructor(cluster: ClusterId) {
    this.#cluster = cluster
  }

  record(): Write {
    const random = randomBytes(KEY_BYTES + CONTENT_BYTES / 2).toString('hex')
    const hash = random.slice(0, 2 * KEY_BYTES)
    const write = this.#write(`${this.#cluster}/content/${hash}`, random.slice(2 * KEY_BYTES), [])
    this.living.push(write)
    return write
  }

  /** Replaces a record drawn at random. */
  update(): Write {
    const at = randomInt(this.living.length)
    const before = this.living[at] as Write
    const write = this.#write(before.key, randomBytes(CONTENT_BYTES / 2).toString('hex'), [before])
    this.living[at] = write
    return write
  }

  deletion(): Write {
    const at = randomInt(this.living.length)
    const before = this.living[at] as Write
    this.living[at] = this.living.at(-1) as Write
    this.living.pop()
    return { ...this.#write(before.key, '', [before]), value: undefined }
  }

  /** A deletion of nothing, which pushes another out of what is remembered. */
  forgetter(): Write {
    return { ...this.#write(`${this.#cluster}/content/none`, '', []), value: undefined }
  }

  #write(key: string, content: string, ends: readonly Write[]): Write {
    const epoch = this.#epochs[randomInt(WRITERS)] as Epoch
    const seq = (this.#seqs.get(epoch) ?? 0) + 1
    this.#seqs.set(epoch, seq)
    const value = packValue(contentFields(content))
    return { key, epoch, seq, ms: Date.now(), count: 0, value, ends: ends.map(({ epoch, seq }) => ({ epoch, seq })) }
  }
}

const now = () => ({ wallMs: Date.now(), monotonicMs: performance.now() })

const give = (writes: readonly Write[], ...centers: readonly Center[]): void => {
  for (let at = 0; at < writes.length; at += BATCH)
    for (const { replica } of centers) replica.restore(writes.slice(at, at + BATCH), now())
}

const make = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one)

const valueBytes = ({ key, value }: Write): number =>
  Buffer.byteLength(key) + (value?.length ?? 0) + DOT_AND_STAMP_BYTES

type Reconciled = Pick<RepairCost, 'bytes' | 'returnBytes' | 'roundTrips' | 'tookMs' | 'heldMs'>

const QUESTIONS = ['compare', 'pull', 'more', 'fingerprints', 'count', 'list']

/** Links the two, waits until they are equal and nothing more is said, and counts what that took. */
async function reconcile(rig: Rig, ahead: Center, behind: Center): Promise<Reconciled> {
  rig.begin()
  const quietMs = QUIET_MS + QUIET_MS_PER_RECORD * ahead.replica.catalog.size
  const startedMs = performance.now()
  rig.link(ahead, behind)
  let equalAtMs: number | undefined
  let [sent, sentAtMs] = [0, startedMs]
  while (performance.now() - sentAtMs < quietMs || equalAtMs === undefined) {
    if (performance.now() - startedMs > DEADLINE_MS) throw new Error('the replicas do not become equal')
    await pause(TICK_MS / 10)
    rig.tick()
    const repairing = rig.carried.filter(({ kind }) => kind === 'repair').length
    if (repairing !== sent) [sent, sentAtMs] = [repairing, performance.now()]
    if (equalAtMs === undefined && areEqual(ahead, behind)) equalAtMs = performance.now()
  }
  rig.cut(ahead, behind)
  const repair = rig.carried.filter(({ kind }) => kind === 'repair')
  const { node } = behind.status()
  const isOwn = ({ from, type }: Carried): boolean => (from === node) === QUESTIONS.includes(type)
  const own = repair.filter(isOwn)
  const roundTrips = questionsOf(own.filter(({ from }) => from === node))
  const [bytes, returnBytes] = [bytesOf(own), bytesOf(repair) - bytesOf(own)]
  return { bytes, returnBytes, roundTrips, tookMs: equalAtMs - startedMs, heldMs: rig.heldMs() }
}

const areEqual = (a: Center, b: Center): boolean =>
  a.replica.catalog.size === b.replica.catalog.size &&
  a.replica.catalog.fingerprint().equals(b.replica.catalog.fingerprint().bytes())

/** Of its first repair: a later one begins with another `compare`. */
function questionsOf(asked: readonly Carried[]): number {
  const own = asked.filter(({ type }) => type !== 'more')
  const second = own.findIndex(({ type }, i) => i > 0 && type === 'compare')
  return second < 0 ? own.length : second
}

/** A repair of `records` with an empty replica, then, between two that are equal, one for each of `differences`. */
export async function repairCosts(records: number, differences: readonly number[]): Promise<RepairCost[]> {
  const rig = new Rig(systemClock)
  const ahead = rig.add({ name: 'ahead', label: 'sc1' })
  const author = new Author(ahead.status().clusterId)
  for (let left = records; left > 0; left -= BATCH)
    give(
      make(Math.min(left, BATCH), () => author.record()),
      ahead,
    )
  const behind = rig.add({ name: 'behind', label: 'sc2' })
  const whole = {
    differing: records,
    valueBytes: author.living.reduce((bytes, write) => bytes + valueBytes(write), 0),
    differingWriters: WRITERS,
  }
  const costs: RepairCost[] = []
  costs.push({ records, ...whole, ...(await reconcile(rig, ahead, behind)) })
  for (const differing of differences.filter(each => each <= records)) {
    const deletions = make(Math.floor(differing / 2), () => author.deletion())
    const updates = make(Math.ceil(differing / 2), () => author.update())
    give([...deletions, ...updates], ahead)
    give(
      make(deletions.length === 0 ? 0 : FORGETTERS, () => author.forgetter()),
      ahead,
      behind,
    )
    const latest = new Map(updates.map(write => [write.key, write]))
    costs.push({
      records,
      differing,
      valueBytes: [...latest.values()].reduce((sum, write) => sum + valueBytes(write), 0),
      differingWriters: new Set([...deletions, ...updates].map(({ epoch }) => epoch)).size,
      ...(await reconcile(rig, ahead, behind)),
    })
  }
  rig.close()
  return costs
}
