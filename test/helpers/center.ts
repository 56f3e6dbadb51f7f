import { createHash, randomBytes } from 'node:crypto'
import { type Center, type CenterOptions, createCenter } from '../../src/center/center.ts'
import type { Arrival, Clock, Mesh, Origin, Store } from '../../src/center/ports.ts'
import type { NodeId } from '../../src/core/model.ts'
import type { Outside } from '../../src/core/why/facts.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'

/** Real time. Tests that need another hand in their own. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

const nobody: Mesh = { publish: () => undefined, send: () => false, drop: () => undefined }

export const testNodeId = (): NodeId => `12D3KooWTest${randomBytes(4).toString('hex')}` as NodeId

export interface TestCenterOptions extends Partial<CenterOptions> {
  readonly clock?: Clock
  readonly mesh?: Mesh
  readonly store?: Store
  /** What the store holds. */
  readonly frames?: readonly Uint8Array[]
  readonly outside?: () => Outside
  readonly probed?: (node: NodeId, oneWayMs: number) => void
  readonly origin?: () => Origin | undefined
  readonly arrived?: (arrival: Arrival) => void
}

/** A real center, in memory unless it is given a store, without peers. It is not ticked: leases lapse only where a test ticks it. */
export function startTestCenter(options: TestCenterOptions = {}): Center {
  const node = options.node ?? testNodeId()
  const center = createCenter(
    {
      node,
      name: node,
      label: 'sc1',
      version: '0.0.0-test',
      http: [],
      peersConfigured: false,
      startAloneMs: 10_000,
      unreachable: 'mark',
      hideAfterMs: 0,
      silentNode: 'hide',
      orphanAfterMs: 24 * 60 * 60 * 1000,
      ...options,
    },
    {
      clock: options.clock ?? systemClock,
      random: { hex: bytes => randomBytes(bytes).toString('hex'), fraction: Math.random },
      mesh: options.mesh ?? nobody,
      store: options.store ?? new MemoryStore(),
      digests: {
        sha1: text => createHash('sha1').update(text).digest('hex'),
        sha256: text => createHash('sha256').update(text).digest('hex'),
      },
      log: () => undefined,
      ...(options.outside === undefined ? {} : { outside: options.outside }),
      ...(options.probed === undefined ? {} : { probed: options.probed }),
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      ...(options.arrived === undefined ? {} : { arrived: options.arrived }),
    },
  )
  for (const frame of options.frames ?? []) center.restore(frame)
  center.begin()
  return center
}

/** Gives one center everything that another holds, as a repair between them would. */
export function learn(from: Center, to: Center): void {
  for (const frame of from.snapshot()) to.restore(frame)
}
