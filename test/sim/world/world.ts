import { hash } from 'node:crypto'
import type { NodeId } from '../../../src/core/model.ts'
import type { Digests } from '../../../src/core/transaction.ts'
import { decodeFrame, readWrites } from '../../../src/core/wire.ts'
import { Verdicts } from '../checkers/verdicts.ts'
import type { FaultKind } from '../plan/kinds.ts'
import type { Request } from '../truth/caller.ts'
import { Truth } from '../truth/truth.ts'
import { Events } from './events.ts'
import { Network } from './network.ts'
import { type NodeParts, type NodeSettings, SimNode } from './node.ts'
import type { Observer } from './observer.ts'
import { SeededRandom } from './random.ts'
import { Reach } from './reach.ts'

/** Promises that resolve while an event runs have settled after this many turns of the microtask queue. */
const TURNS = 12

const DIGESTS: Digests = { sha1: text => hash('sha1', text), sha256: text => hash('sha256', text) }

/** A simulated federation: production centers over virtual time, network and disks, and everybody who watches them. */
export class World {
  readonly events = new Events()
  /** For clients. */
  readonly random: SeededRandom
  readonly network: Network
  readonly nodes: SimNode[] = []
  readonly reach: Reach
  readonly truth = new Truth()
  readonly verdicts = new Verdicts(() => this.events.nowMs)
  readonly observers: Observer[] = []
  readonly digests = DIGESTS
  readonly counts = { operations: 0, heartbeats: 0 }
  readonly strikes = new Map<FaultKind | string, number>()
  /** What happened, for the transcript of a failure. */
  readonly transcript: string[] = []
  /** True time at which a whole cluster was lost and came back empty. */
  replacedAtMs: number | undefined
  /** Clients change things and faults strike; afterwards clients only heartbeat. */
  storm = true
  /** Everything has healed and settled: nobody has a reason to write. */
  quiet = false
  /** The request whose command a node is running. */
  commanding: Request | undefined
  readonly #seeds: SeededRandom
  readonly #written = new Set<string>()
  readonly #onAppend = new Map<SimNode, () => void>()
  #openCalls = 0
  #woken = false
  #failure: unknown

  constructor(seed: number | string) {
    this.#seeds = new SeededRandom(seed)
    this.random = this.#seeds.fork('clients')
    this.network = new Network(this.events, this.#seeds.fork('network'), {
      gossip: what => this.strike(`gossip ${what}`),
      changed: link => {
        this.reach.changed()
        for (const observer of this.observers) observer.linkChanged?.(link)
      },
    })
    this.reach = new Reach(this.nodes, this.network)
    this.events.after(SECOND_MS, () => this.#everySecond())
  }

  get nowMs(): number {
    return this.events.nowMs
  }

  addNode(settings: Omit<NodeSettings, 'index'>, dialect?: NodeParts['dialect']): SimNode {
    const node = new SimNode(
      { ...settings, index: this.nodes.length },
      {
        events: this.events,
        random: this.#seeds.fork(settings.id),
        digests: this.digests,
        dialect,
        mesh: from => ({
          publish: frame => this.network.publish(from, from.dialect(frame)),
          send: (to, lane, frame) => this.network.send(from, to, lane, from.dialect(frame)),
          drop: to => this.network.drop(from, to),
        }),
        watcher: {
          started: each => {
            this.reach.changed()
            for (const observer of this.observers) observer.started?.(each)
          },
          disturbed: each => {
            this.reach.changed()
            for (const observer of this.observers) observer.disturbed?.(each)
          },
          stopping: each => {
            for (const observer of this.observers) observer.stopping?.(each)
          },
          appended: (each, frame) => this.#appended(each, frame),
          threw: (each, error) => this.threw(each, error),
        },
      },
    )
    this.nodes.push(node)
    return node
  }

  byId(id: NodeId): SimNode | undefined {
    return this.nodes.find(node => node.id === id)
  }

  /** What only this node's disk, or memory, holds is about to be lost for good. */
  lostDisk(node: SimNode): void {
    for (const observer of this.observers) observer.lostDisk?.(node)
  }

  note(text: string): void {
    this.transcript.push(`${(this.nowMs / 1000).toFixed(3).padStart(9)}  ${text}`)
  }

  strike(kind: FaultKind | string, times = 1): void {
    this.strikes.set(kind, (this.strikes.get(kind) ?? 0) + times)
  }

  threw(node: SimNode, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.verdicts.violation('18 nothing a peer sends does harm', `${node.id} threw: ${text}`)
  }

  /** A node runs a client's command: what it writes until this turn ends is the client's doing. */
  commands(request: Request): void {
    this.commanding = request
    queueMicrotask(() => {
      this.commanding = undefined
    })
    this.#woken = true
  }

  /** Runs a client or a fault; what it throws is a mistake of the simulation. */
  spawn(run: () => Promise<void>): void {
    this.#woken = true
    run().catch((error: unknown) => {
      this.#failure ??= error
    })
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.events.after(ms, () => {
        this.#woken = true
        resolve()
      })
    })
  }

  /** While calls are open, promises may settle at any event. The answer ends it; false when it had ended before. */
  openCall(): () => boolean {
    this.#openCalls += 1
    let open = true
    return () => {
      if (!open) return false
      open = false
      this.#woken = true
      this.#openCalls -= 1
      return true
    }
  }

  async run(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    await this.#turn()
    while (this.events.step(untilMs)) {
      if (!this.#woken && this.#openCalls === 0) continue
      await this.#turn()
      if (this.#failure !== undefined) throw this.#failure
    }
  }

  async #turn(): Promise<void> {
    this.#woken = false
    for (let i = 0; i < TURNS; i++) await undefined
  }

  #everySecond(): void {
    for (const observer of this.observers) observer.second?.()
    this.events.after(SECOND_MS, () => this.#everySecond())
  }

  /** Waits for a moment at which a node has appended to its log and not yet synced it; false when none came in time. */
  appended(node: SimNode, withinMs: number): Promise<boolean> {
    return new Promise(resolve => {
      const settle = (seen: boolean): void => {
        this.#onAppend.delete(node)
        this.#woken = true
        resolve(seen)
      }
      const cancel = this.events.after(withinMs, () => settle(false))
      this.#onAppend.set(node, () => {
        cancel()
        settle(true)
      })
    })
  }

  #appended(node: SimNode, frame: Uint8Array): void {
    const interrupt = this.#onAppend.get(node)
    if (interrupt !== undefined) {
      this.#onAppend.delete(node)
      this.events.after(0, interrupt)
    }
    const epoch = node.center?.replica.epoch ?? ''
    // Most frames carry what others wrote; decoding them all would take longer than the rest of the run.
    if (!Buffer.from(frame.buffer, frame.byteOffset, frame.length).includes(epoch, 0, 'hex')) return
    const decoded = decodeFrame(frame)
    if (decoded?.type !== 'writes') return
    // What a full disk refused is appended again later.
    const own = (readWrites(decoded.fields[0]) ?? []).filter(
      write => write.epoch === epoch && !this.#written.has(write.epoch + write.seq),
    )
    for (const write of own) this.#written.add(write.epoch + write.seq)
    if (own.length > 0) for (const observer of this.observers) observer.wrote?.(node, own)
  }
}

const SECOND_MS = 1_000
