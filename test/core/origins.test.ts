import assert from 'node:assert/strict'
import type { Epoch } from '../../src/core/model.ts'
import { isRequestId, isTrace, ORIGINS_MAX, type Origin, originsRow, readOrigins } from '../../src/core/origins.ts'
import { NO_ENDS, pack, unpack, type Write } from '../../src/core/wire.ts'

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const writes = (count: number): Write[] =>
  Array.from({ length: count }, (_, seq) => ({
    key: `0123456789abcdef/tag/${'0'.repeat(40)}/t${seq}`,
    epoch: '00000000000000aa' as Epoch,
    seq: seq + 1,
    ms: 1,
    count: 0,
    value: undefined,
    ends: NO_ENDS,
  }))

const origin = (requestId: string, trace = ''): Origin => ({ requestId, trace })

/** As they come out at the other end of the wire. */
const carried = (all: readonly Write[], origins: ReadonlyMap<Write, Origin>) =>
  readOrigins(unpack(pack(originsRow(all, origins) ?? null)), all).map(each => [each.origin, each.writes])

describe('origins of writes', () => {
  it('come out of a frame with the writes that are theirs', () => {
    const all = writes(6)
    const [w0, w1, w2, w3, w4, w5] = all as [Write, Write, Write, Write, Write, Write]
    const [a, b] = [origin('a', TRACE), origin('b')]
    const origins = new Map([w0, w1].map(each => [each, a] as const)).set(w3, b).set(w4, a).set(w5, a)
    assert.deepEqual(carried(all, origins), [
      [a, [w0, w1]],
      [b, [w3]],
      [a, [w4, w5]],
    ])
    assert.ok(w2)
  })

  it('cost a frame nothing where nobody follows', () => {
    assert.equal(originsRow(writes(3), new Map()), undefined)
  })

  it('are limited in number; the writes of further ones travel without', () => {
    const all = writes(ORIGINS_MAX + 10)
    const origins = new Map(all.map((each, at) => [each, origin(`r${at}`)]))
    const found = carried(all, origins)
    assert.equal(found.length, ORIGINS_MAX)
    assert.deepEqual(found.at(-1), [origin(`r${ORIGINS_MAX - 1}`), [all[ORIGINS_MAX - 1]]])
  })

  it('are left out where a peer sends nonsense', () => {
    const all = writes(2)
    for (const row of [
      ...[7, 'x', null, {}, [7], [[]], [[0]], [[0, 1]], [[0, 1, 'r']]],
      ...[[[-1, 1, 'r', '']], [[0, 0, 'r', '']], [[9, 1, 'r', '']], [[Number.NaN, 1, 'r', '']], [['0', 1, 'r', '']]],
      ...[[[0, 1, '', '']], [[0, 1, 'a b', '']], [[0, 1, 'x'.repeat(65), '']], [[0, 1, 'r', 'nonsense']]],
    ]) {
      assert.deepEqual(readOrigins(row, all), [], JSON.stringify(row))
    }
    assert.equal(readOrigins([[0, 1e9, 'r', '']], all)[0]?.writes.length, 2)
    assert.equal(
      readOrigins(
        Array.from({ length: 1_000 }, () => [0, 1, 'r', '']),
        all,
      ).length,
      ORIGINS_MAX,
    )
  })

  it('have ids that fit a line of a log, and traces of the one known version', () => {
    assert.ok(isRequestId('7f3c-A_b.1:z') && isRequestId('x'.repeat(64)))
    for (const text of ['', ' ', 'a b', 'a\nb', 'ä', 'x'.repeat(65)]) assert.ok(!isRequestId(text), text)
    assert.ok(isTrace(TRACE))
    for (const text of ['', TRACE.toUpperCase(), TRACE.replace('00-', '01-'), TRACE.replace(/b7.*31/, '0'.repeat(16))])
      assert.ok(!isTrace(text), text)
  })
})
