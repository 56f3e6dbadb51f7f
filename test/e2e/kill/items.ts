import assert from 'node:assert/strict'
import type { Registry } from '../../helpers/registry.ts'

/** What a node answers of an item: undefined where it is not there. */
export type State = string | undefined

/** One thing at a node that one client alone changes, a request at a time. */
export interface Item {
  readonly name: string
  /** A request that makes it `to`. Rejects where the node does not answer 200. */
  write(registry: Registry, from: State, to: State): Promise<unknown>
}

/** Long enough that no lease ends while a node is away. */
const INTERVAL_S = 3_600

/** An instance: its state is a property of it. */
export const instanceItem = (sid: string, instanceId: string): Item => {
  const path = `/microservices/${sid}/instances`
  return {
    name: `instance ${instanceId}`,
    write: (registry, from, to) => {
      if (to === undefined) return registry.call('DELETE', `${path}/${instanceId}`)
      const properties = { token: to }
      if (from !== undefined) return registry.call('PUT', `${path}/${instanceId}/properties`, { properties })
      const healthCheck = { mode: 'push', interval: INTERVAL_S, times: 3 }
      return registry.call('POST', path, { instance: { instanceId, hostName: 'host', properties, healthCheck } })
    },
  }
}

/** The only tag of a service: registering it replaces all. */
export const tagItem = (sid: string, tag: string): Item => ({
  name: `tag ${tag}`,
  write: (registry, from, to) => {
    const path = `/microservices/${sid}/tags`
    if (to === undefined) return registry.call('DELETE', `${path}/${tag}`)
    if (from !== undefined) return registry.call('PUT', `${path}/${tag}?value=${to}`)
    return registry.call('POST', path, { tags: { [tag]: to } })
  },
})

/** A service of its own: its state is its description. */
export const serviceItem = (serviceName: string): Item => {
  const serviceId = `id-of-${serviceName}`
  return {
    name: `service ${serviceName}`,
    write: (registry, from, to) => {
      if (to === undefined) return registry.call('DELETE', `/microservices/${serviceId}?force=1`)
      if (from !== undefined) {
        return registry.call('PUT', `/microservices/${serviceId}/properties`, { properties: { token: to } })
      }
      const service = { serviceId, appId: 'default', serviceName, version: '1.0.0', properties: { token: to } }
      return registry.call('POST', '/microservices', { service })
    },
  }
}

interface Tokened {
  readonly properties?: Readonly<Record<string, string>>
}

const tokenOf = ({ properties }: Tokened): State => properties?.token

/** Everything that a node answers, by the names of items. */
export async function readAll(registry: Registry, service: string, sid: string): Promise<ReadonlyMap<string, State>> {
  type Found = { readonly instances?: readonly (Tokened & { readonly instanceId: string })[] }
  type Listed = { readonly services?: readonly (Tokened & { readonly serviceName: string })[] }
  const found = await registry.call<Found>('GET', `/instances?appId=default&serviceName=${service}`)
  const { tags = {} } = await registry.call<{ tags?: Record<string, string> }>('GET', `/microservices/${sid}/tags`)
  const { services = [] } = await registry.call<Listed>('GET', '/microservices')
  assert.ok(
    services.some(({ serviceName }) => serviceName === service),
    `${service} is lost`,
  )
  return new Map([
    ...(found.instances ?? []).map(each => [`instance ${each.instanceId}`, tokenOf(each)] as const),
    ...Object.entries(tags).map(([tag, value]) => [`tag ${tag}`, value] as const),
    ...services.map(each => [`service ${each.serviceName}`, tokenOf(each)] as const),
  ])
}
