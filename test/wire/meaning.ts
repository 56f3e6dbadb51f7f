import { inspect } from 'node:util'
import { readAnswer } from '../../src/center/asks.ts'
import { readHello } from '../../src/center/hello.ts'
import {
  isFingerprint,
  readCells,
  readCursor,
  readEpochList,
  readFingerprints,
  readLiving,
  readSlice,
} from '../../src/center/repair-frames.ts'
import { Context } from '../../src/core/context.ts'
import { Fingerprint } from '../../src/core/fingerprint.ts'
import { readHeard, readHeartbeats } from '../../src/core/heartbeats.ts'
import { readBeats } from '../../src/core/members.ts'
import type { NodeId } from '../../src/core/model.ts'
import { decodeFrame, isBytes, type Row, readContext, readWrites, unpackValue } from '../../src/core/wire.ts'

const SENDER = 'sender' as NodeId

/** What the production readers make of the fields of each type; undefined where they do not understand. */
const READERS: Readonly<Record<string, (fields: Row) => unknown>> = {
  changes: ([cluster, row]) => all({ cluster, writes: readWrites(row) }),
  hello: readHello,
  beats: ([bytes]) => (isBytes(bytes) ? readBeats(bytes, SENDER, 0) : undefined),
  heartbeats: readHeartbeats,
  heard: readHeard,
  ask: ([id, names]) => all({ id, names }),
  answer: readAnswer,
  compare: ([id, root, contextHash]) => (isFingerprint(root) ? all({ id, root, contextHash }) : undefined),
  same: ([id]) => all({ id }),
  state: ([id, row, root]) => (isFingerprint(root) ? all({ id, context: readContext(row), root }) : undefined),
  pull: ([id, row, table]) => all({ id, context: readContext(row), fingerprints: readFingerprints(table) }),
  more: ([id, cursor]) => all({ id, cursor: readCursor(cursor) }),
  slice: ([id, ...fields]) => all({ id, slice: readSlice(fields) }),
  fingerprints: ([id, table]) => all({ id, fingerprints: readFingerprints(table) }),
  count: ([id, epochs, cells]) => all({ id, epochs: readEpochList(epochs), cells }),
  cells: ([id, ...fields]) => {
    const cells = readCells(fields)
    return all({ id, epochs: cells?.epochs, dense: cells?.symbols.layout.dense, bytes: cells?.symbols.bytes() })
  },
  list: ([id, epochs]) => all({ id, epochs: readEpochList(epochs) }),
  living: ([id, rows]) => all({ id, living: readLiving(rows) }),
}

export const FRAME_TYPES = Object.keys(READERS)

/** As text that people can read and tests compare; undefined for bytes that this node does not understand. */
export const meaningOf = (frame: Uint8Array): string | undefined => {
  const decoded = decodeFrame(frame)
  const read = decoded === undefined ? undefined : READERS[decoded.type]
  const meaning = decoded === undefined ? undefined : read?.(decoded.fields)
  return meaning === undefined
    ? undefined
    : inspect(plain(meaning), { depth: null, breakLength: 100, maxArrayLength: null, maxStringLength: null })
}

const all = (fields: Record<string, unknown>): Record<string, unknown> | undefined =>
  Object.values(fields).includes(undefined) ? undefined : fields

const plain = (value: unknown): unknown => {
  if (isBytes(value)) return Buffer.from(value).toString('hex')
  if (value instanceof Fingerprint) return plain(value.bytes())
  if (value instanceof Context) return new Map([...value.epochs()].map(epoch => [epoch, value.intervals(epoch)]))
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, plain(each)]))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === 'value' && typeof each === 'string' ? plain(unpackValue(each as never)) : plain(each),
    ]),
  )
}
