import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Catalog, REMEMBERED_BYTES_MAX } from '../../src/core/catalog.ts'
import { Context, INTERVALS_MAX, INTERVALS_PER_EPOCH_MAX } from '../../src/core/context.ts'
import { Directory } from '../../src/core/directory.ts'
import { BEATS_MAX, Members } from '../../src/core/members.ts'
import type { ClusterId, Epoch, NodeId } from '../../src/core/model.ts'

const CLUSTER = '0123456789abcdef' as ClusterId
const epochOf = (n: number): Epoch => n.toString(16).padStart(16, '0') as Epoch
const sha = (kind: string) => (data: string | Uint8Array) => createHash(kind).update(data).digest('hex')
const catalogOf = (): Catalog => new Catalog({ sha1: sha('sha1'), sha256: sha('sha256') })

describe('what peers can fill has a limit, and what it keeps out is counted', () => {
  it('gaps of one start: a dot that finds no room is not covered, and one that is covered already is no refusal', () => {
    const context = new Context()
    for (let i = 0; i < INTERVALS_PER_EPOCH_MAX; i += 1) assert.ok(context.add(epochOf(1), 1 + i * 2))
    assert.equal(context.add(epochOf(1), 1), false)
    assert.equal(context.refused, 0)
    assert.equal(context.add(epochOf(1), 1 + INTERVALS_PER_EPOCH_MAX * 2 + 2), false)
    assert.equal(context.refused, 1)
    assert.equal(context.covers(epochOf(1), 1 + INTERVALS_PER_EPOCH_MAX * 2 + 2), false)
    assert.ok(context.add(epochOf(1), 2), 'what closes a gap always fits')
  })

  it('gaps of all starts together, which must not keep out what this node writes itself', () => {
    const context = new Context()
    for (let i = 0; i < INTERVALS_MAX; i += 1) assert.ok(context.add(epochOf(i % 1_024), 1 + (i >> 10) * 2))
    assert.equal(context.add(epochOf(2_000), 1), false)
    assert.equal(context.add(epochOf(1), 1 + INTERVALS_MAX), false)
    assert.equal(context.refused, 2)
    context.unlimited(() => assert.ok(context.add(epochOf(2_000), 1)))
    assert.ok(context.add(epochOf(2_000), 2), 'the next one of the same start')
    assert.equal(context.copy().add(epochOf(2_001), 1), false)
  })

  it('remembered deletions: the oldest are forgotten', () => {
    const catalog = catalogOf()
    const key = `${CLUSTER}/${'k'.repeat(800)}`
    for (let seq = 1; seq <= 2_000; seq += 1)
      catalog.apply({ key: `${key}${seq}`, epoch: epochOf(1), seq, ms: 1, count: 0, value: undefined, ends: [] })
    assert.ok(catalog.rememberedBytes <= REMEMBERED_BYTES_MAX, `${catalog.rememberedBytes} bytes`)
    assert.equal([...catalog.remembered()].length + catalog.deletionsForgotten, 2_000)
    assert.ok(catalog.deletionsForgotten > 0)
  })

  it('beats: a start too many finds no room', () => {
    const members = new Members(new Directory(catalogOf(), CLUSTER))
    const hear = (n: number) =>
      members.hear({ epoch: epochOf(n), beat: 1, seq: 0, watching: false, heardAtMs: 0, via: 'N' as NodeId })
    for (let n = 0; n < BEATS_MAX; n += 1) assert.ok(hear(n))
    assert.equal(hear(BEATS_MAX), false)
    assert.deepEqual([members.size, members.refused], [BEATS_MAX, 1])
  })
})
