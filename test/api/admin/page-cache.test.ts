import assert from 'node:assert/strict'
import { PageCache } from '../../../src/api/admin/page-cache.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

describe('the cache of pages', () => {
  const asked = (clock: ManualClock, costMs: number) => {
    const cache = new PageCache(clock)
    let made = 0
    return (revision: number, etag?: string): readonly [status: number, made: number, etag: string] => {
      const answer = cache.answer('page', revision, etag, () => {
        clock.advance(costMs)
        made += 1
        return { revision }
      })
      return [answer.status, made, answer.headers?.etag ?? '']
    }
  }

  it('makes a page once a second while things change, and once in five while they do not', () => {
    const clock = new ManualClock()
    const ask = asked(clock, 0)
    assert.equal(ask(1)[1], 1)
    clock.advance(999)
    assert.equal(ask(2)[1], 1)
    clock.advance(1)
    const [, made, etag] = ask(2)
    assert.equal(made, 2)
    clock.advance(4_999)
    assert.deepEqual(ask(2, etag), [304, 2, etag])
    clock.advance(1)
    assert.deepEqual(ask(2, etag), [304, 3, etag], 'made anew, and the same')
  })

  it('keeps a page that is costly for two hundred times what it cost, and ten seconds at most', () => {
    const clock = new ManualClock()
    const ask = asked(clock, 35)
    ask(1)
    clock.advance(6_900)
    assert.equal(ask(2)[1], 1)
    clock.advance(100)
    assert.equal(ask(3)[1], 2)
    const costly = asked(clock, 60_000)
    costly(1)
    assert.equal(costly(2)[1], 2)
  })
})
