/** Looks at every running node each second: memory, processor time, event loop, traffic by peer and kind. */
import type { HarnessEvent } from '../events.ts'
import type { Fleet } from './fleet.ts'
import { readMetrics } from './metrics.ts'
import type { NodeProcess } from './node-process.ts'

const EVERY_MS = 1_000
const TIMEOUT_MS = 5_000

export class Sampler {
  readonly #fleet: Fleet
  readonly #nowMs: () => number
  readonly #log: (event: HarnessEvent) => void
  readonly #asking = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(fleet: Fleet, nowMs: () => number, log: (event: HarnessEvent) => void) {
    this.#fleet = fleet
    this.#nowMs = nowMs
    this.#log = log
  }

  start(): void {
    this.#timer = setInterval(() => this.#round(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #round(): void {
    this.#log({ k: 'bytes', t: this.#nowMs(), paths: this.#fleet.network.bytes() })
    for (const node of this.#fleet.nodes.values()) {
      const { name } = node.setup.place
      // A node that does not answer is asked once more when that question has ended.
      if (!node.running || this.#asking.has(name)) continue
      this.#asking.add(name)
      this.#sample(node)
        .catch(() => undefined)
        .finally(() => this.#asking.delete(name))
    }
  }

  async #sample(node: NodeProcess): Promise<void> {
    const answer = await fetch(`${node.url}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const metrics = readMetrics(await answer.text())
    const byLabels = (name: string, ...labels: readonly string[]): Record<string, number> =>
      Object.fromEntries(
        metrics
          .filter(metric => metric.name === name)
          .map(({ labels: given, value }) => [labels.map(label => given[label]).join('/'), value]),
      )
    const sent = (name: string, what: string): Record<string, number> =>
      Object.fromEntries(
        metrics
          .filter(metric => metric.name === name && metric.labels.direction === 'out')
          .map(({ labels: { node, kind }, value }) => [`${node}/${kind}/${what}`, value]),
      )
    const single = (name: string): number => metrics.find(metric => metric.name === name)?.value ?? 0
    this.#log({
      ...{ k: 'sample', n: node.setup.place.name, t: this.#nowMs() },
      rss: single('process_resident_memory_bytes'),
      cpuS: single('process_cpu_seconds_total'),
      delay: byLabels('grapevine_event_loop_delay_seconds', 'quantile'),
      traffic: { ...sent('grapevine_peer_bytes_total', 'bytes'), ...sent('grapevine_peer_frames_total', 'frames') },
      queued: Math.max(0, ...Object.values(byLabels('grapevine_peer_queued_bytes', 'node'))),
    })
  }
}
