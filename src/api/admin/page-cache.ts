import { hash } from 'node:crypto'
import type { Clock } from '../../center/ports.ts'
import { type Answer, JSON_TYPE } from '../http/answer.ts'
import { gzip } from '../http/gzip.ts'

/** Many people look at the same page: it is made at most this often while things change… */
const FRESH_MS = 1_000
/** …and this often while nothing does, because leases run and links fall silent without a change. */
const QUIET_MS = 5_000
/** A page that takes long is kept for so many times what it took: each costs at most a two-hundredth of a core. */
const COST_FACTOR = 200
/** However long it took: by then it is too old to be shown. */
const KEPT_MS_MAX = 10_000
const PAGES_MAX = 256
/** Longer pages are made anew for everybody. */
const PAGE_LENGTH_MAX = 512 * 1024

interface Kept {
  readonly atMs: number
  readonly tookMs: number
  readonly revision: number
  readonly etag: string
  readonly body: string
  /** Made for the first who takes it. */
  readonly compressed: () => Promise<Buffer>
}

/** Pages as they were last rendered, so that a hundred open dashboards cost as much as one. */
export class PageCache {
  readonly #clock: Clock
  readonly #pages = new Map<string, Kept>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `name`: everything that shaped the page. `ifNoneMatch`: what the client has; the same page is 304 then. */
  answer(name: string, revision: number, ifNoneMatch: string | undefined, make: () => unknown): Answer {
    const page = this.#page(name, revision, make)
    const headers = { etag: page.etag, 'cache-control': 'private, no-cache' }
    if (ifNoneMatch === page.etag) return { status: 304, type: JSON_TYPE, body: '', headers }
    return { status: 200, type: JSON_TYPE, body: page.body, headers, compressed: page.compressed }
  }

  #page(name: string, revision: number, make: () => unknown): Kept {
    const atMs = this.#clock.monotonicMs()
    const known = this.#pages.get(name)
    if (known !== undefined && atMs - known.atMs < keptMs(known, revision)) return known
    const body = JSON.stringify(make())
    const tookMs = this.#clock.monotonicMs() - atMs
    const isSame = known?.body === body
    const etag = isSame ? known.etag : `"${hash('sha1', body)}"`
    const compressed = isSame ? known.compressed : compressing(body)
    const page = { atMs, tookMs, revision, etag, body, compressed }
    this.#pages.delete(name)
    if (body.length > PAGE_LENGTH_MAX) return page
    this.#pages.set(name, page)
    if (this.#pages.size > PAGES_MAX) {
      const oldest = this.#pages.keys().next().value
      if (oldest !== undefined) this.#pages.delete(oldest)
    }
    return page
  }
}

function compressing(body: string): () => Promise<Buffer> {
  let made: Promise<Buffer> | undefined
  return () => {
    made ??= gzip(body)
    return made
  }
}

const keptMs = (page: Kept, revision: number): number =>
  Math.max(page.revision === revision ? QUIET_MS : FRESH_MS, Math.min(KEPT_MS_MAX, page.tookMs * COST_FACTOR))
