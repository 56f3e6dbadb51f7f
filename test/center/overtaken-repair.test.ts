import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import { encodeHello } from '../../src/center/hello.ts'
import type { Mesh } from '../../src/center/ports.ts'
import { Context } from '../../src/core/context.ts'
import { tagKey } from '../../src/core/keys.ts'
import type { ClusterId, Epoch, NodeId, Sid } from '../../src/core/model.ts'
import { tagFields } from '../../src/core/records.ts'
import {
  contextRow,
  decodeFrame,
  encodeFrame,
  packValue,
  type Row,
  type Write,
  writesRow,
} from '../../src/core/wire.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'

const [FIRST, SECOND] = ['00000000000000a1', '00000000000000a2'] as [Epoch, Epoch]
const CLUSTER = '00112233445566ff' as ClusterId
const KEY = tagKey(CLUSTER, 'a'.repeat(40) as Sid, 'k')
const NOTHING = new Uint8Array(16)

const written = (epoch: Epoch, value: string, ends: Write['ends'] = [], seq = 1): Write => {
  const packed = packValue(tagFields({ value, parents: [] }))
  return { key: KEY, epoch, seq, ms: 1_800_000_000_000, count: 0, value: packed, ends }
}
/** Of each writer its first dots. */
const contextOf = (epochs: readonly Epoch[], upTo = 1): Context => {
  const context = new Context()
  for (const epoch of epochs) context.addRange(epoch, 1, upTo)
  return context
}

/** A center that holds one version of the peer's, and is told by the peer that it does not live there any more. */
class Told {
  readonly center: Center
  readonly peer: NodeId = testNodeId()
  readonly #sent: { readonly type: string; readonly fields: Row }[] = []

  constructor() {
    const mesh: Mesh = {
      publish: () => undefined,
      send: (_to, _lane, frame) => this.#sent.push(decodeFrame(frame) ?? assert.fail()) > 0,
      drop: () => undefined,
    }
    this.center = startTestCenter({ mesh })
    this.center.connected({ node: this.peer, role: 'foreign', configuredName: 'sc2' })
    const hello = { epoch: FIRST, clusterId: CLUSTER, established: true, label: 'sc2', role: 'foreign' } as const
    this.center.message(this.peer, 'peer', encodeHello(hello))
  }

  /** Answers the repair that the center has begun, and waits for what it does. */
  async answer(type: string, ...fields: Row): Promise<void> {
    const [id] = this.#sent.find(each => each.type === 'compare')?.fields ?? assert.fail()
    this.center.message(this.peer, 'repair', encodeFrame(type, id, ...fields))
    for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
  }

  async begin(): Promise<void> {
    const seen = contextOf([FIRST])
    seen.join(this.center.replica.catalog.context)
    await this.answer('state', contextRow(seen), NOTHING, false)
    await this.answer('slice', writesRow([written(FIRST, 'old')]), [], null, NOTHING, false)
    assert.deepEqual(this.held(), [FIRST])
    await this.answer('living', [[FIRST, []]], contextRow(contextOf([SECOND])))
  }

  asked(): string | undefined {
    return this.#sent.at(-1)?.type
  }

  held(): Epoch[] {
    return this.center.replica.catalog.versions(KEY).map(({ epoch }) => epoch)
  }
}

describe('a version that the peer does not hold any more', () => {
  it('is not ended before what replaced it there meanwhile is here (simulation, seed 2185)', async () => {
    const told = new Told()
    await told.begin()
    assert.deepEqual([told.held(), told.asked()], [[FIRST], 'pull'])
    const replaced = written(SECOND, 'new', [{ epoch: FIRST, seq: 1 }])
    await told.answer('slice', writesRow([replaced]), [], null, NOTHING, false)
    assert.deepEqual(told.held(), [SECOND])
  })

  it('stays where that has been replaced, too, and is not brought', async () => {
    const told = new Told()
    await told.begin()
    await told.answer('slice', writesRow([]), [], null, NOTHING, false)
    assert.deepEqual(told.held(), [FIRST])
  })
})

describe('what the peer had seen before it listed anything, and what does not live there any more', () => {
  it('is known here when the repair ends, though the same writer went on meanwhile (simulation, seed 1185)', async () => {
    const told = new Told()
    const { context } = told.center.replica.catalog
    const seen = contextOf([FIRST], 3)
    seen.join(context)
    await told.answer('state', contextRow(seen), NOTHING, false)
    await told.answer('slice', writesRow([written(FIRST, 'third', [], 3)]), [], null, NOTHING, false)
    await told.answer('living', [[FIRST, [3, 0]]], contextRow(contextOf([FIRST], 4)))
    assert.equal(told.asked(), 'pull')
    const fourth = written(FIRST, 'fourth', [{ epoch: FIRST, seq: 3 }], 4)
    await told.answer('slice', writesRow([fourth]), [], null, NOTHING, false)
    assert.deepEqual([...context.intervals(FIRST)], [1, 4])
  })
})
