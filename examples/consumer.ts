// A consumer: looks a service up in its own cluster's registry, calls whatever it finds, and keeps watching.
//
//   node examples/consumer.ts http://127.0.0.1:30100
import { setTimeout as pause } from 'node:timers/promises'

const [center = 'http://127.0.0.1:30100', wanted = 'greeter'] = process.argv.slice(2)
const registry = `${center}/v4/default/registry`

// Who asks: the registry remembers what a consumer looked for, and tells it when that changes.
const registration = await fetch(`${registry}/microservices`, {
  method: 'POST',
  body: JSON.stringify({ service: { serviceName: 'greeter-consumer', version: '1.0.0' } }),
})
const { serviceId } = await registration.json()

/** Instance id → address. */
const providers = new Map<string, string>()

function found(instance: { instanceId: string; endpoints: string[] }) {
  const address = instance.endpoints[0]?.replace('rest:', 'http:') ?? ''
  if (!providers.has(instance.instanceId)) console.log(`found ${address}`)
  providers.set(instance.instanceId, address)
}

function gone(instanceId: string) {
  if (providers.has(instanceId)) console.log(`gone ${providers.get(instanceId)}`)
  providers.delete(instanceId)
}

async function refresh() {
  const answer = await fetch(`${registry}/instances?appId=default&serviceName=${wanted}`, {
    headers: { 'X-ConsumerId': serviceId },
  })
  if (!answer.ok) return // nobody has registered the service yet, or the registry is not whole yet
  const { instances = [] } = await answer.json()
  const ids = new Set(instances.map((instance: { instanceId: string }) => instance.instanceId))
  for (const instanceId of providers.keys()) if (!ids.has(instanceId)) gone(instanceId)
  instances.forEach(found)
}

/** Changes arrive as they happen; after every (re)connection the list is asked for, so nothing in between is missed. */
function watch() {
  const socket = new WebSocket(`${registry.replace('http', 'ws')}/microservices/${serviceId}/watcher`)
  socket.onopen = () => refresh().catch(() => {})
  socket.onmessage = ({ data }) => {
    const { action, instance } = JSON.parse(data)
    if (action === 'DELETE') gone(instance.instanceId)
    else found(instance)
  }
  socket.onclose = () => setTimeout(watch, 1000)
}

watch()
for (;;) {
  if (providers.size === 0) await refresh().catch(() => {})
  for (const address of providers.values()) {
    const answer = await fetch(address).then(
      response => response.text(),
      () => 'no answer',
    )
    console.log(`${address} answers: ${answer}`)
  }
  await pause(500)
}
