/** Ways through a proxy in this process: the faults are its own. */
import type { Link as Pair } from '../scenario/topology.ts'
import type { Shape } from '../scenario/verbs.ts'
import { Link, type LinkDeps, type LinkTarget } from './link.ts'
import { Path, type PathDeps } from './path.ts'
import { pathKey as key, PathStates } from './path-states.ts'
import type { PathState, Ways } from './ways.ts'

export interface NetworkDeps extends PathDeps {
  readonly host: string
  /** Who dials from here; undefined: all. */
  readonly dials?: ReadonlySet<string>
  /** A path's state has changed. */
  readonly changed: (from: string, to: string, state: PathState) => void
}

export class Network implements Ways {
  readonly #deps: NetworkDeps
  readonly #paths = new Map<string, Path>()
  readonly #links = new Map<string, Link>()
  readonly #states: PathStates

  constructor(deps: NetworkDeps) {
    this.#deps = deps
    this.#states = new PathStates(deps.changed)
  }

  async open(pairs: readonly Pair[], targets: ReadonlyMap<string, LinkTarget>): Promise<void> {
    for (const [one, other] of pairs) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        if (this.#deps.dials?.has(from) === false) continue
        const target = targets.get(to)
        if (target === undefined) throw new Error(`there is no node ${to}`)
        const deps: LinkDeps = { nowMs: this.#deps.nowMs, host: this.#deps.host }
        this.#links.set(key(from, to), await Link.open(this.#path(from, to), this.#path(to, from), target, deps))
      }
    }
  }

  urlOf(from: string, to: string): string | undefined {
    return this.#links.get(key(from, to))?.url
  }

  cut(from: readonly string[], to: readonly string[], how: 'hold' | 'reset'): void {
    this.#each(from, to, (one, other, path) => {
      if (how === 'hold') path.hold()
      else {
        path.refuse()
        this.#links.get(key(one, other))?.reset()
        this.#links.get(key(other, one))?.reset()
      }
      this.#states.become(one, other, 'cut')
    })
  }

  slow(from: readonly string[], to: readonly string[], shape: Shape): void {
    this.#each(from, to, (one, other, path) => {
      path.shape(shape)
      this.#states.become(one, other, 'slow')
    })
  }

  heal(from: readonly string[], to: readonly string[]): void {
    this.#each(from, to, (one, other, path) => {
      path.heal()
      this.#states.become(one, other, 'up')
    })
  }

  bytes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#paths].map(([name, path]) => [name, path.bytes]))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map(link => link.close()))
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
