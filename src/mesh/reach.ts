/** Dials several addresses of one node, most promising first, until one is connected. */
import type { Connection } from '@libp2p/interface'
import type { Identity } from '../center/ports.ts'
import { hostMultiaddr, tcpOf } from './addresses.ts'
import { DIAL_STAGGER_MS, DIAL_TIMEOUT_MS } from './limits.ts'

export type Dial = (address: string, signal: AbortSignal) => Promise<Connection>

export interface Reached {
  readonly connection: Connection
  readonly address: string
}

/**
 * The addresses to dial for an HTTP address that answered: what worked last, what the node advertises, and the same host
 * with the advertised ports, for a node that knows only its address inside a container or behind NAT.
 */
export function candidates(url: string, identity: Identity, last: string | undefined): readonly string[] {
  const host = new URL(url).hostname
  const advertised = identity.gossip.filter(address => {
    const at = tcpOf(address)?.host ?? ''
    return !isUnspecified(at) && (isLoopback(host) || !isLoopback(at))
  })
  const ports = new Set(identity.gossip.map(address => tcpOf(address)?.port).filter(port => port !== undefined))
  const sameHost = [...ports].map(port => hostMultiaddr(host, port))
  const all = [...advertised, ...sameHost]
  return [...new Set(last !== undefined && all.includes(last) ? [last, ...all] : all)]
}

/** None of the addresses could be connected; `errors` in the order in which they failed. */
export class ReachError extends Error {
  override readonly name = 'ReachError'
  readonly errors: readonly Error[]

  constructor(message: string, errors: readonly Error[]) {
    super(message)
    this.errors = errors
  }
}

/**
 * Starts with the first address and adds the next whenever one fails or DIAL_STAGGER_MS have passed. The first that is
 * connected wins, the others are given up. Rejects with ReachError, whose message lists what became of each address.
 */
export async function reach(addresses: readonly string[], dial: Dial, signal: AbortSignal): Promise<Reached> {
  const over = new AbortController()
  const bounded = AbortSignal.any([signal, over.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
  const { promise, resolve, reject } = Promise.withResolvers<Reached>()
  const rest = [...addresses]
  const errors: Error[] = []
  const told: string[] = []
  let running = 0
  let stagger: NodeJS.Timeout | undefined
  const fail = (address: string, error: Error): void => {
    errors.push(error)
    told.push(`${address}: ${bounded.aborted ? `not connected within ${DIAL_TIMEOUT_MS} ms` : error.message}`)
    running--
    if (!bounded.aborted) next()
    if (running === 0) reject(new ReachError(told.join('; '), errors))
  }
  const next = (): void => {
    clearTimeout(stagger)
    const address = rest.shift()
    if (address === undefined) return
    stagger = setTimeout(next, DIAL_STAGGER_MS)
    running++
    dial(address, bounded).then(
      connection => resolve({ connection, address }),
      (error: Error) => fail(address, error),
    )
  }
  if (addresses.length === 0) throw new ReachError('it advertises no gossip address that could be dialled', [])
  next()
  try {
    return await promise
  } finally {
    clearTimeout(stagger)
    over.abort()
  }
}

const isUnspecified = (host: string): boolean => host === '0.0.0.0' || host === '::'

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.startsWith('127.') || host === '::1' || host === '[::1]'
