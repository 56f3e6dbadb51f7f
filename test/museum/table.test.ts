import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const SCENARIO = /\bit\('([\w.-]+\/[\w.-]+#\d+): [^']+'/g
const ROW = /^\| \[([\w.-]+\/[\w.-]+)#(\d+)\]\((\S+)\) \| .+ \| .+ \|$/gm
const PARTS = ['A', 'B', 'C', 'D', 'E', 'F']
const SCENARIOS_MIN = 20

describe('museum: the table', () => {
  const text = readFileSync(join(ROOT, 'docs/museum.md'), 'utf8')
  const sections = text.split(/^## (?=[A-F]\. )/m).slice(1)

  it('has a part for each kind of trouble, and each part its tests', () => {
    assert.deepEqual(
      sections.map(section => section[0]),
      PARTS,
    )
    const files = sections.map(section => /^`(.+)`$/m.exec(section)?.[1] ?? '')
    const present = globSync('test/museum/*.test.ts', { cwd: ROOT }).filter(file => !file.endsWith('/table.test.ts'))
    assert.deepEqual(files.toSorted(), present.toSorted())
  })

  it('lists the scenarios that there are, in order', () => {
    let count = 0
    for (const section of sections) {
      const file = /^`(.+)`$/m.exec(section)?.[1] ?? ''
      const rows = [...section.matchAll(ROW)].map(([, repository, number]) => `${repository}#${number}`)
      const scenarios = [...readFileSync(join(ROOT, file), 'utf8').matchAll(SCENARIO)].map(([, thread]) => thread)
      assert.deepEqual(rows, scenarios, file)
      assert.ok(rows.length > 0, file)
      count += rows.length
    }
    assert.ok(count >= SCENARIOS_MIN, `${count} scenarios`)
  })

  it('leads to the threads', () => {
    for (const [, repository, number, url] of text.matchAll(ROW))
      assert.match(url ?? '', new RegExp(`^https://github\\.com/${repository}/(issues|pull)/${number}$`))
  })
})
