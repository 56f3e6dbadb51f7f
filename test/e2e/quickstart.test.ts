import assert from 'node:assert/strict'
import { join } from 'node:path'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { Program } from '../helpers/program.ts'
import { Registry } from '../helpers/registry.ts'

const QUICKSTART = join(import.meta.dirname, '../../scripts/quickstart')
/** What the README promises, installation included; here everything is installed. */
const DEADLINE_MS = 120_000

describe('the quick start', function () {
  this.timeout(DEADLINE_MS)
  let run: Program
  // It has processes of its own to end, so it is asked before the fleet kills it.
  afterEach(() => run.stop())
  const each = eachFleet()
  beforeEach(() => {
    run = each.fleet.program('quickstart', QUICKSTART, [])
  })

  /** Addresses of the two nodes and of the provider, as it prints them. */
  const addresses = (): string[] => run.output.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []

  async function nothingIsLeft(): Promise<void> {
    const printed = new Set(addresses())
    assert.ok(printed.size >= 3, run.output)
    for (const address of printed)
      await assert.rejects(new Registry(address).request('GET', '/'), /ECONNREFUSED/, address)
  }

  it('succeeds at every step and leaves nothing running', async () => {
    assert.deepEqual(await run.ended(DEADLINE_MS), { code: 0, signal: null }, run.output)
    assert.match(run.output, /All 10 steps succeeded/)
    await nothingIsLeft()
  })

  it('leaves nothing running when it is interrupted', async () => {
    await run.line(/^ 5\. /, DEADLINE_MS)
    run.signal('SIGINT')
    assert.deepEqual(await run.ended(10_000), { code: 1, signal: null }, run.output)
    await nothingIsLeft()
  })
})
