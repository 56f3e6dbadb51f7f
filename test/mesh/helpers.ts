/** Real nodes on loopback with a listener that records what it hears. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock, Identity, Lane, MeshListener, MeshPeer, Random } from '../../src/center/ports.ts'
import type { ClusterId, NodeId } from '../../src/core/model.ts'
import { loadIdentity } from '../../src/mesh/identity.ts'
import type { MeshLog } from '../../src/mesh/log.ts'
import { createMesh, type MeshNode, type MeshOptions } from '../../src/mesh/mesh.ts'
import { generateMeshKey, parseMeshKey } from '../../src/mesh/mesh-key.ts'
import { until } from '../helpers/until.ts'

export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export const realRandom: Random = { hex: bytes => 'ab'.repeat(bytes), fraction: () => Math.random() }

export interface Logged {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

export function recordingLog(lines: Logged[]): MeshLog {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: fields as Record<string, unknown>, message })
  return { debug: at('debug'), info: at('info'), warn: at('warn') }
}

/** A center that accepts all gossip and remembers everything. */
export class Recorder implements MeshListener {
  readonly peers = new Map<NodeId, MeshPeer>()
  readonly events: string[] = []
  readonly gossiped: { readonly author: NodeId; readonly via: NodeId; readonly text: string }[] = []
  readonly messages: { readonly peer: NodeId; readonly lane: Lane; readonly frame: Uint8Array }[] = []
  verdict: 'accept' | 'ignore' | 'reject' = 'accept'
  onConnected: (peer: MeshPeer) => void = () => {}

  connected(peer: MeshPeer): void {
    this.events.push(`connected ${peer.node}`)
    this.peers.set(peer.node, peer)
    this.onConnected(peer)
  }

  disconnected(peer: NodeId): void {
    this.events.push(`disconnected ${peer}`)
    this.peers.delete(peer)
  }

  gossip(author: NodeId, via: NodeId, frame: Uint8Array): 'accept' | 'ignore' | 'reject' {
    this.gossiped.push({ author, via, text: Buffer.from(frame).toString() })
    return this.verdict
  }

  message(peer: NodeId, lane: Lane, frame: Uint8Array): void {
    this.messages.push({ peer, lane, frame: frame.slice() })
  }
}

export interface TestNode {
  readonly mesh: MeshNode
  readonly heard: Recorder
  readonly log: Logged[]
}

const running: MeshNode[] = []
const servers: Server[] = []

/** Started on a free port of 127.0.0.1 unless told otherwise; stopped by `stopAll`. */
export async function startNode(options: Partial<MeshOptions> = {}): Promise<TestNode> {
  const log: Logged[] = []
  const mesh = createMesh(
    {
      identity: await loadIdentity(undefined),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      advertise: [],
      peers: [],
      clusters: [],
      ...options,
    },
    { clock: realClock, random: realRandom, log: recordingLog(log) },
  )
  const heard = new Recorder()
  running.push(mesh)
  await mesh.start(heard)
  return { mesh, heard, log }
}

export const listenAddress = ({ mesh }: TestNode): string => mesh.listening()[0] ?? ''

export const portOf = (node: TestNode): number => Number(listenAddress(node).split('/').at(-1))

/** A mesh key of its own for each test: its holders admit each other. */
export const keyed = (): { readonly meshKey: Uint8Array } => ({ meshKey: parseMeshKey(generateMeshKey()) })

/** An HTTP server that answers the identity route; `answer` is asked each time. Answers its URL. */
export async function serveIdentity(answer: () => Identity | undefined, port = 0): Promise<string> {
  const server = createServer((_request, response) => {
    const identity = answer()
    response.writeHead(identity === undefined ? 503 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(identity ?? {}))
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const identityOf = (node: TestNode, ...siblings: readonly TestNode[]): Identity => ({
  node: node.mesh.node,
  clusterId: '0123456789abcdef' as ClusterId,
  cluster: 'test',
  gossip: node.mesh.advertised(),
  members: [node, ...siblings].map(each => each.mesh.node),
})

export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map(mesh => mesh.stop()))
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
}

export const connected = (one: TestNode, other: TestNode): Promise<true> =>
  until(
    'two nodes are connected',
    10_000,
    () => one.heard.peers.has(other.mesh.node) && other.heard.peers.has(one.mesh.node),
  )
