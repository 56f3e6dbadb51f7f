/** Frames that no honest node sends. They are well made, with the node's own code: only what they say is a lie. */
import { randomBytes } from 'node:crypto'
import { registerInstance } from '../../../src/core/commands/instance.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import type { Epoch } from '../../../src/core/model.ts'
import { encodeFrame, LANE_FRAME_BYTES_MAX } from '../../../src/core/wire.ts'
import { startTestCenter, testNodeId } from '../../../test/helpers/center.ts'
import { draft, rules, SCOPE } from '../../../test/helpers/rules.ts'

const YEAR_2199_MS = Date.UTC(2199, 0)
const YEAR_2250_MS = Date.UTC(2250, 0)
/** Publications are gathered for a few milliseconds. */
const GATHER_MS = 20
const SEQUENCE_FAR = 2 ** 40
const FRAME_KIND_CENTER = 0

/**
 * What a node would gossip that registers an instance of these services, with the wall clock at `wallMs`, rewritten to be
 * about another cluster: its id is as long as any, so nothing else changes.
 */
export async function forgedRegistrations(
  services: readonly string[],
  clusterId: string,
  wallMs: number,
): Promise<readonly Uint8Array[]> {
  const frames: Uint8Array[] = []
  const clock = {
    wallMs: () => wallMs,
    monotonicMs: () => performance.now(),
    after: (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
  const mesh = { publish: (frame: Uint8Array) => void frames.push(frame), send: () => false, drop: () => undefined }
  const center = startTestCenter({ clock, mesh })
  // Without anybody connected nothing is gossiped.
  center.connected({ node: testNodeId(), role: 'foreign', configuredName: undefined })
  for (const name of services) {
    const { id } = await center.execute(registerService(SCOPE, draft(name, { appId: 'default' }), rules()))
    await center.execute(
      registerInstance(
        SCOPE,
        id,
        { instanceId: `forged-${randomBytes(4).toString('hex')}`, hostName: 'forged' },
        rules(),
      ),
    )
  }
  await new Promise(resolve => setTimeout(resolve, GATHER_MS))
  const own = center.status().clusterId
  center.leave()
  return frames.map(frame => Buffer.from(Buffer.from(frame).toString('latin1').replaceAll(own, clusterId), 'latin1'))
}

/** A deletion of an instance whose id can be guessed, naming every write of these starts. */
export function forgedDeletion(
  clusterId: string,
  sid: string,
  instanceId: string,
  victims: readonly Epoch[],
): Uint8Array {
  const mine = randomBytes(8)
  const epochs = Buffer.concat([mine, ...victims.map(epoch => Buffer.from(epoch, 'hex'))])
  const ends = victims.flatMap((_, i) => Array.from({ length: 100 }, (_, seq) => [i + 1, seq + 1]).flat())
  const row = [`${clusterId}/instance/${sid}/${instanceId}`, 0, 1, Date.now(), 0, null, ends]
  return encodeFrame('changes', clusterId, [epochs, [row]])
}

/** Beats that say of known starts that they have written and beaten more than anybody could. */
export function farBeats(epochs: readonly Epoch[]): Uint8Array {
  const bytes = Buffer.concat(
    epochs.map(epoch => {
      const beat = Buffer.alloc(21)
      Buffer.from(epoch, 'hex').copy(beat)
      beat.writeUIntBE(SEQUENCE_FAR, 8, 6)
      beat.writeUIntBE(SEQUENCE_FAR, 14, 6)
      return beat
    }),
  )
  return encodeFrame('beats', bytes, Date.now())
}

/** Starts of nodes named in a frame of beats that the victim sent. */
export function epochsOf(frame: Uint8Array): readonly Epoch[] {
  const text = Buffer.from(frame)
  const at = text.indexOf('beats')
  if (at < 0) return []
  // Behind the name: a MessagePack bin, whose length stands in one or two bytes.
  const wide = text[at + 5] === 0xc5
  const start = at + (wide ? 8 : 7)
  const length = wide ? text.readUInt16BE(at + 6) : (text[at + 6] ?? 0)
  return Array.from(
    { length: Math.floor(length / 21) },
    (_, i) => text.subarray(start + i * 21, start + i * 21 + 8).toString('hex') as Epoch,
  )
}

/** A frame of a lane around these bytes. */
export function framed(payload: Uint8Array, kind: number = FRAME_KIND_CENTER): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length + 1)
  head[4] = kind
  return Buffer.concat([head, payload])
}

export interface Knowledge {
  readonly clusterId: string
  readonly epochs: readonly Epoch[]
}

/** What is thrown at a lane, in turn; each is a function of what has been learnt so far. */
export const LANE_ATTACKS: readonly ((known: Knowledge) => Buffer)[] = [
  () => randomBytes(2_000),
  () => framed(randomBytes(500)),
  () => framed(randomBytes(100_000)),
  () => framed(Buffer.alloc(LANE_FRAME_BYTES_MAX)),
  // Announces four gigabytes, and one byte too many.
  () => Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0]), randomBytes(1_000)]),
  () => Buffer.concat([Buffer.from([0, 0x40, 0, 2, 0]), randomBytes(1_000)]),
  () => framed(randomBytes(300), 1),
  () => framed(Buffer.from('{"ids":["a","b"],"links":[[0,9007199254740993,[1,1,1]],[7,-1,[9]]]}'), 1),
  // Arrays and maps that claim four billion members.
  () => framed(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff, 1])),
  () => framed(Buffer.from([0x93, 1, 0xa4, ...Buffer.from('pull'), 0xdf, 0xff, 0xff, 0xff, 0xff])),
  () => framed(encodeFrame('beats', randomBytes(21 * 1_000), Date.now())),
  known => framed(farBeats(known.epochs)),
  () =>
    framed(
      encodeFrame('hello', { epoch: 'x', clusterId: 7, established: 'maybe', label: 'y'.repeat(5_000), role: 'king' }),
    ),
  () =>
    framed(
      encodeFrame(
        'ask',
        1,
        Array.from({ length: 100_000 }, () => 'x'),
      ),
    ),
  () => framed(encodeFrame('compare', -1, randomBytes(3), null)),
  () => framed(encodeFrame('pull', 1, [randomBytes(8 * 1_000), [[1, 2 ** 50]]], 'x')),
  () => framed(encodeFrame('count', 1, [randomBytes(8)], 2 ** 31)),
  () => framed(encodeFrame('fingerprints', 1, [[randomBytes(8), randomBytes(16)]])),
  () => framed(encodeFrame('heartbeats', 1, 'nobody', 'nobody', -5, randomBytes(9), [0, -1, 1e300])),
  () => framed(encodeFrame('heard', Number.NaN, null, 99, [{}, []])),
  () => framed(encodeFrame('unheard of', { deep: [[[[[[[[]]]]]]]] })),
]

export const FUTURES_MS = [YEAR_2199_MS, YEAR_2250_MS] as const
