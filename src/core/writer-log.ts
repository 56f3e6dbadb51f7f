import { Fingerprint } from './fingerprint.ts'
import type { Write } from './wire.ts'

/** Dead entries are swept once they are more than the living and more than this. */
const SWEEP_AT_LEAST = 64

/**
 * The living versions of one writer epoch in order of sequence: what repair lists for a peer that has seen less, and the
 * fingerprint that two replicas compare. Removal is lazy, so that it costs no search.
 */
export class WriterLog {
  readonly fingerprint = new Fingerprint()
  #entries: Write[] = []
  readonly #dead = new Set<Write>()

  get living(): number {
    return this.#entries.length - this.#dead.size
  }

  insert(write: Write): void {
    if (this.#dead.delete(write)) return // a refused command's undo puts back the very same version
    const last = this.#entries.at(-1)
    if (last === undefined || last.seq < write.seq) this.#entries.push(write)
    else this.#entries.splice(this.#firstAfter(write.seq), 0, write)
  }

  remove(write: Write): void {
    this.#dead.add(write)
    if (this.#dead.size > SWEEP_AT_LEAST && this.#dead.size > this.#entries.length / 2) this.#sweep()
    else if (this.#entries.at(-1) === write) {
      this.#entries.pop()
      this.#dead.delete(write)
    }
  }

  find(seq: number): Write | undefined {
    const write = this.#entries[this.#firstAfter(seq - 1)]
    return write?.seq === seq && !this.#dead.has(write) ? write : undefined
  }

  /** Living versions with a sequence above `seq`, in order. Do not change the log while iterating. */
  *after(seq: number): Generator<Write> {
    for (let i = this.#firstAfter(seq); i < this.#entries.length; i++) {
      const write = this.#entries[i] as Write
      if (!this.#dead.has(write)) yield write
    }
  }

  #firstAfter(seq: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const mid = (low + high) >> 1
      if ((this.#entries[mid] as Write).seq <= seq) low = mid + 1
      else high = mid
    }
    return low
  }

  #sweep(): void {
    this.#entries = this.#entries.filter(write => !this.#dead.has(write))
    this.#dead.clear()
  }
}
