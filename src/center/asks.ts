import type { Missing } from '../core/errors.ts'
import type { Group } from '../core/group.ts'
import { contentKey, instanceKey, leaseKey, propertiesKey, statusKey } from '../core/keys.ts'
import type { NodeId, Sid } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import { encodeFrame, isCount, type Row, readWrites, type Write, writesRow } from '../core/wire.ts'
import type { Clock, Mesh } from './ports.ts'

/** Questions are gathered this long, so that a storm of requests costs one frame per sibling. */
const GATHER_MS = 5
const NAMES_MAX = 512
/** All in all a request waits this long for its siblings. */
const ANSWER_MS = 50
/** A name nobody knew is not asked for again for this long. */
const REMEMBER_MISS_MS = 100
const MISSES_MAX = 10_000
const NAME_LENGTH_MAX = 512
/** Bytes of values in one answer; a service with larger schemas comes with the next repair. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024

interface Question {
  readonly id: number
  readonly names: ReadonlySet<string>
  readonly waiting: Set<NodeId>
  readonly settle: () => void
}

export interface AsksParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  /** Connected nodes of the own cluster. */
  readonly siblings: () => readonly NodeId[]
}

/**
 * Asks the siblings for names that a request mentions and this node does not hold, so that clients behind a load balancer
 * get no error that a single node would not have given (invariant 2).
 */
export class Asks {
  readonly #parts: AsksParts
  readonly #questions = new Map<number, Question>()
  readonly #misses = new Map<string, number>()
  #gathering: { names: Set<string>; settled: (() => void)[] } | undefined
  #id = 0

  constructor(parts: AsksParts) {
    this.#parts = parts
  }

  /** Resolves when the siblings have answered or their time is over; undefined when there is nobody, or nothing, to ask. */
  ask(missing: readonly Missing[], rememberMisses: boolean): Promise<void> | undefined {
    const name = nameOf(missing)
    if (name === undefined || this.#parts.siblings().length === 0) return undefined
    const missedAtMs = this.#misses.get(name)
    const nowMs = this.#parts.clock.monotonicMs()
    if (rememberMisses && missedAtMs !== undefined && nowMs - missedAtMs < REMEMBER_MISS_MS) return undefined
    return new Promise(resolve => {
      if (this.#gathering === undefined) {
        this.#gathering = { names: new Set(), settled: [] }
        this.#parts.clock.after(GATHER_MS, () => this.#sendGathered())
      }
      this.#gathering.names.add(name)
      this.#gathering.settled.push(resolve)
      if (this.#gathering.names.size >= NAMES_MAX) this.#sendGathered()
    })
  }

  /** Any delta from a sibling ends remembered misses. */
  forgetMisses(): void {
    this.#misses.clear()
  }

  answer(from: NodeId, [id, names]: Row): void {
    if (!isCount(id) || !Array.isArray(names) || names.length > NAMES_MAX) return
    const writes: Write[] = []
    let bytes = 0
    for (const name of names as unknown[]) {
      if (typeof name !== 'string' || name.length > NAME_LENGTH_MAX) continue
      for (const write of this.#recordsOf(name)) {
        bytes += write.value?.length ?? 0
        if (bytes <= ANSWER_BYTES_MAX) writes.push(write)
      }
    }
    this.#parts.mesh.send(from, 'peer', encodeFrame('answer', id, writesRow(writes)))
  }

  /** Returns the writes of an answer, to be merged before `settle` lets the requests go on. */
  receive(
    from: NodeId,
    [id, row]: Row,
  ): { readonly writes: readonly Write[]; readonly settle: () => void } | undefined {
    const writes = readWrites(row)
    const question = isCount(id) ? this.#questions.get(id) : undefined
    if (writes === undefined || question === undefined) return undefined
    return {
      writes,
      settle: () => {
        question.waiting.delete(from)
        if (question.waiting.size === 0) question.settle()
      },
    }
  }

  /** A sibling that is gone will not answer. */
  disconnected(node: NodeId): void {
    for (const question of this.#questions.values()) {
      if (question.waiting.delete(node) && question.waiting.size === 0) question.settle()
    }
  }

  #sendGathered(): void {
    const gathered = this.#gathering
    if (gathered === undefined) return
    this.#gathering = undefined
    this.#id += 1
    const id = this.#id
    const frame = encodeFrame('ask', id, [...gathered.names])
    const waiting = new Set(this.#parts.siblings().filter(node => this.#parts.mesh.send(node, 'peer', frame)))
    let cancel = (): void => {}
    const settle = (): void => {
      if (!this.#questions.delete(id)) return
      cancel()
      this.#rememberMisses(gathered.names)
      for (const settled of gathered.settled) settled()
    }
    this.#questions.set(id, { id, names: gathered.names, waiting, settle })
    if (waiting.size === 0) return settle()
    cancel = this.#parts.clock.after(ANSWER_MS, settle)
  }

  #rememberMisses(names: ReadonlySet<string>): void {
    const nowMs = this.#parts.clock.monotonicMs()
    for (const name of names) {
      if (this.#misses.size >= MISSES_MAX) this.#misses.clear()
      this.#misses.set(name, nowMs)
    }
  }

  /** A service by any of its ids with what belongs to it, and the one instance that is named beside it. */
  #recordsOf(name: string): Write[] {
    const { catalog, directory } = this.#parts.replica
    const [id = '', instanceId] = name.split('/')
    const groups = directory.groups.get(id as Sid) ?? directory.names.anywhere(id)
    const keys = groups === undefined ? [] : keysOf(groups, instanceId, directory.contentHashes(groups))
    return keys.flatMap(key => [...catalog.versions(key)])
  }
}

/** `service` or `service/instance`. Documents travel by gossip and repair alone. */
const nameOf = (missing: readonly Missing[]): string | undefined => {
  const service = missing.find(each => each.kind === 'service')
  if (service === undefined) return undefined
  const instance = missing.find(each => each.kind === 'instance')
  const name = instance === undefined ? service.id : `${service.id}/${instance.id}`
  return name.length > NAME_LENGTH_MAX ? undefined : name
}

const keysOf = (
  group: Group,
  instanceId: string | undefined,
  contents: readonly [Parameters<typeof contentKey>[0], string][],
): string[] => {
  const keys = [...group.registrations.values()].map(each => each.version.key)
  if (instanceId === undefined) {
    for (const [cluster, hash] of contents) keys.push(contentKey(cluster, hash))
    return [...keys, ...group.children.keys()]
  }
  for (let entry = group.entries.get(instanceId); entry !== undefined; entry = entry.next) {
    for (const make of [instanceKey, statusKey, propertiesKey, leaseKey])
      keys.push(make(entry.clusterId, group.sid, instanceId))
  }
  return keys
}
