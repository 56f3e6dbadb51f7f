/** How long a node takes from the start of its process to the answer that was waited for. */
import type { Fleet, NodeOptions, NodeProcess } from '../../test/helpers/process.ts'
import { until } from '../../test/helpers/until.ts'
import { cpuMs } from './measure.ts'

const DEADLINE_MS = 120_000

export interface Started {
  readonly node: NodeProcess
  readonly tookMs: number
  readonly cpuMs: number
}

/** `serviceName`: waits until all of its instances are found; without it, until the node is ready. */
export async function startAndTime(
  fleet: Fleet,
  options: NodeOptions,
  serviceName?: string,
  instances = 0,
): Promise<Started> {
  const startedMs = performance.now()
  const node = fleet.node(options)
  if (serviceName === undefined) await node.ready()
  else {
    await until(`${serviceName} is found`, DEADLINE_MS, async () => {
      const found = await node.registry.ids(serviceName).catch(() => [])
      return found.length === instances
    })
  }
  return { node, tookMs: performance.now() - startedMs, cpuMs: cpuMs(node.pid) }
}
