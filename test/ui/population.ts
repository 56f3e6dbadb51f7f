import type { Registry } from '../helpers/registry.ts'
import { CONTRACT } from './contract.ts'

const NOUNS =
  'order cart payment stock invoice customer price review search media mail shipment return coupon report'.split(' ')
const ROLES = 'api worker cache index export import audit sync gateway batch'.split(' ')
const APPS = ['shop', 'billing', 'logistics', 'insight']
const ENVIRONMENTS = ['production', 'production', 'acceptance', 'development']
const STATES = ['UP', 'UP', 'UP', 'UP', 'UP', 'UP', 'UP', 'STARTING', 'UP', 'TESTING']
/** Nobody heartbeats here, so leases outlive the session. */
const INTERVAL_SECONDS = 900
const CONCURRENCY = 4

interface Bulk {
  readonly services: number
  readonly instancesPerService: number
  /** Part of every host name and, in names of services, where two clusters shall not have the same. */
  readonly place: string
}

const ofList = <T>(list: readonly T[], i: number): T => list[i % list.length] as T

export const instanceOf = (place: string, i: number, j: number, status = 'UP') => ({
  hostName: `${place}-host-${i}-${j}`,
  status,
  endpoints: [`rest://10.${i >> 8}.${i & 255}.${j}:8080`, `highway://10.${i >> 8}.${i & 255}.${j}:7070`],
  properties: { zone: `${place}-${'abc'[j % 3]}`, build: `2026.11.${(i % 20) + 1}` },
  healthCheck: { mode: 'push', interval: INTERVAL_SECONDS, times: 3 },
  dataCenterInfo: { name: place, region: 'north', availableZone: `${place}-${'abc'[j % 3]}` },
})

/** Registers many services, each with all its instances in one request. */
export async function populate(registry: Registry, { services, instancesPerService, place }: Bulk): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < services) {
      const i = next++
      const series = Math.floor(i / (NOUNS.length * ROLES.length))
      const service = {
        serviceName: `${ofList(NOUNS, i)}-${ofList(ROLES, Math.floor(i / NOUNS.length))}${series === 0 ? '' : `-${series}`}`,
        appId: ofList(APPS, i),
        environment: ofList(ENVIRONMENTS, Math.floor(i / 7)),
        version: `1.${i % 3}.${i % 5}`,
        framework: { name: 'servicecomb-java-chassis', version: '3.3.0' },
        properties: { owner: `team-${i % 9}` },
      }
      const instances = Array.from({ length: instancesPerService }, (_, j) => {
        return { instance: instanceOf(place, i, j, ofList(STATES, i + j * 3)) }.instance
      })
      await registry.call('POST', '/microservices', { service, instances })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}

export interface Story {
  readonly checkout: string
  readonly ledger: string
  readonly instances: readonly string[]
}

/** A few services with everything that a service may have: contracts, tags, versions, dependencies over both clusters. */
export async function tellStory(one: Registry, two: Registry, token?: string): Promise<Story> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const service = async (at: Registry, serviceName: string, version = '2.4.0', more: object = {}): Promise<string> => {
    const body = { service: { serviceName, version, appId: 'shop', environment: 'production', ...more } }
    return (await at.call<{ serviceId: string }>('POST', '/microservices', body, headers)).serviceId
  }
  const instance = async (at: Registry, sid: string, place: string, j: number): Promise<string> => {
    const body = { instance: instanceOf(place, 7, j) }
    const path = `/microservices/${sid}/instances`
    return (await at.call<{ instanceId: string }>('POST', path, body, headers)).instanceId
  }
  await service(one, 'checkout', '2.3.1')
  const checkout = await service(one, 'checkout', '2.4.0', {
    description: 'Turns a cart into an order: prices, payment, reservation of stock.',
    framework: { name: 'servicecomb-java-chassis', version: '3.3.0' },
    properties: { owner: 'team-checkout', runbook: 'https://wiki.example/checkout' },
    schemas: ['CheckoutApi', 'CheckoutAdmin'],
  })
  const put = { schema: CONTRACT, summary: 'f3a1b2c4d5e6f7a8b9c0' }
  await one.call('PUT', `/microservices/${checkout}/schemas/CheckoutApi`, put, headers)
  const tags = { tags: { tier: 'gold', owner: 'team-checkout' } }
  await one.call('POST', `/microservices/${checkout}/tags`, tags, headers)
  await service(two, 'checkout', '2.4.0')
  const ledger = await service(two, 'ledger', '1.9.0')
  const web = await service(one, 'storefront', '5.0.2')
  const stock = await service(one, 'stock', '3.1.0')
  const instances: string[] = []
  for (let j = 0; j < 3; j++) instances.push(await instance(one, checkout, 'sc1', j))
  await instance(two, checkout, 'sc2', 4)
  for (let j = 0; j < 2; j++) await instance(two, ledger, 'sc2', j)
  await instance(one, web, 'sc1', 5)
  await instance(one, stock, 'sc1', 6)
  const key = (serviceName: string) => ({ serviceName, appId: 'shop', environment: 'production', version: '0+' })
  const uses = async (sid: string, name: string, version: string, providers: readonly string[]): Promise<void> => {
    const consumer = { ...key(name), version }
    const dependencies = [{ consumer, providers: providers.map(key) }]
    await one.call('PUT', '/dependencies', { dependencies }, { ...headers, 'x-consumerid': sid })
  }
  await uses(checkout, 'checkout', '2.4.0', ['ledger', 'stock', 'loyalty'])
  await uses(web, 'storefront', '5.0.2', ['checkout'])
  return { checkout, ledger, instances }
}
