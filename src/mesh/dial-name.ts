/**
 * A name of `--peers` that stands for several nodes, such as a headless Service of Kubernetes: each of them is dialled,
 * since a node that knows only one of its siblings may be left alone with it.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../center/ports.ts'
import type { AddressStatus } from './dial-loop.ts'
import type { Origin } from './roster.ts'

/** How often a name is resolved: a new sibling is dialled this late, unless it dials first. */
const RESOLVE_MS = 5_000
/** Addresses of one name that are dialled. */
const ADDRESSES_OF_NAME_MAX = 64

/** Addresses of a host, IPv4 and IPv6. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** One that is dialled for ever, until `signal` is aborted. */
export interface Loop {
  readonly status: AddressStatus
  run(signal: AbortSignal): Promise<void>
}

export interface DialNameDeps {
  readonly clock: Clock
  readonly resolve?: Resolve
  readonly loop: (origin: Origin) => Loop
}

export class DialName {
  readonly #origin: Origin
  readonly #deps: DialNameDeps
  readonly #loops = new Map<
    string,
    { readonly loop: Loop; readonly ended: AbortController; readonly run: Promise<void> }
  >()

  constructor(origin: Origin, deps: DialNameDeps) {
    this.#origin = origin
    this.#deps = deps
  }

  get statuses(): readonly AddressStatus[] {
    return [...this.#loops.values()].map(({ loop }) => loop.status)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#dial(await this.#urls())
      if (!signal.aborted) await this.#pause(signal)
    }
    for (const { ended } of this.#loops.values()) ended.abort(signal.reason)
    await Promise.all([...this.#loops.values()].map(({ run }) => run))
  }

  /** The name as it stands, unless it leads to several hosts. A certificate names a name, so HTTPS keeps it. */
  async #urls(): Promise<readonly string[]> {
    const { address } = this.#origin
    if (address.kind !== 'http') return []
    const url = new URL(address.url)
    const isAddress = isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
    if (url.protocol !== 'http:' || isAddress) return [address.url]
    const found = await (this.#deps.resolve ?? resolveAll)(url.hostname).catch(() => [])
    for (const family of [4, 6]) {
      const hosts = [...new Set(found.filter(each => isIP(each) === family))].sort()
      if (hosts.length < 2) continue
      return hosts.slice(0, ADDRESSES_OF_NAME_MAX).map(host => withHost(url, family === 6 ? `[${host}]` : host))
    }
    return [address.url]
  }

  #dial(urls: readonly string[]): void {
    for (const [url, { ended }] of this.#loops) {
      if (urls.includes(url)) continue
      this.#loops.delete(url)
      ended.abort(new Error('the name no longer leads there'))
    }
    for (const url of urls) {
      if (this.#loops.has(url)) continue
      const loop = this.#deps.loop({ ...this.#origin, address: { kind: 'http', url } })
      const ended = new AbortController()
      this.#loops.set(url, { loop, ended, run: loop.run(ended.signal) })
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#deps.clock.after(RESOLVE_MS, resolve)
    const stop = (): void => {
      cancel()
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', stop))
  }
}

const resolveAll: Resolve = async host => (await lookup(host, { all: true })).map(({ address }) => address)

const withHost = (url: URL, host: string): string => {
  const other = new URL(url)
  other.hostname = host
  return other.href.replace(/\/+$/, '')
}

/** Whether an origin may stand for several nodes. */
export const isName = ({ address, role }: Origin): boolean => role === 'sibling' && address.kind === 'http'
