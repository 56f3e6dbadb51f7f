import { Center, type CenterOptions, TICK_MS } from '../../../src/center/center.ts'
import type { Lane, Mesh, MeshPeer } from '../../../src/center/ports.ts'
import type { NodeId } from '../../../src/core/model.ts'
import type { Digests } from '../../../src/core/transaction.ts'
import { Disk, type DiskImage, noDisk } from './disk.ts'
import type { Events } from './events.ts'
import { type Machine, Process } from './process.ts'
import type { SeededRandom } from './random.ts'

export type NodeOptions = Omit<CenterOptions, 'node' | 'name' | 'version' | 'http'>

/** What a node shows of itself to checkers, as it happens. */
export interface NodeWatcher {
  started(node: SimNode): void
  stopping(node: SimNode): void
  /** Its process began, ended, stood still or went on. */
  disturbed(node: SimNode): void
  appended(node: SimNode, frame: Uint8Array): void
  /** The production code threw where it must not. */
  threw(node: SimNode, error: unknown): void
}

export interface NodeParts {
  readonly events: Events
  readonly random: SeededRandom
  readonly digests: Digests
  readonly watcher: NodeWatcher
  readonly mesh: (node: SimNode) => Mesh
  /** Frames a node of another version would send. */
  readonly dialect: ((frame: Uint8Array) => Uint8Array) | undefined
}

export interface NodeSettings {
  readonly id: NodeId
  readonly index: number
  readonly cluster: number
  readonly machine: Machine
  readonly options: NodeOptions
  readonly durable: boolean
  /** It stands at the address of a node that was lost with its whole cluster. */
  readonly heir?: boolean
}

/** One node of the simulated federation: identity, machine and disk, and the production center while a process runs. */
export class SimNode {
  readonly id: NodeId
  /** Position among the nodes of the world. */
  readonly index: number
  /** Index of its cluster. */
  readonly cluster: number
  readonly heir: boolean
  readonly machine: Machine
  readonly options: NodeOptions
  disk: Disk | undefined
  process: Process | undefined
  center: Center | undefined
  /** True time of the last start. */
  startedAtMs = 0
  /** True time at which its process last began, ended, stood still or went on. */
  disturbedAtMs = 0
  /** True time at which it last lost memory that it had acknowledged, or never: a lost or old disk, or none at a restart. */
  forgotAtMs = Number.NEGATIVE_INFINITY
  /** True time at which its wall clock was last set: it doubts itself then, and watches its leases anew. */
  clockSetAtMs = Number.NEGATIVE_INFINITY
  /** The old disk that was last put in the place of its own. */
  restoredFrom: DiskImage | undefined
  /** How long its process last stood still by its own clock. */
  pausedForMs = 0
  /** It will not come back. */
  gone = false
  readonly #parts: NodeParts

  constructor(settings: NodeSettings, parts: NodeParts) {
    const { id, index, cluster, machine, options, durable } = settings
    this.id = id
    this.index = index
    this.cluster = cluster
    this.heir = settings.heir === true
    this.machine = machine
    this.options = options
    this.disk = durable ? new Disk() : undefined
    this.#parts = parts
  }

  /** Of one cluster, also after that was lost and came back under another id. */
  isSiblingOf(other: SimNode): boolean {
    return this !== other && this.cluster === other.cluster && this.heir === other.heir
  }

  get running(): boolean {
    return this.process?.running === true && this.center !== undefined
  }

  start(): void {
    if (this.gone || this.process !== undefined) return
    if (this.disk === undefined) this.forgotAtMs = this.#parts.events.nowMs
    const { events, random, digests, watcher, mesh } = this.#parts
    const process = new Process(events, this.machine, random.between(1, 1e7), error => watcher.threw(this, error))
    this.process = process
    this.pausedForMs = 0
    this.#disturbed()
    this.startedAtMs = events.nowMs
    process.run(() => {
      const store = this.disk?.open(process) ?? noDisk(process)
      const append = store.append.bind(store)
      const identity = { node: this.id, name: this.id, version: '1', http: [] }
      const center = new Center(
        { ...this.options, ...identity },
        {
          clock: process,
          random,
          digests,
          mesh: mesh(this),
          store: Object.assign(store, {
            append: (frame: Uint8Array, done: (error?: Error) => void) => {
              watcher.appended(this, frame)
              append(frame, done)
            },
          }),
          log: () => {},
        },
      )
      for (const frame of this.disk?.frames ?? []) center.restore(frame)
      this.center = center
      center.begin()
      watcher.started(this)
      const tick = (): void => {
        center.tick()
        process.after(TICK_MS, tick)
      }
      process.after(random.fraction() * TICK_MS, tick)
    })
  }

  /** The process dies at once. Answers how many frames of its log were lost. */
  crash(): { readonly lostFrames: number } {
    const lost = this.disk?.crash(this.#parts.random) ?? { lostFrames: 0 }
    this.#end()
    return lost
  }

  /** The process leaves in order. */
  leave(): void {
    this.process?.run(() => this.center?.leave())
    this.disk?.flush()
    this.#end()
  }

  pause(): void {
    this.process?.pause()
    this.#disturbed()
  }

  resume(frozen: boolean): void {
    if (this.process?.paused !== true) return
    this.pausedForMs = frozen ? 0 : this.#parts.events.nowMs - this.disturbedAtMs
    this.#disturbed()
    this.process?.resume(frozen)
  }

  /** Its disk is lost, or an old one is put in its place, while no process runs. */
  replaceDisk(image: DiskImage | undefined): void {
    if (this.process !== undefined) throw new Error('the disk of a running process cannot be replaced')
    if (this.disk === undefined) return
    this.disk = new Disk()
    this.forgotAtMs = this.#parts.events.nowMs
    this.restoredFrom = image
    if (image !== undefined) this.disk.restore(image)
  }

  /** What its disk holds now, to be put back much later. */
  imageOfDisk(): DiskImage | undefined {
    const { epoch, members } = this.center?.replica ?? {}
    const image = this.disk?.image()
    return image === undefined || epoch === undefined
      ? image
      : { ...image, takenIn: { epoch, beat: members?.get(epoch)?.beat ?? 0 } }
  }

  // --- what the network tells -------------------------------------------------------------------------------------------

  connected(peer: MeshPeer): void {
    this.process?.run(() => this.center?.connected(peer))
  }

  disconnected(peer: NodeId): void {
    this.process?.run(() => this.center?.disconnected(peer))
  }

  message(from: NodeId, lane: Lane, frame: Uint8Array): void {
    this.center?.message(from, lane, frame)
  }

  gossip(author: NodeId, via: NodeId, frame: Uint8Array): 'accept' | 'ignore' | 'reject' {
    return this.center?.gossip(author, via, frame) ?? 'ignore'
  }

  dialect(frame: Uint8Array): Uint8Array {
    return this.#parts.dialect?.(frame) ?? frame
  }

  #end(): void {
    if (this.center !== undefined) this.#parts.watcher.stopping(this)
    this.process?.kill()
    this.process = undefined
    this.center = undefined
    this.#disturbed()
  }

  #disturbed(): void {
    this.disturbedAtMs = this.#parts.events.nowMs
    this.#parts.watcher.disturbed(this)
  }
}
