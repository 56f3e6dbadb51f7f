import type { Context } from '../core/context.ts'
import type { NodeId } from '../core/model.ts'
import { type Cursor, differingWriters, listMissing, livingOf, START } from '../core/reconcile.ts'
import type { Replica } from '../core/replica.ts'
import type { Digests } from '../core/transaction.ts'
import { contextRow, encodeFrame, pack, type Row, readContext } from '../core/wire.ts'
import type { Mesh } from './ports.ts'
import { isFingerprint, livingFields, readCursor, readFingerprints, sliceFields } from './repair-frames.ts'

/** Values in one slice. Applying one takes a few milliseconds, and the event loop is free between two. */
const SLICE_BYTES = 128 * 1024

/** The side of a repair that is asked. It keeps one thing between questions: what the peer said it had seen. */
export class RepairAnswers {
  readonly #replica: Replica
  readonly #mesh: Mesh
  readonly #digests: Digests
  readonly #serving = new Map<NodeId, { readonly id: number; readonly seen: Context }>()

  constructor(replica: Replica, mesh: Mesh, digests: Digests) {
    this.#replica = replica
    this.#mesh = mesh
    this.#digests = digests
  }

  /** Undefined: the frame was no question. `differs`: the peer asked whether it is equal, and it is not. */
  receive(node: NodeId, type: string, id: number, fields: Row): 'answered' | 'differs' | undefined {
    if (type === 'compare') return this.#compare(node, id, fields) ? 'answered' : 'differs'
    if (type === 'pull') this.#pull(node, id, fields)
    else if (type === 'more') this.#more(node, id, fields)
    else if (type === 'fingerprints') this.#fingerprints(node, id, fields)
    else return undefined
    return 'answered'
  }

  disconnected(node: NodeId): void {
    this.#serving.delete(node)
  }

  root(): Uint8Array {
    return this.#replica.catalog.fingerprint().bytes()
  }

  contextHash(): string {
    const { context } = this.#replica.catalog
    return this.#digests.sha256(pack(contextRow(context, [...context.epochs()].sort()))).slice(0, 16)
  }

  #send(node: NodeId, type: string, ...fields: Row): void {
    this.#mesh.send(node, 'repair', encodeFrame(type, ...fields))
  }

  #compare(node: NodeId, id: number, [root, contextHash]: Row): boolean {
    const own = this.root()
    const same = isFingerprint(root) && equalBytes(root, own) && contextHash === this.contextHash()
    if (same) this.#send(node, 'same', id)
    else this.#send(node, 'state', id, contextRow(this.#replica.catalog.context), own)
    return same
  }

  #pull(node: NodeId, id: number, [row]: Row): void {
    const seen = readContext(row)
    if (seen === undefined) return
    this.#serving.set(node, { id, seen })
    this.#slice(node, id, seen, START)
  }

  #more(node: NodeId, id: number, [row]: Row): void {
    const cursor = readCursor(row)
    const serving = this.#serving.get(node)
    if (cursor !== undefined && serving?.id === id) this.#slice(node, id, serving.seen, cursor)
  }

  #slice(node: NodeId, id: number, seen: Context, cursor: Cursor): void {
    const slice = listMissing(this.#replica.catalog, seen, cursor, SLICE_BYTES)
    this.#send(node, 'slice', id, ...sliceFields(slice), slice.next === undefined ? this.root() : null)
  }

  #fingerprints(node: NodeId, id: number, [rows]: Row): void {
    const table = readFingerprints(rows)
    if (table === undefined) return
    const { catalog } = this.#replica
    const living = differingWriters(catalog, table).map(epoch => ({ epoch, intervals: livingOf(catalog, epoch) }))
    this.#send(node, 'living', id, livingFields(living))
  }
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
