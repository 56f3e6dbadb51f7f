/** Distinct things counted: a fixed set of names plus reasons from a small table, never what a peer sends. */
const NAMES_MAX = 64

/** Events that nobody waits for, counted by name for metrics. */
export class Counters {
  readonly #counts = new Map<string, number>()

  count(name: string): void {
    if (this.#counts.size >= NAMES_MAX && !this.#counts.has(name)) return
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}
