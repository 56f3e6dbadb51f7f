import assert from 'node:assert/strict'
import type { Store } from '../../src/center/ports.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'

describe('a node that ended before it was ready', () => {
  it('has nothing to serve at its next start, though its disk is not empty (simulation, seed 110)', () => {
    const node = testNodeId()
    const frames: Uint8Array[] = []
    const values = new Map<string, Uint8Array>()
    let nowMs = 1
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => undefined }
    const start = () => {
      const store: Store = Object.assign(new MemoryStore(), {
        durable: true,
        append: (frame: Uint8Array, done: () => void) => {
          frames.push(frame.slice())
          done()
        },
        put: (name: string, value: Uint8Array) => void values.set(name, value.slice()),
        get: (name: string) => values.get(name),
      })
      return startTestCenter({ node, store, frames: [...frames], clock, peersConfigured: true })
    }
    assert.equal(start().status().ready, false)
    assert.ok(frames.length > 0)

    const second = start()
    assert.equal(second.status().ready, false)
    nowMs += 10_001 // nobody answers
    second.tick()
    assert.equal(second.status().ready, true)
    assert.equal(start().status().ready, true)
  })
})
