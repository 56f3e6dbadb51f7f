/**
 * Records one frame of each type from a simulated federation: `node test/wire/record.ts > test/wire/frames-1.yaml`. A
 * recording is made once for a protocol version and never again: it is what nodes of that version send for ever.
 */
import { stringify } from 'yaml'
import { cursorFields } from '../../src/center/repair-frames.ts'
import type { Epoch } from '../../src/core/model.ts'
import { decodeFrame, encodeFrame, type Row } from '../../src/core/wire.ts'
import { runSeed } from '../sim/run.ts'
import { Network } from '../sim/world/network.ts'
import { FRAME_TYPES, meaningOf } from './meaning.ts'

const SEEDS = [11, 12, 14, 15, 16]
/** Of each type the largest frame up to this: large enough to have everything in it, small enough to be read. */
const BYTES_MAX = 400

const recorded = new Map<string, Uint8Array>()

const record = (frame: Uint8Array): void => {
  const type = decodeFrame(frame)?.type ?? ''
  const before = recorded.get(type)
  const isBetter = before === undefined || before.length > BYTES_MAX || frame.length > before.length
  if (before === undefined || (isBetter && frame.length <= BYTES_MAX)) recorded.set(type, frame)
}

const { send, publish } = Network.prototype
Network.prototype.send = function (from, to, lane, frame) {
  record(frame)
  return send.call(this, from, to, lane, frame)
}
Network.prototype.publish = function (author, frame) {
  record(frame)
  publish.call(this, author, frame)
}
for (const seed of SEEDS) await runSeed(seed)

// Only repairs of more data than a seed has send these.
const EPOCH = '00112233445566aa' as Epoch
record(encodeFrame('more', 7, cursorFields({ epoch: EPOCH, seq: 12, deletions: undefined } as never) as Row))
record(encodeFrame('count', 7, [EPOCH], 256))

const frames = FRAME_TYPES.map(type => {
  const frame = recorded.get(type)
  if (frame === undefined) throw new Error(`no ${type} was sent`)
  return { type, hex: Buffer.from(frame).toString('hex'), means: meaningOf(frame) }
})
process.stdout.write(stringify(frames, { lineWidth: 0 }))
