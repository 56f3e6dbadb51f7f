import assert from 'node:assert/strict'
import { withSection } from '../../scripts/bench/document.ts'
import { repairRows, standingRows } from '../../scripts/bench/replication/counted.ts'
import { isBroken, type Row } from '../../scripts/bench/replication/row.ts'

describe('the cost table of replication', function () {
  this.timeout(120_000)

  const brokenCounts = (rows: readonly Row[]): string[] =>
    rows.filter(row => row.measure === 'count' && isBroken(row)).map(({ what, measured }) => `${what}: ${measured}`)

  it('is kept by links on which nothing changes', async () => {
    assert.deepEqual(brokenCounts(await standingRows()), [])
  })

  it('is kept by repairs of 1,000 records', async () => {
    const rows = await repairRows(1_000, 0)
    assert.ok(rows.length >= 7, `${rows.length} rows`)
    assert.deepEqual(brokenCounts(rows), [])
  })

  it('takes a count above its bound for broken, and a time only beyond three times the floor of the run', () => {
    const row = { what: '', bound: 10, unit: '' } as const
    assert.equal(isBroken({ ...row, measure: 'count', measured: 10 }), false)
    assert.equal(isBroken({ ...row, measure: 'count', measured: 11 }), true)
    assert.equal(isBroken({ ...row, measure: 'time', measured: 29, paired: 10 }), false)
    assert.equal(isBroken({ ...row, measure: 'time', measured: 31, paired: 10 }), true)
    assert.equal(isBroken({ ...row, measure: 'time', measured: 9, paired: 1 }), false)
    assert.equal(isBroken({ ...row, measure: 'time', measured: 11 }), true)
  })
})

describe('the document that benchmarks write', () => {
  const document = 'before\n<!-- bench:http -->\nold\n<!-- /bench:http -->\nafter\n'

  it('gets the section of a part, and keeps everything else', () => {
    const written = 'before\n<!-- bench:http -->\nnew\n<!-- /bench:http -->\nafter\n'
    assert.equal(withSection(document, 'http', '\nnew\n'), written)
  })

  it('is not written where a section is missing', () => {
    assert.throws(() => withSection(document, 'memory', 'new'), /bench:memory/)
  })
})
