import type { ClusterId, NodeId } from '../core/model.ts'
import { progressRow, readProgress, type WatchProgress } from '../core/watching.ts'
import { isClusterId, isCount, isNodeId, pack, unpack } from '../core/wire.ts'
import type { Store } from './ports.ts'

const CLUSTER = 'cluster'
const NAMES = 'clusters'
const WATCHING = 'watching'
const SERVED = 'served'
const SILENCE = 'silence'
const NOTHING = new Uint8Array()

/** The few small values that are kept beside the log. What cannot be read counts as never saved. */
export class SavedState {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get cluster(): ClusterId | undefined {
    const cluster = this.#read(CLUSTER)
    return isClusterId(cluster) ? cluster : undefined
  }

  set cluster(cluster: ClusterId | undefined) {
    this.#write(CLUSTER, cluster)
  }

  /** Some start of this node has been ready. */
  get served(): boolean {
    return this.#read(SERVED) === true
  }

  set served(served: boolean) {
    this.#write(SERVED, served)
  }

  /** Names of clusters in the configuration, and the ids last met behind them. */
  get names(): readonly (readonly [string, ClusterId])[] {
    return this.#pairs(NAMES, isName, isClusterId)
  }

  set names(names: readonly (readonly [string, ClusterId])[]) {
    this.#write(NAMES, names)
  }

  /** How far watching had come; undefined: it was over. */
  get watching(): WatchProgress | undefined {
    return readProgress(this.#read(WATCHING))
  }

  set watching(progress: WatchProgress | undefined) {
    this.#write(WATCHING, progress === undefined ? null : progressRow(progress))
  }

  /** Milliseconds for which siblings have been silent while this node ran. */
  get silence(): readonly (readonly [NodeId, number])[] {
    return this.#pairs(SILENCE, isNodeId, isCount)
  }

  set silence(silence: readonly (readonly [NodeId, number])[]) {
    this.#write(SILENCE, silence)
  }

  #read(name: string): unknown {
    return unpack(this.#store.get(name) ?? NOTHING)
  }

  #write(name: string, value: unknown): void {
    this.#store.put(name, pack(value))
  }

  #pairs<A, B>(name: string, isA: (value: unknown) => value is A, isB: (value: unknown) => value is B): [A, B][] {
    const rows = this.#read(name)
    if (!Array.isArray(rows)) return []
    return rows.flatMap((row: unknown) => {
      const [a, b] = Array.isArray(row) ? (row as unknown[]) : []
      return isA(a) && isB(b) ? [[a, b] as [A, B]] : []
    })
  }
}

const isName = (value: unknown): value is string => typeof value === 'string'
