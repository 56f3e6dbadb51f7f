import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Ports } from '../../scripts/harness.d/fleet/ports.ts'
import { sideBySide, type Turn } from '../../scripts/harness.d/run/side-by-side.ts'

interface Named extends Turn {
  readonly name: string
}

const turn = (name: string, lastsMs: number, alone = false): Named => ({ name, lastsMs, alone })
const NEVER = new AbortController().signal

/** Everything that plays ends when it is told to, so that the order is the program's own. */
class Stage {
  readonly begun: string[] = []
  readonly #playing = new Map<string, () => void>()

  readonly play = ({ name }: Named): Promise<string> =>
    new Promise(resolve => {
      this.begun.push(name)
      this.#playing.set(name, () => resolve(name.toUpperCase()))
    })

  get playing(): readonly string[] {
    return [...this.#playing.keys()]
  }

  /** Resolves when whoever waits for that has gone on. */
  async end(name: string): Promise<void> {
    this.#playing.get(name)?.()
    this.#playing.delete(name)
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('scenarios side by side', () => {
  it('take so many places, the longest first, then those that are alone one by one', async () => {
    const stage = new Stage()
    const turns = [turn('heavy', 9, true), turn('short', 1), turn('long', 3), turn('most', 5), turn('huge', 7, true)]
    const played = sideBySide(turns, 2, NEVER, stage.play)
    assert.deepEqual(stage.playing, ['most', 'long'])
    await stage.end('long')
    assert.deepEqual(stage.playing, ['most', 'short'])
    await stage.end('short')
    assert.deepEqual(stage.playing, ['most'])
    await stage.end('most')
    assert.deepEqual(stage.playing, ['heavy'])
    await stage.end('heavy')
    assert.deepEqual(stage.playing, ['huge'])
    await stage.end('huge')
    assert.deepEqual(await played, ['HEAVY', 'SHORT', 'LONG', 'MOST', 'HUGE'])
  })

  it('begin no more after an interruption, and end when what plays has ended', async () => {
    const stage = new Stage()
    const aborting = new AbortController()
    const played = sideBySide([turn('a', 2), turn('b', 1), turn('c', 1, true)], 1, aborting.signal, stage.play)
    aborting.abort()
    await stage.end('a')
    assert.deepEqual(await played, ['A'])
    assert.deepEqual(stage.begun, ['a'])
  })
})

describe('ports of harnesses on one machine', () => {
  it('are others than those that are in use', async () => {
    const server = createServer().listen(31_910, '127.0.0.1')
    await once(server, 'listening')
    const ports = new Ports({ lowest: 31_910, highest: 31_912 })
    try {
      assert.equal(await ports.next(), 31_911)
      await assert.rejects(ports.next(), /no free port between 31910 and 31912/)
    } finally {
      ports.close()
      server.close()
    }
  })

  it('are given to one of them, also while nobody listens there yet, until it has ended', async () => {
    const [lowest, highest] = [31_900, 31_904]
    const [one, other] = [new Ports({ lowest, highest }), new Ports({ lowest, highest })]
    try {
      const first = [await one.next(), await one.next()]
      const second = await other.next()
      assert.ok(!first.includes(second) && first[0] !== first[1])
      one.close()
      const later = [await other.next(), await other.next()]
      assert.ok(later.some(port => first.includes(port)))
    } finally {
      one.close()
      other.close()
    }
  })
})
