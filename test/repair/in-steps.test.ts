import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import type { Lane } from '../../src/center/ports.ts'
import type { Version } from '../../src/core/catalog.ts'
import { registerService } from '../../src/core/commands/service.ts'
import type { KeyedDot } from '../../src/core/difference.ts'
import { decodeFrame, encodeFrame, readWrites, writesRow } from '../../src/core/wire.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'
import { LinkedCenters } from '../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const RECORDS = 1_200
/** What one step of a repair changes at most (center/steps.ts). */
const STEP_RECORDS_MAX = 256
const now = { wallMs: 1, monotonicMs: 1 }

/** Takes everything at once, and keeps what kind of frame it was and how many records it changed. */
class SteppingStore extends MemoryStore {
  readonly frames: { readonly type: string; readonly records: number }[] = []

  override append(frame: Uint8Array, done: (error?: Error) => void): void {
    const { type, fields } = decodeFrame(frame) ?? assert.fail()
    const ended = type === 'writes' ? (fields[1] as unknown[]).length : 0
    this.frames.push({ type, records: (type === 'writes' ? (readWrites(fields[0])?.length ?? 0) : 0) + ended })
    done()
  }
}

/** Two clusters that have met and were cut off, each with what the first has registered since. */
const partedWith = (services: number, sliceBytes?: number) => {
  const world = new LinkedCenters()
  const stores = [new SteppingStore(), new SteppingStore()] as const
  const [one, other] = stores.map((store, i) =>
    world.add(`n${i}`, `sc${i}`, { store, ...(sliceBytes === undefined ? {} : { sliceBytes }) }),
  ) as [Center, Center]
  world.link(one, other)
  world.run(2_000)
  world.cut(one, other)
  for (let i = 0; i < services; i++) void one.execute(registerService(SCOPE, draft(`s${i}`), rules()))
  world.run(100) // what is published now reaches nobody
  for (const store of stores) store.frames.length = 0
  const versions = [...one.replica.catalog.keys()].flatMap(key => one.replica.catalog.versions(key))
  return { world, one, other, stores, versions: versions.filter(({ key }) => key.includes('/service/')) }
}

/** Ends that nobody remembers. */
const forget = ({ replica }: Center, ended: readonly KeyedDot[]): void => void replica.endCovered(ended, now)

const holds = ({ replica }: Center, version: Version): boolean =>
  replica.catalog.holds(version.key, version) !== undefined

/** The types of the frames of repairs that come to it from now on. */
const listen = (center: Center, hears: (type: string) => boolean = () => true): string[] => {
  const received: string[] = []
  const { message } = center
  center.message = (node, lane: Lane, frame) => {
    const type = lane === 'repair' ? (decodeFrame(frame)?.type ?? '') : ''
    if (lane === 'repair') received.push(type)
    if (hears(type)) message.call(center, node, lane, frame)
  }
  return received
}

describe('a repair in steps', () => {
  it('merges and ends a few hundred records at a time, and covers the rest behind the last of them', () => {
    const { world, one, other, stores, versions } = partedWith(RECORDS)
    const [unseen, ...rest] = versions as [Version, ...Version[]]
    const [held, lacking] = [rest.slice(0, RECORDS / 2), rest.slice(RECORDS / 2)]
    other.replica.merge(held, now)
    forget(one, [unseen, ...held])
    world.link(one, other)
    world.run(2_000)
    assert.ok(held.every(version => !holds(other, version)) && lacking.every(version => holds(other, version)))
    const frames = stores[1].frames.filter(({ type, records }) => type === 'join' || records > 0)
    assert.ok(Math.max(...frames.map(({ records }) => records)) <= STEP_RECORDS_MAX)
    const last = frames.findLastIndex(({ records }) => records > 1)
    const join = frames.findIndex(({ type }) => type === 'join')
    assert.ok(join > last && last > RECORDS / STEP_RECORDS_MAX, `joined at ${join}, the last records at ${last}`)
  })

  it('does not compare with a peer that has yet to catch up', () => {
    const { world, one, other } = partedWith(10)
    const received = listen(other)
    world.link(one, other)
    world.run(5_000)
    assert.ok(one.replica.catalog.fingerprint().equals(other.replica.catalog.fingerprint().bytes()))
    assert.deepEqual(received, ['compare', 'state', 'slice', 'compare'])
  })

  it('looks again when something arrived, while it compared, that the peer may have ended', () => {
    const { world, one, other, versions } = partedWith(40, 1_024)
    const [late, held] = versions as [Version, Version]
    other.replica.merge(versions.slice(1), now)
    forget(one, [late, held])
    const frame = encodeFrame('changes', one.status().clusterId, writesRow([late]))
    const { after } = world.clock
    // Nor does it learn in another way that the two differ.
    const received = listen(other, type => type !== 'compare')
    let arrived = false
    world.clock.after = (ms, run) => {
      const step = (): void => {
        if (!arrived && received.includes('cells')) {
          other.gossip(one.status().node, one.status().node, frame)
          arrived = true
        }
        run()
      }
      return after.call(world.clock, ms, ms === 0 ? step : run)
    }
    world.link(one, other)
    assert.ok(arrived && holds(other, late), 'it arrived while the two compared')
    assert.ok(!holds(other, held), 'what was held at the beginning has been compared')
    world.run(2_000)
    assert.ok(!holds(other, late), 'it has been compared, too')
  })
})
