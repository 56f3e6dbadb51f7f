import assert from 'node:assert/strict'
import { combineRevisions, EMPTY_REVISION } from '../../src/core/queries/revision.ts'

const ALL_ONES = 'ffffffffffffffff'
const ONE = '0000000000000001'

describe('revisions', () => {
  it('of nothing are zero', () => assert.equal(combineRevisions([]), EMPTY_REVISION))
  it('of one are its own', () => assert.equal(combineRevisions(['00ff00ff00ff00ff']), '00ff00ff00ff00ff'))
  it('carry from the low half to the high', () =>
    assert.equal(combineRevisions(['00000000ffffffff', ONE]), '0000000100000000'))
  it('wrap around', () => assert.equal(combineRevisions([ALL_ONES, ONE]), EMPTY_REVISION))

  it('do not depend on order or grouping', () => {
    const some = ['123456789abcdef0', ALL_ONES, '8000000080000000', '00000000fffffffe']
    const sum = combineRevisions(some)
    assert.equal(combineRevisions(some.toReversed()), sum)
    const [a = '', b = '', ...rest] = some
    assert.equal(combineRevisions([combineRevisions([a, b]), ...rest]), sum)
    const exact = some.reduce((total, revision) => (total + BigInt(`0x${revision}`)) % 2n ** 64n, 0n)
    assert.equal(sum, exact.toString(16).padStart(16, '0'))
  })
})
