import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LANE_FRAME_BYTES_MAX } from '../../src/core/wire.ts'
import { encodeFrame, FrameError, FrameReader } from '../../src/mesh/frames.ts'

describe('frames on a lane', () => {
  it('come out as they went in, wherever the stream is cut', () => {
    const frame = fc.record(
      { kind: fc.nat(255), payload: fc.uint8Array({ maxLength: 200 }) },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)))
          const read: { kind: number; payload: Uint8Array }[] = []
          const reader = new FrameReader((kind, payload) => read.push({ kind, payload: new Uint8Array(payload) }))
          for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
            const length = cuts[turn % cuts.length] ?? 1
            reader.push(bytes.subarray(offset, offset + length))
            offset += length
          }
          assert.deepEqual(read, frames)
        },
      ),
    )
  })

  it('end the stream when a length is out of range', () => {
    const header = (length: number): Uint8Array => {
      const bytes = new Uint8Array(5)
      new DataView(bytes.buffer).setUint32(0, length)
      return bytes
    }
    const refuse = (): void => assert.fail('no frame expected')
    for (const length of [0, LANE_FRAME_BYTES_MAX + 2, 0xffffffff]) {
      assert.throws(() => new FrameReader(refuse).push(header(length)), FrameError, `${length}`)
    }
    new FrameReader(refuse).push(header(LANE_FRAME_BYTES_MAX + 1))
  })
})
