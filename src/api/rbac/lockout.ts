import type { CatalogPort, Clock } from '../../center/ports.ts'
import type { NodeId } from '../../core/model.ts'
import type { ReadOptions } from '../../core/view.ts'

/** Kind of the documents in which each node counts what it has seen, named `node/account::address`. */
const KIND = 'lock'
/** The third wrong password is one too many. */
const ATTEMPTS_MAX = 2
/** Pairs of account and address that a node counts; names and addresses are the attacker's to choose. */
const COUNTED_MAX = 1_000

export interface LockOptions {
  /** How long whoever has guessed too often is kept out, from his last guess on. */
  readonly releaseAfterMs: number
  /** How long wrong guesses count. */
  readonly retainMs: number
}

export interface Lock {
  readonly key: string
  readonly status: 'attempted' | 'banned'
  /** Unix seconds. */
  readonly releaseAt: number
}

interface Seen {
  /** As another node counted them. */
  readonly count: number
  /** On the own clock: when that number was first seen here. No node's wall clock decides about another's guests. */
  readonly atMs: number
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value > 0

/** Keeps out whoever guesses passwords. Each node counts for itself; what counts is the sum. */
export class Lockout {
  readonly #catalog: CatalogPort
  readonly #clock: Clock
  readonly #options: LockOptions
  readonly #read: ReadOptions
  readonly #seen = new Map<string, Seen>()

  constructor(catalog: CatalogPort, clock: Clock, options: LockOptions, read: ReadOptions) {
    this.#catalog = catalog
    this.#clock = clock
    this.#options = options
    this.#read = read
  }

  isBanned(key: string): boolean {
    const { count, lastMs } = this.#sum(key)
    return count > ATTEMPTS_MAX && this.#clock.monotonicMs() - lastMs < this.#options.releaseAfterMs
  }

  /** Counts a wrong password. */
  async count(key: string): Promise<void> {
    const { node } = this.#catalog.status()
    const name = `${node}/${key}`
    const own = this.#look(name)
    await this.#catalog.execute(tx => {
      tx.putDocument(KIND, name, { count: (own?.count ?? 0) + 1, atMs: tx.nowMs })
      const mine = tx.view.documents(KIND, { local: true }).filter(document => document.name.startsWith(`${node}/`))
      const oldest = mine.toSorted((a, b) => Number(a.value.atMs) - Number(b.value.atMs))
      const expired = oldest.filter(document => document.name !== name && this.#look(document.name) === undefined)
      for (const document of expired) tx.removeDocument(KIND, document.name)
      const surplus = oldest.filter(document => !expired.includes(document) && document.name !== name)
      for (const document of surplus.slice(0, Math.max(0, surplus.length + 1 - COUNTED_MAX))) {
        tx.removeDocument(KIND, document.name)
      }
    })
  }

  list(): readonly Lock[] {
    const names = this.#catalog.read(view => view.documents(KIND, this.#read)).map(({ name }) => name)
    const keys = new Set(names.map(name => name.slice(name.indexOf('/') + 1)))
    const { releaseAfterMs, retainMs } = this.#options
    return [...keys].flatMap(key => {
      const { count, lastMs } = this.#sum(key)
      if (count === 0) return []
      const banned = this.isBanned(key)
      const agoMs = this.#clock.monotonicMs() - lastMs
      const releaseMs = this.#clock.wallMs() - agoMs + (banned ? releaseAfterMs : retainMs)
      return [{ key, status: banned ? 'banned' : 'attempted', releaseAt: Math.floor(releaseMs / 1000) }]
    })
  }

  #sum(key: string): { readonly count: number; readonly lastMs: number } {
    const nodes = new Set<NodeId>(this.#catalog.status().nodes.map(({ node }) => node))
    const seen = [...nodes].flatMap(node => this.#look(`${node}/${key}`) ?? [])
    return {
      count: seen.reduce((total, { count }) => total + count, 0),
      lastMs: Math.max(0, ...seen.map(({ atMs }) => atMs)),
    }
  }

  /** What a node has counted, while it still counts. */
  #look(name: string): Seen | undefined {
    const count = this.#catalog.read(view => view.document(KIND, name, this.#read))?.count
    if (!isCount(count)) {
      this.#seen.delete(name)
      return undefined
    }
    const before = this.#seen.get(name)
    const seen = before?.count === count ? before : { count, atMs: this.#clock.monotonicMs() }
    if (seen !== before) this.#keep(name, seen)
    const livesMs = Math.max(this.#options.retainMs, this.#options.releaseAfterMs)
    return this.#clock.monotonicMs() - seen.atMs < livesMs ? seen : undefined
  }

  #keep(name: string, seen: Seen): void {
    this.#seen.delete(name)
    this.#seen.set(name, seen)
    if (this.#seen.size <= 10 * COUNTED_MAX) return
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest)
      return
    }
  }
}
