/** Asks an HTTP(S) address who it is: `GET /grapevine/v1/identity`. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Identity } from '../center/ports.ts'
import type { ClusterId, NodeId } from '../core/model.ts'
import { tcpOf } from './addresses.ts'
import { ADVERTISED_MAX, ASK_TIMEOUT_MS, IDENTITY_BODY_BYTES_MAX, MEMBERS_MAX } from './limits.ts'
import { nodeIdOf } from './node-id.ts'

/** What an asking node shows and trusts at `https://` addresses; the names are Node's, the texts PEM. */
export interface AskTls {
  readonly cert: string
  readonly key: string
  readonly passphrase?: string
  readonly ca: readonly string[]
}

export const IDENTITY_PATH = '/grapevine/v1/identity'

/**
 * One question on a connection of its own, so that a name is resolved anew and a load balancer chooses anew. Rejects
 * with an Error in words for operators: no answer in time, another status, or not an identity.
 */
export async function askIdentity(url: string, signal: AbortSignal, tls?: AskTls): Promise<Identity> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
  const response = await get(`${url}${IDENTITY_PATH}`, bounded, tls).catch((error: Error) => {
    throw new Error(bounded.aborted && !signal.aborted ? `no answer within ${ASK_TIMEOUT_MS} ms` : error.message)
  })
  if (response.status !== 200) throw new Error(`answered ${response.status}: it is no Grapevine node, or a wrong port`)
  const identity = readIdentity(response.body)
  if (identity === undefined) throw new Error('answered something that is not the identity of a node')
  return identity
}

function get(
  url: string,
  signal: AbortSignal,
  tls: AskTls | undefined,
): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  const options = { agent: false, signal, headers: { accept: 'application/json', connection: 'close' } } as const
  const request = url.startsWith('https:')
    ? httpsRequest(url, tls === undefined ? options : { ...options, ...tls, ca: [...tls.ca] })
    : httpRequest(url, options)
  request.on('error', reject)
  request.on('response', (response: IncomingMessage) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('error', reject)
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > IDENTITY_BODY_BYTES_MAX)
        request.destroy(new Error(`answered more than ${IDENTITY_BODY_BYTES_MAX} bytes`))
      else chunks.push(chunk)
    })
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
    )
  })
  request.end()
  return promise
}

/** Takes what is well-formed: unusable gossip addresses and members are left out, a missing identity refuses all. */
export function readIdentity(body: string): Identity | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { node, clusterId, cluster, gossip, members } = value as Partial<Record<keyof Identity, unknown>>
  const id = typeof node === 'string' ? nodeIdOf(node) : undefined
  if (id === undefined || typeof clusterId !== 'string' || typeof cluster !== 'string') return undefined
  return {
    node: id,
    clusterId: clusterId as ClusterId,
    cluster,
    gossip: texts(gossip)
      .filter(address => tcpOf(address) !== undefined)
      .slice(0, ADVERTISED_MAX),
    members: texts(members)
      .slice(0, MEMBERS_MAX)
      .map(nodeIdOf)
      .filter(member => member !== undefined) as NodeId[],
  }
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter(item => typeof item === 'string') : [])
