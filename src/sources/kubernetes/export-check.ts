import { connect } from 'node:net'
import type { Clock } from '../../center/ports.ts'

/** How long an answer holds. */
const FRESH_MS = 30_000
const CONNECT_TIMEOUT_MS = 2_000
/** Connections opened at the same time. */
const CHECKS_MAX = 16
const NEVER = Number.NEGATIVE_INFINITY
/** `rest://10.1.0.7:8080?…`, `rest://[fd00::7]:8080`. */
const ADDRESS = /^[^:]+:\/\/(?:\[([^\]]+)\]|([^:]+)):(\d+)/

export type Probe = (host: string, port: number) => Promise<boolean>

interface Checked {
  reachable: boolean
  atMs: number
  readonly services: Set<string>
}

/**
 * Whether exported addresses can be connected to from here. An address that nobody has tried counts as not reachable;
 * `changed` is told the Services of one that turns out otherwise.
 */
export class ExportCheck {
  readonly #clock: Clock
  readonly #changed: (service: string) => void
  readonly #probe: Probe
  readonly #known = new Map<string, Checked>()
  readonly #endpointsOf = new Map<string, Set<string>>()
  readonly #waiting = new Set<string>()
  #running = 0

  constructor(clock: Clock, changed: (service: string) => void, probe: Probe = canConnect) {
    this.#clock = clock
    this.#changed = changed
    this.#probe = probe
  }

  /** The addresses of a Service (`namespace/name`) are about to be asked for anew, all of them. */
  begin(service: string): void {
    for (const endpoint of this.#endpointsOf.get(service) ?? []) this.#known.get(endpoint)?.services.delete(service)
    this.#endpointsOf.delete(service)
  }

  /** Answers what is known, and has it looked at where that is old. */
  isReachable(endpoint: string, service: string): boolean {
    // Nothing answers a connection there.
    if (/^(udp|sctp):/.test(endpoint)) return true
    const known = this.#known.get(endpoint) ?? { reachable: false, atMs: NEVER, services: new Set() }
    known.services.add(service)
    this.#known.set(endpoint, known)
    const endpoints = this.#endpointsOf.get(service) ?? new Set()
    this.#endpointsOf.set(service, endpoints.add(endpoint))
    if (this.#clock.monotonicMs() - known.atMs >= FRESH_MS) this.#ask(endpoint)
    return known.reachable
  }

  /** Now and then: looks anew at what is exported, or would be, and forgets the rest. */
  tick(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const [endpoint, { atMs, services }] of this.#known) {
      if (services.size === 0) this.#known.delete(endpoint)
      else if (nowMs - atMs >= FRESH_MS) this.#ask(endpoint)
    }
  }

  /** Addresses that nobody answers at, with the Services that would export them. */
  unreachable(): ReadonlyMap<string, string> {
    const details = new Map<string, string>()
    for (const [endpoint, { reachable, atMs, services }] of this.#known) {
      if (reachable || atMs === NEVER || services.size === 0) continue
      details.set(endpoint, `${endpoint} of ${[...services].join(', ')} cannot be connected to and is not exported`)
    }
    return details
  }

  #ask(endpoint: string): void {
    this.#waiting.add(endpoint)
    while (this.#running < CHECKS_MAX && this.#waiting.size > 0) void this.#next()
  }

  async #next(): Promise<void> {
    const [endpoint] = this.#waiting
    if (endpoint === undefined) return
    this.#waiting.delete(endpoint)
    const known = this.#known.get(endpoint)
    if (known === undefined) return
    this.#running += 1
    known.atMs = this.#clock.monotonicMs()
    const [, bracketed, bare, port] = ADDRESS.exec(endpoint) ?? []
    const reachable = await this.#probe(bracketed ?? bare ?? '', Number(port)).catch(() => false)
    this.#running -= 1
    if (reachable !== known.reachable) {
      known.reachable = reachable
      for (const service of known.services) this.#changed(service)
    }
    if (this.#waiting.size > 0) void this.#next()
  }
}

export function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true))
    socket.once('timeout', end(false))
    socket.once('error', end(false))
  })
}
