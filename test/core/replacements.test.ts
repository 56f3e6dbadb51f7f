import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Catalog } from '../../src/core/catalog.ts'
import { Directory } from '../../src/core/directory.ts'
import type { Entry } from '../../src/core/entry.ts'
import { Members } from '../../src/core/members.ts'
import type { ClusterId, NodeId } from '../../src/core/model.ts'
import { Reachability } from '../../src/core/reachability.ts'
import { Replacements } from '../../src/core/replacements.ts'

const OWN = '0000000000000000' as ClusterId
const [FIRST, SECOND, THIRD] = ['1', '2', '3'].map(digit => digit.repeat(16)) as [ClusterId, ClusterId, ClusterId]
/** Longer than the lease after which nobody waits for a cluster that is not heard. */
const LONG_MS = 600_000

const OPTIONS = { silentNode: 'hide', hideAfterMs: 60_000 } as const

const sha = (kind: string) => (data: string | Uint8Array) => createHash(kind).update(data).digest('hex')

const start = () => {
  const directory = new Directory(new Catalog({ sha1: sha('sha1'), sha256: sha('sha256') }), OWN)
  const members = new Members(directory)
  const reachability = new Reachability({ self: 'self' as NodeId, directory, members }, OPTIONS)
  return { directory, reachability, replacements: new Replacements(directory, members, reachability) }
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

  for (const [leasesMs, waitedMs] of [
    [[8_000, 30_000], 60_000],
    [[1_000], 10_000],
    [[8_000, 900_000], 240_000],
    [[], 240_000],
  ] as const) {
    it(`are hidden after twice their longest lease, within limits: ${waitedMs} ms for ${leasesMs.join(', ') || 'none known'}`, () => {
      const { directory, reachability, replacements } = start()
      for (const leaseMs of leasesMs) {
        const lease = { holder: 'held' as NodeId, open: true, version: 1, leaseMs }
        reachability.leaseChanged({ clusterId: FIRST, lease } as unknown as Entry, undefined)
      }
      for (const cluster of [FIRST, SECOND]) replacements.met('sc2', cluster)
      let hiddenAtMs: number | undefined
      for (let nowMs = 0; nowMs <= LONG_MS; nowMs += 1_000) {
        replacements.tick(nowMs)
        if (directory.replaced.has(FIRST)) hiddenAtMs ??= nowMs
      }
      // No node of it is known here, which counts as silence of any length: only the second lease is waited for.
      assert.equal(hiddenAtMs, waitedMs / 2)
    })
  }

  it('are none where a name was only ever met with one id', () => {
    const { directory, replacements } = start()
    assert.equal(replacements.met('sc2', FIRST), true)
    assert.equal(replacements.met('sc2', FIRST), false)
    replacements.tick(LONG_MS)
    assert.deepEqual(replacements.names, [['sc2', FIRST]])
    assert.equal(directory.replaced.size, 0)
  })
})
