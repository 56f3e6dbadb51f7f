/** All ways between the nodes of a run, and the faults on them. */
import type { Link as Pair } from '../scenario/topology.ts'
import type { Shape } from '../scenario/verbs.ts'
import { Link, type LinkDeps, type LinkTarget } from './link.ts'
import { Path, type PathDeps } from './path.ts'

export type PathState = 'up' | 'cut' | 'slow'

export interface NetworkDeps extends PathDeps {
  readonly host: string
  /** A path's state has changed. */
  readonly changed: (from: string, to: string, state: PathState) => void
}

export class Network {
  readonly #deps: NetworkDeps
  readonly #paths = new Map<string, Path>()
  readonly #links = new Map<string, Link>()
  readonly #states = new Map<string, PathState>()

  constructor(deps: NetworkDeps) {
    this.#deps = deps
  }

  /** Opens both ways of each pair. `targets`: where each node really listens. */
  async open(pairs: readonly Pair[], targets: ReadonlyMap<string, LinkTarget>): Promise<void> {
    for (const [one, other] of pairs) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const target = targets.get(to)
        if (target === undefined) throw new Error(`there is no node ${to}`)
        const deps: LinkDeps = { nowMs: this.#deps.nowMs, host: this.#deps.host }
        this.#links.set(key(from, to), await Link.open(this.#path(from, to), this.#path(to, from), target, deps))
      }
    }
  }

  /** Under which address `from` is to know `to`; undefined when they are not linked. */
  urlOf(from: string, to: string): string | undefined {
    return this.#links.get(key(from, to))?.url
  }

  /** Nothing goes from any of `from` to any of `to` any more. */
  cut(from: readonly string[], to: readonly string[], how: 'hold' | 'reset'): void {
    this.#each(from, to, (one, other, path) => {
      if (how === 'hold') path.hold()
      else {
        path.refuse()
        this.#links.get(key(one, other))?.reset()
        this.#links.get(key(other, one))?.reset()
      }
      this.#become(one, other, 'cut')
    })
  }

  slow(from: readonly string[], to: readonly string[], shape: Shape): void {
    this.#each(from, to, (one, other, path) => {
      path.shape(shape)
      this.#become(one, other, 'slow')
    })
  }

  heal(from: readonly string[], to: readonly string[]): void {
    this.#each(from, to, (one, other, path) => {
      path.heal()
      this.#become(one, other, 'up')
    })
  }

  /** Bytes that have passed, by direction: `sc1-a>sc2-a`. */
  bytes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#paths].map(([name, path]) => [name, path.bytes]))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map(link => link.close()))
  }

  #become(from: string, to: string, state: PathState): void {
    const before = this.#states.get(key(from, to)) ?? 'up'
    this.#states.set(key(from, to), state)
    if (before !== state) this.#deps.changed(from, to, state)
  }

  #path(from: string, to: string): Path {
    const known = this.#paths.get(key(from, to))
    if (known !== undefined) return known
    const path = new Path(this.#deps)
    this.#paths.set(key(from, to), path)
    return path
  }

  #each(from: readonly string[], to: readonly string[], run: (from: string, to: string, path: Path) => void): void {
    for (const one of from) {
      for (const other of to) {
        const path = this.#paths.get(key(one, other))
        if (path !== undefined) run(one, other, path)
      }
    }
  }
}

const key = (from: string, to: string): string => `${from}>${to}`
