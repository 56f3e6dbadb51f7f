/** Bare mesh nodes, one process each: what gossip and plain frames cost without anything above them. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { freePorts } from '../../test/helpers/ports.ts'
import type { Measured, Order, WorkerConfig } from './mesh-worker.ts'

export interface Traffic {
  /** From publishing to arrival, at every node that got a frame. */
  readonly latenciesMs: readonly number[]
  readonly publishMicros: number
  readonly receiveMicros: number
  /** Payload bytes received ÷ bytes of distinct frames. */
  readonly copies: number
  readonly missing: number
  readonly delayMs: number
}

export interface Frames {
  readonly kind: 'gossip' | 'lane'
  readonly bytes: number
  readonly count: number
  readonly perSecond: number
}

export class MeshFleet {
  readonly #workers: readonly ChildProcess[]
  readonly #degree: number

  private constructor(workers: readonly ChildProcess[], degree: number) {
    this.#workers = workers
    this.#degree = degree
  }

  /** `degree` links a node on a ring, or all. */
  static async start(nodes: number, degree = nodes - 1): Promise<MeshFleet> {
    const workers = (await configs(nodes, degree)).map(config =>
      fork(new URL('mesh-worker.ts', import.meta.url), {
        env: { ...process.env, MESH_WORKER: JSON.stringify(config) },
      }),
    )
    await Promise.all(workers.map(worker => once(worker, 'message')))
    return new MeshFleet(workers, degree)
  }

  /** The first node sends; all others are watched. */
  async measure({ kind, bytes: size, count: messages, perSecond: rate }: Frames): Promise<Traffic> {
    await Promise.all(this.#workers.map(worker => ask(worker, { order: 'reset' })))
    await ask(this.#workers[0] as ChildProcess, { order: 'publish', kind, size, messages, rate })
    // All but stragglers have arrived long since; what is missing after this shows as missing.
    await new Promise(resolve => setTimeout(resolve, 500))
    const reports = (await Promise.all(this.#workers.map(worker => ask(worker, { order: 'report' })))) as Measured[]
    const [author, ...others] = reports
    const reached = kind === 'gossip' ? others : others.slice(0, this.#degree)
    const latenciesMs = others.flatMap(other => other.latenciesMs)
    const sum = (of: (each: Measured) => number): number => others.reduce((total, other) => total + of(other), 0)
    return {
      latenciesMs,
      publishMicros: (1000 * (author?.cpuMs ?? 0)) / messages,
      receiveMicros: (1000 * sum(other => other.cpuMs)) / reached.length / messages,
      copies: sum(other => other.arrivedBytes) / sum(other => other.distinctBytes),
      missing: reached.length * messages - latenciesMs.length,
      delayMs: Math.max(...reports.map(report => report.delayMs)),
    }
  }

  close(): void {
    for (const worker of this.#workers) worker.kill()
  }
}

/** Node i is linked to the next degree / 2 nodes of a ring, so each has `degree` links; in a full mesh to all. */
function neighbours(index: number, nodes: number, degree: number): readonly number[] {
  if (degree >= nodes - 1) return Array.from({ length: nodes }, (_, other) => other).filter(other => other !== index)
  return Array.from({ length: degree / 2 }, (_, step) => [
    (index + step + 1) % nodes,
    (index - step - 1 + nodes) % nodes,
  ]).flat()
}

async function configs(nodes: number, degree: number): Promise<readonly WorkerConfig[]> {
  const keys = await Promise.all(Array.from({ length: nodes }, () => generateKeyPair('Ed25519')))
  const ports = await freePorts(nodes)
  const addresses = keys.map((key, index) => `/ip4/127.0.0.1/tcp/${ports[index]}/p2p/${peerIdFromPrivateKey(key)}`)
  return keys.map((key, index) => ({
    identity: Buffer.from(privateKeyToProtobuf(key)).toString('base64'),
    listen: `/ip4/127.0.0.1/tcp/${ports[index]}`,
    peers: neighbours(index, nodes, degree).map(other => addresses[other] ?? ''),
  }))
}

async function ask(worker: ChildProcess, order: Order): Promise<unknown> {
  worker.send(order)
  const [answer] = await once(worker, 'message')
  return answer
}
