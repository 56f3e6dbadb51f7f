import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { OPERATIONS, regenerated } from '../../scripts/docs.ts'

describe('docs/operations.md', () => {
  it('has the tables that the options make; `npm run docs` writes them', () => {
    const text = readFileSync(OPERATIONS, 'utf8')
    assert.equal(text, regenerated(text))
  })

  it('is noticed when a table is out of date, or gone', () => {
    const text = readFileSync(OPERATIONS, 'utf8')
    const older = text.replace('| `--node`', '| `--name`')
    assert.notEqual(older, text)
    assert.equal(regenerated(older), text)
    assert.throws(() => regenerated(text.replace('<!-- options -->', '')), /no place for "options"/)
  })
})
