import { createHash, randomBytes } from 'node:crypto'
import type { ClusterId, Epoch, NodeId } from '../../src/core/model.ts'
import { Replica, type ReplicaOptions, type Ticked } from '../../src/core/replica.ts'
import type { Command } from '../../src/core/transaction.ts'
import type { Write } from '../../src/core/wire.ts'

export const CLUSTER = '00112233445566ff' as ClusterId

const sha = (kind: string) => (data: string | Uint8Array) => createHash(kind).update(data).digest('hex')
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

export interface TestReplica {
  readonly replica: Replica
  /** Runs a command and answers what it wrote. */
  readonly run: (command: Command<unknown>) => readonly Write[]
  readonly learn: (writes: readonly Write[]) => void
  readonly introduce: () => readonly Write[]
  /** Lets this much time pass at once, and ticks. */
  readonly tick: (ms: number) => Ticked
  /** Its monotonic clock. */
  readonly nowMs: () => number
}

/** A replica of one cluster, without a driver, whose wall clock says this. */
export const startReplica = (node: string, wallMs: number, options: Partial<ReplicaOptions> = {}): TestReplica => {
  let now = { wallMs, monotonicMs: 1 }
  const replica = new Replica(
    {
      node: node as NodeId,
      epoch: hex(8) as Epoch,
      cluster: CLUSTER,
      policy: 'mark',
      reachability: { silentNode: 'hide', hideAfterMs: 0 },
      startedAt: now,
      orphanAfterMs: 86_400_000,
      awaitPeersMs: 0,
      ...options,
    },
    { digests: { sha1: sha('sha1'), sha256: sha('sha256') }, hex },
  )
  const itself = { name: node, label: 'sc1', version: '1', http: [], diskless: false }
  return {
    replica,
    run: command => replica.execute(command, now).outcome.writes,
    learn: writes => void replica.merge(writes, now),
    introduce: () => replica.introduce({ ...itself, proxies: [], proxyNames: [], severed: [] }, now).writes,
    tick: ms => {
      now = { wallMs: now.wallMs + ms, monotonicMs: now.monotonicMs + ms }
      return replica.tick(now)
    },
    nowMs: () => now.monotonicMs,
  }
}
