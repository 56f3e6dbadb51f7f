import assert from 'node:assert/strict'
import type { SyncMode } from '../../src/store/log-writer.ts'
import { Life } from './life.ts'

/** Crashes that one disk goes through. */
const STARTS = 4
/** `npm run test:crash` asks for more. */
const CYCLES = Number(process.env.STORE_CYCLES ?? 600)
const REPLAY = process.env.STORE_SEED
const seeds = REPLAY === undefined ? [...Array(Math.ceil(CYCLES / STARTS)).keys()] : [Number(REPLAY)]

/** What this test is about: where a run meets it in fewer than a fifteenth of its lives, the run shows nothing. */
const PREMISES: Readonly<Record<SyncMode, readonly string[]>> = {
  group: ['has been cut off', 'log compacted', 'writes cannot be stored', 'writes are stored again'],
  relaxed: ['has been cut off', 'log compacted', 'writes are stored again', 'did not keep'],
  off: ['has been cut off', 'log compacted', 'writes are stored again', 'did not keep'],
}
const LIVES_PER_PREMISE = 15

async function live(seed: number, sync: SyncMode): Promise<readonly string[]> {
  const life = new Life(seed, sync)
  for (let start = 0; start < STARTS; start += 1) await life.start()
  return life.log.lines
}

describe('store: a crash at any moment, on a disk that drops, reorders or tears what is not synced', function () {
  this.timeout(300_000)

  for (const sync of ['group', 'relaxed', 'off'] as const) {
    it(`loses nothing that the mode "${sync}" promised to keep (${seeds.length * STARTS} cycles)`, async () => {
      const logged: string[] = []
      for (const seed of seeds) {
        const lines = await live(seed, sync).catch(error => {
          throw new Error(`seed ${seed}, replay: STORE_SEED=${seed} mocha test/store/crash.test.ts -g '"${sync}"'`, {
            cause: error,
          })
        })
        logged.push(...lines)
      }
      for (const premise of seeds.length > 1 ? PREMISES[sync] : []) {
        const times = logged.filter(line => line.includes(premise)).length
        assert.ok(times >= seeds.length / LIVES_PER_PREMISE, `"${premise}" happened only ${times} times`)
      }
    })
  }
})
