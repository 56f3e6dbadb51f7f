import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Where ports of tests come from: below the range from which Linux takes the own port of an outgoing connection (32768 on),
 * which may be in use by the time a node wants to listen there, and below 30100, the default port of a service center, to
 * which some clients fall back without a word.
 */
const FIRST_PORT = 12_000
const LAST_PORT = 29_999
const TRIES_MAX = 100

/** Different ports on 127.0.0.1 that were free a moment ago: all are held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { readonly port: number; readonly server: Server }[] = []
  while (held.length < count) held.push(await hold(TRIES_MAX))
  await Promise.all(held.map(({ server }) => new Promise(resolve => server.close(resolve))))
  return held.map(({ port }) => port)
}

/** Drawn at random, because test files run side by side. */
async function hold(triesLeft: number): Promise<{ readonly port: number; readonly server: Server }> {
  const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1))
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return { port, server }
  } catch (error) {
    if (triesLeft === 1) throw error
    return hold(triesLeft - 1)
  }
}
