/**
 * What the owner of a node without the mesh key does beside running it: registers instances there, of services that the
 * others have too, and opens connections to the victim that say nothing, or nonsense. It goes on until it is ended.
 *
 *   node scripts/harness.d/attack/stranger.ts OWN-URL VICTIM-HOST:PORT SERVICE…
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Registry } from '../../../test/helpers/registry.ts'
import { until } from '../../../test/helpers/until.ts'

const START_DEADLINE_MS = 60_000
const HEARTBEAT_MS = 10_000
const HEARTBEAT_S = 30
/** Open at the same time; the oldest is dropped for each new one. */
const SOCKETS_MAX = 300
const BETWEEN_MS = 20

const [url = '', victim = '', ...services] = process.argv.slice(2)
const [host = '', port = ''] = victim.split(':')

async function register(registry: Registry): Promise<void> {
  for (const service of services) {
    const sid = await until('the stranger serves', START_DEADLINE_MS, () => registry.service(service))
    const iid = await registry.instance(sid, { instanceId: `stranger-${service}`, interval: HEARTBEAT_S })
    setInterval(() => void registry.heartbeat(sid, iid).catch(() => undefined), HEARTBEAT_MS)
  }
}

async function besiege(): Promise<void> {
  const sockets: Socket[] = []
  for (let i = 0; ; i++) {
    const socket = connect(Number(port), host)
    socket.on('error', () => undefined)
    if (i % 2 === 1) socket.on('connect', () => socket.write(randomBytes(200)))
    sockets.push(socket)
    if (sockets.length > SOCKETS_MAX) sockets.shift()?.destroy()
    await pause(BETWEEN_MS)
  }
}

process.on('disconnect', () => process.exit())
await register(new Registry(url))
process.send?.('begun')
await besiege()
