import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** The default port of a service center. Some clients fall back to it without a word, so no test may listen there. */
const RESERVED_PORT = 30100

/** Different ports on 127.0.0.1 that were free a moment ago: all are held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports.includes(RESERVED_PORT) ? freePorts(count) : ports
}
