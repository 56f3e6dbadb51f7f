import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Catalog } from '../../src/core/catalog.ts'
import { Directory } from '../../src/core/directory.ts'
import { Members } from '../../src/core/members.ts'
import type { ClusterId } from '../../src/core/model.ts'
import { Replacements } from '../../src/core/replacements.ts'

const OWN = '0000000000000000' as ClusterId
const [FIRST, SECOND, THIRD] = ['1', '2', '3'].map(digit => digit.repeat(16)) as [ClusterId, ClusterId, ClusterId]
/** Longer than the lease after which nobody waits for a cluster that is not heard. */
const LONG_MS = 600_000

const sha = (kind: string) => (data: string | Uint8Array) => createHash(kind).update(data).digest('hex')

const start = () => {
  const directory = new Directory(new Catalog({ sha1: sha('sha1'), sha256: sha('sha256') }), OWN)
  return { directory, replacements: new Replacements(directory, new Members(directory)) }
}

describe('clusters whose place another id has taken', () => {
  it('stay replaced over a restart soon after (simulation, seed 188)', () => {
    const before = start()
    for (const cluster of [FIRST, SECOND, THIRD]) before.replacements.met('sc2', cluster)

    const after = start()
    for (const [name, cluster] of before.replacements.names) after.replacements.met(name, cluster)
    for (const nowMs of [0, LONG_MS]) after.replacements.tick(nowMs)
    assert.deepEqual([...after.directory.replaced].sort(), [FIRST, SECOND])
    assert.equal(after.directory.labels.get(THIRD), 'sc2')
  })

  it('are none where a name was only ever met with one id', () => {
    const { directory, replacements } = start()
    assert.equal(replacements.met('sc2', FIRST), true)
    assert.equal(replacements.met('sc2', FIRST), false)
    replacements.tick(LONG_MS)
    assert.deepEqual(replacements.names, [['sc2', FIRST]])
    assert.equal(directory.replaced.size, 0)
  })
})
