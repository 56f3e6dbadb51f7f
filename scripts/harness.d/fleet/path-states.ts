import type { PathState } from './ways.ts'

/** Tells of each path's state when it changes. */
export class PathStates {
  readonly #changed: (from: string, to: string, state: PathState) => void
  readonly #states = new Map<string, PathState>()

  constructor(changed: (from: string, to: string, state: PathState) => void) {
    this.#changed = changed
  }

  become(from: string, to: string, state: PathState): void {
    const key = pathKey(from, to)
    const before = this.#states.get(key) ?? 'up'
    this.#states.set(key, state)
    if (before !== state) this.#changed(from, to, state)
  }
}

/** `sc1-a>sc2-a` */
export const pathKey = (from: string, to: string): string => `${from}>${to}`
