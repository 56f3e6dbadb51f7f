// A provider: serves HTTP, registers itself, sends heartbeats, and unregisters when it is told to stop.
//
//   node examples/provider.ts http://127.0.0.1:30100 one
import { once } from 'node:events'
import { createServer } from 'node:http'
import { hostname } from 'node:os'

const [center = 'http://127.0.0.1:30100', name = 'one'] = process.argv.slice(2)
const registry = `${center}/v4/default/registry`
const heartbeatSeconds = Number(process.env.HEARTBEAT_SECONDS ?? 30)

const server = createServer((_, response) => response.end(`hello from ${name}`)).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as { port: number }

async function post(path: string, body: object) {
  const answer = await fetch(registry + path, { method: 'POST', body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

/** Registering a service that exists answers its id, so a provider need not know whether it is the first. */
async function register(): Promise<string> {
  const { serviceId } = await post('/microservices', { service: { serviceName: 'greeter', version: '1.0.0' } })
  const { instanceId } = await post(`/microservices/${serviceId}/instances`, {
    instance: {
      hostName: hostname(),
      endpoints: [`rest://127.0.0.1:${port}`],
      healthCheck: { mode: 'push', interval: heartbeatSeconds, times: 3 },
    },
  })
  console.log(`registered http://127.0.0.1:${port} as ${instanceId}`)
  return `${registry}/microservices/${serviceId}/instances/${instanceId}`
}

let instance = await register()

setInterval(async () => {
  try {
    const { status } = await fetch(`${instance}/heartbeat`, { method: 'PUT' })
    if (status === 400) instance = await register() // the registry does not know this instance: it was away too long
  } catch (error) {
    console.log(`the registry cannot be reached, trying again: ${error}`)
  }
}, heartbeatSeconds * 1000)

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    await fetch(instance, { method: 'DELETE' }).catch(() => {})
    process.exit(0)
  })
}
