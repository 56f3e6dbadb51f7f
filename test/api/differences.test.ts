import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ACCOUNTS } from './differences/accounts.ts'
import { EDGES } from './differences/edges.ts'
import { READS } from './differences/reads.ts'
import type { Checks } from './differences/scene.ts'
import { WRITES } from './differences/writes.ts'

const PAGE = new URL('../../docs/api.md', import.meta.url)
const CHECKS: Checks = { ...READS, ...WRITES, ...EDGES, ...ACCOUNTS }

interface Row {
  readonly original: string
  readonly here: string
  readonly why: string
}

/** The table under "Other answers". */
const rows: readonly Row[] = (/## Other answers\n(.*?)\n## /s.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '')
  .split('\n')
  .filter(line => line.startsWith('| '))
  .slice(2)
  .map(line => {
    const [, original = '', here = '', why = ''] = line.split('|').map(cell => cell.trim())
    return { original, here, why }
  })

describe('what is answered otherwise than by the original', () => {
  it('is listed, each with what is answered here and its reason', () => {
    assert.ok(rows.length > 40, String(rows.length))
    for (const { original, here, why } of rows) assert.ok(original && here && why, `${original} | ${here} | ${why}`)
  })

  it('is all that is shown below', () => {
    assert.deepEqual(Object.keys(CHECKS).toSorted(), rows.map(({ original }) => original).toSorted())
  })

  for (const { original, here } of rows) it(`${original} → ${here}`, () => CHECKS[original]?.()).timeout(30_000)
})
