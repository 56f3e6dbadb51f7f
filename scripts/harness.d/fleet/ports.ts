/** Ports on which nodes listen. A killed node must get its own back, so they lie below those that connections draw from. */
import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'

const LOWEST = 20_000
/** Linux draws local ports of connections from 32768 on. */
const HIGHEST = 32_000
/** The default port of a service center: bystanders may look there. */
const RESERVED = 30_100
const TRIES_MAX = 2_000

export interface PortRange {
  readonly lowest: number
  readonly highest: number
}

/**
 * Several harnesses may run on one machine, and a port is in use only once its node has started. So each port is claimed until
 * `close`, or the end of this process, by a UDP socket of the same number, which nobody else can then open.
 */
export class Ports {
  readonly #range: PortRange
  readonly #claims: Socket[] = []

  constructor(range: PortRange = { lowest: LOWEST, highest: HIGHEST }) {
    this.#range = range
  }

  /** A port that is free now, and is given out once. */
  async next(): Promise<number> {
    const { lowest, highest } = this.#range
    for (let i = 0; i < TRIES_MAX; i++) {
      const port = lowest + Math.floor(Math.random() * (highest - lowest))
      if (port !== RESERVED && (await this.#claim(port)) && (await isFree(port))) return port
    }
    throw new Error(`no free port between ${lowest} and ${highest}`)
  }

  close(): void {
    for (const claim of this.#claims.splice(0)) claim.close()
  }

  async #claim(port: number): Promise<boolean> {
    const socket = createSocket('udp4')
    const claimed = outcome(socket)
    socket.bind({ port, address: '127.0.0.1', exclusive: true })
    if (!(await claimed)) {
      socket.close()
      return false
    }
    socket.unref()
    this.#claims.push(socket)
    return true
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listening = outcome(server)
  server.listen(port, '0.0.0.0')
  const free = await listening
  if (free) await new Promise(resolve => server.close(resolve))
  return free
}

/** Whether it gets to listen. */
const outcome = (emitter: NodeJS.EventEmitter): Promise<boolean> =>
  new Promise(resolve => emitter.once('listening', () => resolve(true)).once('error', () => resolve(false)))
