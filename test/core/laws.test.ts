import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import fc from 'fast-check'
import { Catalog } from '../../src/core/catalog.ts'
import type { Epoch } from '../../src/core/model.ts'
import { decodeFrame, encodeFrame, packValue, readWrites, type Write, writesRow } from '../../src/core/wire.ts'

const DIGESTS = {
  sha1: (text: string) => hash('sha1', text),
  sha256: (text: string | Uint8Array) => hash('sha256', text),
}
const CLUSTER = '0123456789abcdef'
const EPOCHS = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc'] as Epoch[]

interface Step {
  readonly writer: number
  readonly key: number
  readonly ends: boolean
  readonly value: number | undefined
}

/** What writers do that see only their own catalog: every write names the versions its writer held. */
const history = (steps: readonly Step[]): Write[] => {
  const catalogs = EPOCHS.map(() => new Catalog(DIGESTS))
  return steps.flatMap(({ writer, key, ends, value }, i) => {
    const catalog = catalogs[writer] as Catalog
    const epoch = EPOCHS[writer] as Epoch
    const name = `${CLUSTER}/gadget/${key}`
    const held = ends ? catalog.versions(name).map(({ epoch, seq }) => ({ epoch, seq })) : []
    if (value === undefined && held.length === 0) return []
    const seq = catalog.context.prefix(epoch) + 1
    const packed = value === undefined ? undefined : packValue({ value })
    const write: Write = { key: name, epoch, seq, ms: i, count: 0, value: packed, ends: held }
    catalog.apply(write)
    // Every third write reaches the next writer at once, so that versions of several writers are named, too.
    if (i % 3 === 0) catalogs[(writer + 1) % EPOCHS.length]?.apply(write)
    return [write]
  })
}

const overTheWire = (writes: readonly Write[]): Write[] => {
  const frame = decodeFrame(encodeFrame('writes', writesRow(writes)))
  return readWrites(frame?.fields[0]) ?? assert.fail('a frame of writes does not decode')
}

const replica = (...batches: readonly (readonly Write[])[]): Catalog => {
  const catalog = new Catalog(DIGESTS)
  for (const batch of batches) for (const write of overTheWire(batch)) catalog.apply(write)
  return catalog
}

/** Versions in key order, then dot. */
const bytesOf = (catalog: Catalog): string =>
  [...catalog.keys()]
    .flatMap(key => catalog.versions(key).map(v => `${key} ${v.epoch}:${v.seq} ${v.ms}.${v.count} ${v.value}`))
    .sort()
    .join('\n')

const steps = fc.array(
  fc.record({
    writer: fc.nat(EPOCHS.length - 1),
    key: fc.nat(3),
    ends: fc.boolean(),
    value: fc.option(fc.nat(9), { nil: undefined }),
  }),
  { maxLength: 40 },
)

describe('merge, on the bytes of the wire', () => {
  it('is commutative: any order of any writes gives the same catalog', () => {
    const property = fc.property(steps, fc.integer(), (all, seed) => {
      const writes = history(all)
      const shuffled =
        fc.sample(fc.shuffledSubarray(writes, { minLength: writes.length }), { seed, numRuns: 1 })[0] ?? []
      assert.equal(bytesOf(replica(shuffled)), bytesOf(replica(writes)))
    })
    fc.assert(property)
  })

  it('is associative: it does not matter in which batches writes arrive', () => {
    fc.assert(
      fc.property(steps, fc.nat(40), fc.nat(40), (all, a, b) => {
        const writes = history(all)
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const parts = [writes.slice(0, from), writes.slice(from, to), writes.slice(to)] as const
        assert.equal(bytesOf(replica(parts[0], parts[1], parts[2])), bytesOf(replica(parts[2], parts[0], parts[1])))
      }),
    )
  })

  it('is idempotent: writes that arrive again change nothing', () => {
    fc.assert(
      fc.property(steps, all => {
        const writes = history(all)
        assert.equal(bytesOf(replica(writes, writes.toReversed(), writes)), bytesOf(replica(writes)))
      }),
    )
  })

  it('gives equal fingerprints exactly where the catalogs are equal', () => {
    // Parts of one history: a dot names one write, wherever it arrives.
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.boolean()), (all, isTaken) => {
        const writes = history(all)
        const [one, other] = [replica(writes.filter(() => isTaken.next().value)), replica(writes)]
        assert.equal(one.fingerprint().hex() === other.fingerprint().hex(), bytesOf(one) === bytesOf(other))
      }),
    )
  })
})

describe('encoding', () => {
  it('is undone by decoding', () => {
    fc.assert(
      fc.property(steps, all => {
        const writes = history(all)
        assert.deepEqual(overTheWire(writes), writes)
      }),
    )
  })
})
