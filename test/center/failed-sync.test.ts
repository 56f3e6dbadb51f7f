import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import { heartbeat } from '../../src/core/commands/heartbeat.ts'
import { registerInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import type { OpenStore } from '../contracts/store.ts'
import { startTestCenter } from '../helpers/center.ts'
import { refused } from '../helpers/refused.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { Bench } from '../store/bench.ts'

/** The journal tries again a second after the store has refused. */
const AGAIN_MS = 1_100
const WINDOW_MS = 200

describe('a failed sync in the mode "relaxed"', () => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench()
  })

  async function start(): Promise<{ readonly center: Center; readonly store: OpenStore }> {
    const store = await bench.open('relaxed')
    const frames: Uint8Array[] = []
    await store.load(bytes => frames.push(Uint8Array.from(bytes)))
    return { center: startTestCenter({ store, frames, clock: bench.clock }), store }
  }

  const ids = (center: Center): string[] =>
    center
      .read(view => view.services(SCOPE).flatMap(each => each.instances().map(({ instanceId }) => instanceId)))
      .sort()

  it('refuses writes with a clear error, never heartbeats, and loses nothing once the disk works again', async () => {
    const { center } = await start()
    const { id } = await center.execute(registerService(SCOPE, draft('s'), rules()))
    const register = (instanceId: string) =>
      center.execute(registerInstance(SCOPE, id, { hostName: 'h', instanceId }, rules()))
    await register('before')
    await bench.pass(WINDOW_MS)
    bench.disk.syncFailure = 1
    await register('doubtful')
    for (let ms = 0; ms < WINDOW_MS && center.status().writable; ms += 5) await bench.wait(5)
    const error = await refused('STORE_UNAVAILABLE', () => register('refused'))
    assert.equal(error.message, 'the store refuses writes: the disk did not keep what had been written before')
    await center.execute(heartbeat(SCOPE, id, 'before'))
    assert.deepEqual(ids(center), ['before', 'doubtful'])
    bench.disk.syncFailure = 0
    await bench.pass(AGAIN_MS)
    assert.equal(center.status().writable, true)
    await register('after')
    await bench.pass(WINDOW_MS)
    bench.disk = bench.disk.after('power')
    const next = await start()
    assert.deepEqual(ids(next.center), ['after', 'before', 'doubtful'])
  })
})
