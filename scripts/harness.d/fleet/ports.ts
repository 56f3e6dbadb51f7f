/** Ports on which nodes listen. A killed node must get its own back, so they lie below those that connections draw from. */
import { once } from 'node:events'
import { createServer } from 'node:net'

const LOWEST = 20_000
/** Linux draws local ports of connections from 32768 on. */
const HIGHEST = 32_000
/** The default port of a service center: bystanders may look there. */
const RESERVED = 30_100
const TRIES_MAX = 2_000

export class Ports {
  readonly #given = new Set<number>([RESERVED])

  /** A port that is free now, and is given out once. */
  async next(): Promise<number> {
    for (let i = 0; i < TRIES_MAX; i++) {
      const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
      if (this.#given.has(port)) continue
      this.#given.add(port)
      if (await isFree(port)) return port
    }
    throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`)
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const outcome = Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)])
  server.listen(port, '0.0.0.0')
  const free = await outcome
  if (free) await new Promise(resolve => server.close(resolve))
  return free
}
