import type { Change } from '../core/changes.ts'
import type { Directory } from '../core/directory.ts'
import { RETIRED } from '../core/directory.ts'
import type { CatalogError } from '../core/errors.ts'
import { type ParsedKey, parseKey } from '../core/keys.ts'
import type { ClusterId, Epoch, NodeId, Sid } from '../core/model.ts'
import { readService } from '../core/records.ts'
import type { Outcome } from '../core/replica.ts'
import type { EventKind, PastEvent } from '../core/why/facts.ts'
import { counted, duration } from '../core/why/words.ts'
import type { Write } from '../core/wire.ts'
import type { History } from './history.ts'
import type { Clock } from './ports.ts'
import type { RefusedRecords } from './refused-records.ts'

/** A batch that changes more instances than this is told as one event: a repair after an absence, a mass unregistration. */
const TOLD_MAX = 200

export interface ChroniclerParts {
  readonly directory: Directory
  readonly history: History
  readonly refused: RefusedRecords
  readonly clock: Clock
}

type Told = Partial<Omit<PastEvent, 'seq' | 'atMs' | 'kind'>>

/** Tells the history what each step of the replica meant to people. */
export class Chronicler {
  readonly #parts: ChroniclerParts

  constructor(parts: ChroniclerParts) {
    this.#parts = parts
  }

  note({ writes, changes, refused }: Outcome): void {
    for (const { write, reason } of refused) this.#noteRefused(write, reason)
    if (changes.length > TOLD_MAX) {
      this.#tell('many-changes', { detail: `${counted(changes.length, 'instance')} changed at once` })
      return
    }
    if (writes.length > TOLD_MAX * 8) return
    const parsed = writes.map(write => ({ write, key: parseKey(write.key) }))
    for (const { write, key } of parsed) {
      if (key?.kind === 'service') this.#noteService(write, key)
      if (key?.kind === 'document' && key.a === RETIRED) this.#noteRetired(write, key)
    }
    for (const change of changes) this.#noteChange(change, parsed)
  }

  /** A registration that the quota did not allow. */
  noteQuota({ about, message }: CatalogError): void {
    const { directory } = this.#parts
    this.#tell('quota-refused', { key: about, cluster: directory.labelOf(directory.cluster), detail: message })
  }

  notePeer(node: NodeId, kind: 'peer-connected' | 'peer-disconnected', cluster: ClusterId): void {
    this.#tell(kind, { node, cluster: this.#parts.directory.labelOf(cluster) })
  }

  #noteRefused(write: Write, reason: string): void {
    if (!this.#parts.refused.note(write, reason, this.#parts.clock.wallMs())) return
    this.#tell('record-refused', { node: this.#authorOf(write.epoch), detail: `${write.key}: ${reason}` })
  }

  #noteService({ epoch, value, ends }: Write, { cluster, a }: ParsedKey): void {
    const { directory } = this.#parts
    // Every instance that registers describes its service again: no news.
    if (value !== undefined && ends.length > 0) return
    const sid = a as Sid
    const group = directory.groups.get(sid)
    const known = group?.keyKnown === true ? group.key : directory.former.get(sid)
    const key = value === undefined ? known : readService(value)?.key
    const kind = value === undefined ? 'service-ended' : 'service-registered'
    this.#tell(kind, { key, cluster: directory.labelOf(cluster), node: this.#authorOf(epoch) })
  }

  #noteRetired({ epoch, value }: Write, { b }: ParsedKey): void {
    const detail = value === undefined ? `${b} is no longer retired` : `${b} is gone for good`
    this.#tell('retired', { node: this.#authorOf(epoch), detail })
  }

  #noteChange(change: Change, parsed: readonly { readonly write: Write; readonly key: ParsedKey | undefined }[]): void {
    const { group, instanceId, before, after } = change
    const cluster = (after ?? before)?.clusterId
    if (!group.keyKnown || cluster === undefined) return
    const own = parsed.filter(({ key }) => key?.a === group.sid && key.b === instanceId && key.cluster === cluster)
    const registration = own.find(({ key }) => key?.kind === 'instance')?.write
    const last = registration ?? own.at(-1)?.write
    const { kind, detail } = this.#meaning(
      change,
      registration,
      own.some(({ key }) => key?.kind === 'lease'),
    )
    const node = last === undefined ? undefined : this.#authorOf(last.epoch)
    this.#tell(kind, { key: group.key, instanceId, cluster: this.#parts.directory.labelOf(cluster), node, detail })
  }

  #meaning(
    { group, instanceId, before, after }: Change,
    registration: Write | undefined,
    leaseMoved: boolean,
  ): { readonly kind: EventKind; readonly detail: string } {
    const { directory } = this.#parts
    if (after !== undefined) {
      if (before === undefined)
        return { kind: registration?.value === undefined ? 'instance-shown' : 'instance-registered', detail: '' }
      const status = after.face.status?.value
      const turned = status !== undefined && status !== before.face.status?.value
      return { kind: 'instance-changed', detail: turned ? `status ${status}` : '' }
    }
    const cluster = before?.clusterId
    const entry = cluster === undefined ? undefined : directory.entry(group.sid, cluster, instanceId)
    if (entry === undefined || (registration !== undefined && registration.value === undefined))
      return { kind: 'instance-unregistered', detail: '' }
    const { lease } = entry
    if (!leaseMoved || lease === undefined || lease.open) return { kind: 'instance-hidden', detail: '' }
    const holder = directory.nodes.get(lease.holder)?.record.name ?? lease.holder
    return { kind: 'lease-ended', detail: `node ${holder} had not heard it for ${duration(lease.leaseMs)}` }
  }

  #authorOf(epoch: Epoch): NodeId | undefined {
    for (const [node, { record }] of this.#parts.directory.nodes) if (record.epoch === epoch) return node
    return undefined
  }

  #tell(kind: EventKind, told: Told): void {
    const { cluster, key, instanceId, node, detail = '' } = told
    this.#parts.history.add({ atMs: this.#parts.clock.wallMs(), kind, cluster, key, instanceId, node, detail })
  }
}
