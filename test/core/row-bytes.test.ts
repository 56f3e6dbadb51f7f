import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Packr } from 'msgpackr/pack'
import { packInstance, readInstanceBytes } from '../../src/core/instance-bytes.ts'
import type { Epoch } from '../../src/core/model.ts'
import { type InstanceRecord, instanceFields } from '../../src/core/records.ts'
import {
  encodeFrame,
  type Packed,
  PROTOCOL,
  packValue,
  unpackValue,
  type Write,
  writesRow,
} from '../../src/core/wire.ts'

const general = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true })

const EPOCHS = ['00112233445566aa', 'ffeeddccbbaa9988', '0123456789abcdef'] as Epoch[]

const epoch = fc.constantFrom(...EPOCHS)
/** Around every length at which the form changes. */
const length = fc.oneof(fc.nat(40), fc.constantFrom(0x1f, 0x20, 0xff, 0x100, 0xffff, 0x1_0000))
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.tuple(fc.constantFrom('a', 'é', '€', '\ud83c\udf47'), length).map(([unit, n]) => unit.repeat(n)),
)
const packed = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  length.map(n => new Uint8Array(n).fill(0xe9)),
)
const number = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 2 ** 32))
const dot = fc.record({ epoch, seq: number })

const writes: fc.Arbitrary<Write[]> = fc.array(
  fc.record({
    key: text,
    epoch,
    seq: number,
    ms: number,
    count: number,
    value: fc.option(
      packed.map(bytes => Buffer.from(bytes).toString('latin1') as Packed),
      { nil: undefined },
    ),
    ends: fc.array(dot, { maxLength: 20 }),
  }),
  { maxLength: 20 },
)

/** `[epochs, rows]` as docs/protocol.md has it. */
const rowsOf = (writes: readonly Write[]): unknown => {
  const epochs = [...new Set(writes.flatMap(({ epoch, ends }) => [epoch, ...ends.map(each => each.epoch)]))]
  const rows = writes.map(({ key, epoch, seq, ms, count, value, ends }) => [
    ...[key, epochs.indexOf(epoch), seq, ms, count, value === undefined ? null : Buffer.from(value, 'latin1')],
    ...(ends.length === 0 ? [] : [ends.flatMap(each => [epochs.indexOf(each.epoch), each.seq])]),
  ])
  return [Buffer.from(epochs.join(''), 'hex'), rows]
}

const lease = fc.record({
  version: number,
  holder: fc.stringMatching(/^[A-Za-z0-9]{1,60}$/) as fc.Arbitrary<never>,
  leaseMs: number,
  intervalMs: number,
})
const record: fc.Arbitrary<InstanceRecord> = fc.record({
  instance: packed,
  parents: fc.array(fc.oneof(epoch, text), { maxLength: 20 }),
  generations: fc.array(fc.oneof(epoch, text), { maxLength: 3 }),
  lease: fc.option(lease, { nil: undefined }),
})

/** As those are that nodes write: short texts of ASCII, and few of them. */
const isPlain = ({ instance, parents, generations, lease }: InstanceRecord): boolean =>
  instance.length < 0x1_0000 &&
  parents.length < 16 &&
  [...parents, ...generations].every(text => text.length < 0x20 && /^[\0-\x7f]*$/.test(text)) &&
  (lease === undefined || [lease.version, lease.leaseMs, lease.intervalMs].every(n => n < 2 ** 32))

describe('rows of writes', () => {
  it('are the same bytes as the general codec writes', () => {
    fc.assert(
      fc.property(writes, text, (writes, type) => {
        const bytes = encodeFrame(type, 7, writesRow(writes), ['more'])
        assert.ok(general.pack([PROTOCOL, type, 7, rowsOf(writes), ['more']]).equals(bytes))
      }),
    )
  })

  it('are whole after a frame that could not be encoded', () => {
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    assert.throws(() => encodeFrame('broken', 'begun', cyclic))
    assert.ok(general.pack([PROTOCOL, 'next', 1]).equals(encodeFrame('next', 1)))
  })

  it('of an instance are the same bytes as its fields', () => {
    fc.assert(fc.property(record, record => assert.equal(packInstance(record), packValue(instanceFields(record)))))
  })

  it('of an instance are read as the general codec reads them, or not at all', () => {
    const damage = fc.array(fc.record({ at: fc.nat(), code: fc.nat(255), cut: fc.nat(1) }), { maxLength: 2 })
    fc.assert(
      fc.property(record, damage, (record, damage) => {
        const bytes = Buffer.from(packInstance(record), 'latin1')
        const length = bytes.length
        for (const { at, code } of damage) bytes[at % length] = code
        const packed = bytes.subarray(0, length - (damage[0]?.cut ?? 0)).toString('latin1') as Packed
        const read = readInstanceBytes(packed)
        if (damage.length === 0 && isPlain(record)) assert.ok(read !== undefined)
        if (read === undefined) return
        const { lease, instance, ...rest } = unpackValue(packed) as Record<string, unknown>
        const { lease: first, instance: inner, ...others } = read
        assert.deepEqual(others, rest)
        assert.ok(Buffer.from(inner).equals(instance as Uint8Array))
        const { version, holder, leaseMs, intervalMs } = first ?? {}
        assert.deepEqual(first === undefined ? null : [version, holder, leaseMs, intervalMs], lease)
      }),
    )
  })
})
