import type { Missing } from '../core/errors.ts'
import type { Group } from '../core/group.ts'
import { contentKey, instanceKey, leaseKey, parseKey, propertiesKey, statusKey } from '../core/keys.ts'
import type { NodeId, Sid } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import { encodeFrame, isCount, type Row, readWrites, type Write, writesRow } from '../core/wire.ts'
import type { Clock, Mesh } from './ports.ts'
import type { Taken } from './taken.ts'

/** Questions are gathered this long, so that a storm of requests costs one frame per sibling. */
const GATHER_MS = 5
const NAMES_MAX = 512
/**
 * All in all a request waits 250 ms for its siblings, counted in steps: time in which this node's own event loop stood
 * still is no silence of theirs. An answer takes a few milliseconds; the rest is for a busy machine (docs/adr/0009).
 */
const STEP_MS = 5
const STEPS = 50
/** A name nobody knew is not asked for again for this long. */
const REMEMBER_MISS_MS = 100
const MISSES_MAX = 10_000
const NAME_LENGTH_MAX = 512
/** Stands before the name of what may have ended. */
const ENDED = '-'
/** Stands before a document's `kind/name`: no service id begins so. */
const DOCUMENT = '='
/** Bytes of values in one answer; a service with larger schemas comes with the next repair. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024

/** What a sibling knows of what was asked. */
export interface Answer {
  readonly id: number
  readonly writes: readonly Write[]
}

/** Undefined: malformed. */
export const readAnswer = ([id, row]: Row): Answer | undefined => {
  const writes = readWrites(row)
  return writes === undefined || !isCount(id) ? undefined : { id, writes }
}

interface Question {
  readonly id: number
  readonly names: ReadonlySet<string>
  readonly waiting: Set<NodeId>
  /** A sibling knew something: then nothing is remembered as missed. */
  found: boolean
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
    const names = namesOf(missing)
    if (names.length === 0 || this.#parts.siblings().length === 0) return undefined
    if (rememberMisses && names.every(name => this.#wasMissed(name))) return undefined
    return new Promise(resolve => {
      if (this.#gathering === undefined) {
        this.#gathering = { names: new Set(), settled: [] }
        this.#parts.clock.after(GATHER_MS, () => this.#sendGathered())
      }
      for (const name of names) this.#gathering.names.add(name)
      this.#gathering.settled.push(resolve)
      if (this.#gathering.names.size >= NAMES_MAX) this.#sendGathered()
    })
  }

  /** Any delta from a sibling ends remembered misses. */
  forgetMisses(): void {
    this.#misses.clear()
  }

  answer(from: NodeId, [id, names]: Row): Taken {
    if (!isCount(id) || !Array.isArray(names) || names.length > NAMES_MAX) return 'malformed'
    const asked = names.filter(name => typeof name === 'string' && name.length <= NAME_LENGTH_MAX) as string[]
    const writes = this.#endsOf(asked.filter(name => name.startsWith(ENDED)).map(name => name.slice(ENDED.length)))
    let bytes = 0
    for (const name of asked) {
      for (const write of name.startsWith(ENDED) ? [] : this.#recordsOf(name)) {
        bytes += write.value?.length ?? 0
        if (bytes <= ANSWER_BYTES_MAX) writes.push(write)
      }
    }
    this.#parts.mesh.send(from, 'peer', encodeFrame('answer', id, writesRow(writes)))
    return 'taken'
  }

  /** `merge` takes what came before the requests that wait for it go on. An answer that nobody waits for is passed over. */
  receive(from: NodeId, { id, writes }: Answer, merge: (writes: readonly Write[]) => void): void {
    const question = this.#questions.get(id)
    if (question === undefined) return
    merge(writes)
    if (writes.length > 0) question.found = true
    question.waiting.delete(from)
    if (question.waiting.size === 0) question.settle()
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
    const { members } = this.#parts.replica
    const nowMs = this.#parts.clock.monotonicMs()
    // The silent are not waited for, but they may still answer.
    const asked = this.#parts.siblings().filter(node => this.#parts.mesh.send(node, 'peer', frame))
    const waiting = new Set(asked.filter(node => !members.isSilent(node, nowMs)))
    let cancel = (): void => {}
    const question: Question = { id, names: gathered.names, waiting, found: false, settle: () => settle() }
    const settle = (): void => {
      if (!this.#questions.delete(id)) return
      cancel()
      if (!question.found) this.#rememberMisses(gathered.names)
      for (const settled of gathered.settled) settled()
    }
    this.#questions.set(id, question)
    if (waiting.size === 0) return settle()
    let steps = STEPS
    const step = (): void => {
      steps -= 1
      if (steps < 0) settle()
      else cancel = this.#parts.clock.after(STEP_MS, step)
    }
    step()
  }

  #wasMissed(name: string): boolean {
    const atMs = this.#misses.get(name)
    return atMs !== undefined && this.#parts.clock.monotonicMs() - atMs < REMEMBER_MISS_MS
  }

  #rememberMisses(names: ReadonlySet<string>): void {
    const nowMs = this.#parts.clock.monotonicMs()
    for (const name of names) {
      if (this.#misses.size >= MISSES_MAX) this.#misses.clear()
      this.#misses.set(name, nowMs)
    }
  }

  /** Remembered deletions of services (`sid`) and instances (`sid/instance`). */
  #endsOf(names: readonly string[]): Write[] {
    if (names.length === 0) return []
    const wanted = new Set(names)
    return [...this.#parts.replica.catalog.remembered()].filter(({ key }) => {
      const parsed = parseKey(key)
      return parsed !== undefined && wanted.has(parsed.b === '' ? parsed.a : `${parsed.a}/${parsed.b}`)
    })
  }

  /** A service by any of its ids with what belongs to it, the one instance that is named beside it, or a document. */
  #recordsOf(name: string): Write[] {
    const { catalog, directory } = this.#parts.replica
    if (name.startsWith(DOCUMENT)) {
      const [kind = '', document = ''] = name.slice(DOCUMENT.length).split('/')
      return directory.documents.keysOf(kind, document).flatMap(key => [...catalog.versions(key)])
    }
    const [id = '', instanceId] = name.split('/')
    const groups = directory.groups.get(id as Sid) ?? directory.names.anywhere(id)
    const keys = groups === undefined ? [] : keysOf(groups, instanceId, directory.contentHashes(groups))
    return keys.flatMap(key => [...catalog.versions(key)])
  }
}

/** `service`, `service/instance`, either behind ENDED, or `kind/name` behind DOCUMENT. */
const namesOf = (missing: readonly Missing[]): string[] => {
  const names = missing.filter(each => each.kind === 'ended').map(each => ENDED + each.id)
  for (const { kind, id } of missing) if (kind === 'document') names.push(DOCUMENT + id)
  const service = missing.find(each => each.kind === 'service')
  const instance = missing.find(each => each.kind === 'instance')
  if (service !== undefined) names.push(instance === undefined ? service.id : `${service.id}/${instance.id}`)
  return names.filter(name => name.length <= NAME_LENGTH_MAX)
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
