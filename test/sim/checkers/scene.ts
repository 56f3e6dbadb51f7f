import type { Entry } from '../../../src/core/entry.ts'
import type { Group } from '../../../src/core/group.ts'
import type { NodeId, Sid } from '../../../src/core/model.ts'
import { readInstance, unpackInstance } from '../../../src/core/records.ts'
import { deriveSid } from '../../../src/core/transaction.ts'
import type { InstanceView } from '../../../src/core/view.ts'
import type { Packed } from '../../../src/core/wire.ts'
import { keyOf } from '../clients/requests.ts'
import type { Plan } from '../plan/plan.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import type { CheckerName } from './verdicts.ts'

/** What a node without anything has to be sent, at most. */
const CATALOG_BYTES = 50_000
/** After a full disk takes frames again the log is written anew within this. */
const REWRITTEN_MS = 3_000

/** What checkers share: the world, the plan's bounds, and eyes for what a node shows. */
export class Scene {
  readonly world: World
  readonly plan: Plan
  /** One propagation along any path, also when only repair works. */
  readonly propagationMs: number
  readonly #sids = new Map<string, Sid>()
  readonly #tokens = new Map<Packed, string>()

  constructor(world: World, plan: Plan) {
    this.world = world
    this.plan = plan
    const delays = plan.topology.links.map(link => link.delayMs + link.jitterMs)
    const slowest = Math.max(0, ...delays)
    // A beat reveals a gap after a second; each hop is a repair of a few crossings, and two for each further slice.
    const crossings = 12 + 2 * Math.floor(CATALOG_BYTES / plan.sliceBytes)
    this.propagationMs = 2_500 + plan.topology.diameter * (1_000 + crossings * slowest)
  }

  get nowMs(): number {
    return this.world.nowMs
  }

  premise(checker: CheckerName, times = 1): void {
    this.world.verdicts.premise(checker, times)
  }

  check(checker: CheckerName, ok: boolean, text: () => string): void {
    this.world.verdicts.check(checker, ok, text)
  }

  violation(checker: CheckerName, text: string): void {
    this.world.verdicts.violation(checker, text)
  }

  sid(service: string): Sid {
    let sid = this.#sids.get(service)
    if (sid === undefined) {
      sid = deriveSid(this.world.digests, keyOf(service))
      this.#sids.set(service, sid)
    }
    return sid
  }

  group(node: SimNode, service: string): Group | undefined {
    return node.center?.replica.directory.groups.get(this.sid(service))
  }

  /** What readers at this node see under an instance id. */
  shown(node: SimNode, service: string, instanceId: string): Entry | undefined {
    return this.group(node, service)?.instance(instanceId)
  }

  /** Which registration it is: the host name of a simulated provider. */
  token(instance: InstanceView | undefined): string | undefined {
    const face = (instance as Entry | undefined)?.face
    return face === undefined ? undefined : this.tokenOf(face.registration.value)
  }

  tokenOf(value: Packed): string | undefined {
    let token = this.#tokens.get(value)
    if (token === undefined) {
      const record = readInstance(value)
      if (record === undefined) return undefined
      token = unpackInstance(record.instance).hostName
      this.#tokens.set(value, token)
    }
    return token
  }

  node(id: NodeId | undefined): SimNode | undefined {
    return id === undefined ? undefined : this.world.byId(id)
  }

  /** Both have been connected by a steady path for this long. */
  linkedFor(a: SimNode, b: SimNode, ms: number): boolean {
    return this.world.reach.since(a, b) <= this.nowMs - ms
  }

  /** There and back over the link between two nodes, at most. */
  roundTripMs(a: SimNode, b: SimNode): number {
    const link = this.world.network.between(a, b)
    return link === undefined ? Number.POSITIVE_INFINITY : 2 * (link.delayMs + link.jitterMs)
  }

  /** What came to it from others while its disk was full is lost with its process, until the log has been written whole. */
  isInMemoryOnly({ disk }: SimNode): boolean {
    return disk === undefined || disk.full || this.nowMs - disk.fullUntilMs < REWRITTEN_MS
  }

  running(): SimNode[] {
    return this.world.nodes.filter(node => node.running)
  }

  /** Its heartbeats have come on time for `ms`, or since it was registered. */
  isOnTime(life: Life, ms: number): boolean {
    if (!life.wanted || life.acknowledgedAtMs === undefined || life.replacedAtMs !== undefined) return false
    const sinceMs = this.nowMs - ms
    const gapMs = life.intervalMs * 1.5
    let atMs = this.nowMs
    for (let i = life.heard.length - 1; i >= 0; i--) {
      const heard = life.heard[i]
      if (heard === undefined || atMs - heard.atMs > gapMs) return false
      atMs = heard.atMs
      if (atMs <= sinceMs) return true
    }
    return life.bornAtMs >= sinceMs
  }

  /** Nodes that heard it within the last `ms`, the one that registered it among them when that is not longer ago. */
  hearers(life: Life, ms: number): Set<SimNode> {
    const hearers = new Set<SimNode>()
    for (const { atMs, node } of life.heard) if (atMs >= this.nowMs - ms) hearers.add(node)
    return hearers
  }

  describe(life: Life): string {
    const { token, instanceId, service, cluster, bornAt, bornAtMs } = life
    return `${token} (${service}/${instanceId} of cluster ${cluster}, born at ${bornAt.id} ${seconds(bornAtMs)})`
  }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`
