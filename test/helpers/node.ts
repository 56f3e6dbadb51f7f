import type { AddressInfo } from 'node:net'
import type { ApiDeps, ApiMetrics } from '../../src/api/deps.ts'
import { type ApiOptions, DEFAULT_API_OPTIONS } from '../../src/api/options.ts'
import { createApi } from '../../src/api/server.ts'
import { createSelf } from '../../src/api/servicecomb/self.ts'
import { type Center, type CenterOptions, TICK_MS } from '../../src/center/center.ts'
import type { Identity } from '../../src/center/ports.ts'
import type { NodeId } from '../../src/core/model.ts'
import { startTestCenter, systemClock, testNodeId } from './center.ts'

export interface TestNode {
  readonly url: string
  readonly catalog: Center
  readonly refused: readonly string[]
  close(): Promise<void>
}

export const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A whole node without peers, disk or mesh: its API listens on a free port of the loopback interface. */
export async function startTestNode(
  options: Partial<ApiOptions> = {},
  deps: Partial<ApiDeps> = {},
  center: Partial<CenterOptions> = {},
): Promise<TestNode> {
  const clock = deps.clock ?? systemClock
  const node = testNodeId()
  const catalog = startTestCenter({ node, clock, ...center })
  const ticking = setInterval(() => catalog.tick(), TICK_MS)
  const refused: string[] = []
  const apiOptions = { version: '0.0.0-test', ...DEFAULT_API_OPTIONS, ...options }
  const app = createApi(
    {
      catalog,
      insight: catalog.insight,
      identity: () => identityOf(catalog, node),
      log: { ...silentLog, error: (fields, message) => console.error(message, fields) },
      metrics: metrics(refused),
      clock,
      isPeer: () => false,
      ...deps,
    },
    apiOptions,
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const self = createSelf(
    {
      node,
      hostName: 'localhost',
      endpoints: [`rest://127.0.0.1:${port}/`],
      environment: apiOptions.environment,
      instances: apiOptions.instances,
    },
    { catalog, clock, log: silentLog },
  )
  await self.start()
  return {
    url: `http://127.0.0.1:${port}`,
    catalog,
    refused,
    close: async () => {
      await self.stop()
      await app.close()
      clearInterval(ticking)
      catalog.leave()
    },
  }
}

const identityOf = (catalog: Center, node: NodeId): Identity => {
  const { clusterId, cluster } = catalog.status()
  return { node, clusterId, cluster, gossip: [], members: [node] }
}

const metrics = (refused: string[]): ApiMetrics => ({
  scrape: async () => '# HELP service_center_up Whether the node runs.\nservice_center_up 1\n',
  answers: () => () => undefined,
  rendered: () => undefined,
  refused: limit => void refused.push(limit),
  sockets: () => undefined,
})
