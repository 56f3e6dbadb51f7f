import assert from 'node:assert/strict'
import { heartbeat } from '../../src/core/commands/heartbeat.ts'
import { registerInstance, unregisterInstance } from '../../src/core/commands/instance.ts'
import type { InstanceDraft } from '../../src/core/commands/instance-draft.ts'
import { deleteService, registerService } from '../../src/core/commands/service.ts'
import type { NodeId } from '../../src/core/model.ts'
import type { Command } from '../../src/core/transaction.ts'
import { instanceDraft, RULES, SCOPE, serviceDraft } from '../sim/clients/requests.ts'
import { kill } from '../sim/faults/process-faults.ts'
import { type Answer, call } from '../sim/truth/caller.ts'
import { Link } from '../sim/world/link.ts'
import type { NodeOptions, SimNode } from '../sim/world/node.ts'
import { Readers, sidOf } from './readers.ts'

const WALL_MS = 1_800_000_000_000
const DELAY_MS = 2
/** Within this, a round of repair has ended at least once: they come every 30 s or so. */
export const REPAIR_MS = 40_000
/** Of a scene: minutes of virtual time take a second or two of a machine that is not busy. */
export const TIMEOUT_MS = 60_000

export interface NodeWish extends Partial<NodeOptions> {
  readonly durable?: boolean
  /** Its wall clock against everybody else's. */
  readonly aheadMs?: number
}

export interface LinkWish {
  readonly delayMs?: number
  /** Clusters of their own, although their labels agree: otherwise that makes them siblings. */
  readonly foreign?: boolean
  /** The second node knows nothing of the first, which dials it. */
  readonly oneSided?: boolean
}

export interface InstanceWish {
  readonly id?: string
  readonly host?: string
  /** Seconds. */
  readonly interval?: number
  readonly times?: number
  /** What becomes of a living registration of the same id; `replace` when absent. */
  readonly reregister?: 'renew' | 'replace'
  readonly more?: Partial<InstanceDraft>
}

/** A heartbeat that goes on until somebody stops it. */
export interface Beating {
  at: SimNode
  /** Answers other than success, by code or kind. */
  readonly refusals: string[]
  stop(): void
}

/** Production centers in virtual time, played by hand: one scene of the museum. */
export class Stage extends Readers {
  /** A node that runs from now on. */
  node(name: string, label: string, wish: NodeWish = {}): SimNode {
    const { durable = true, aheadMs = 0, ...options } = wish
    const node = this.world.addNode({
      id: name as NodeId,
      cluster: Number(label.replace(/\D/g, '')),
      machine: { wallAtZeroMs: Math.max(0, WALL_MS + aheadMs), rate: 1 },
      durable,
      options: {
        label,
        peersConfigured: true,
        startAloneMs: 10_000,
        unreachable: 'mark',
        hideAfterMs: 0,
        silentNode: 'hide',
        orphanAfterMs: 24 * 3_600_000,
        ...options,
      },
    })
    node.start()
    return node
  }

  link(a: SimNode, b: SimNode, { delayMs = DELAY_MS, foreign = false, oneSided = false }: LinkWish = {}): Link {
    const role = a.cluster === b.cluster && !foreign ? 'sibling' : 'foreign'
    const nameOf = (other: SimNode): string | undefined => (role === 'sibling' ? undefined : `sc${other.cluster}`)
    const link = new Link(
      [
        { node: a, role, configuredName: nameOf(b) },
        oneSided
          ? { node: b, role: 'unknown', configuredName: undefined }
          : { node: b, role, configuredName: nameOf(a) },
      ],
      delayMs,
      0,
    )
    this.world.network.add(link)
    return link
  }

  /** Every node with every other. */
  async mesh(...nodes: readonly SimNode[]): Promise<void> {
    for (const [i, a] of nodes.entries()) for (const b of nodes.slice(i + 1)) this.link(a, b)
    await this.run(3_000)
  }

  run(ms: number): Promise<void> {
    return this.world.run(ms)
  }

  /** Lets time pass and holds something against every moment of it. */
  async always(ms: number, check: () => void, everyMs = 100): Promise<void> {
    for (const untilMs = this.world.nowMs + ms; this.world.nowMs < untilMs; ) {
      check()
      await this.run(everyMs)
    }
    check()
  }

  /** Lets time pass until something holds; how long it took. */
  async until(what: string, withinMs: number, holds: () => boolean): Promise<number> {
    const startMs = this.world.nowMs
    while (!holds()) {
      assert.ok(this.world.nowMs - startMs <= withinMs, `not within ${withinMs} ms: ${what}`)
      await this.run(20)
    }
    return this.world.nowMs - startMs
  }

  // --- clients ----------------------------------------------------------------------------------------------------------

  /** One request as a client sends it; its answer, whatever it is. */
  async ask<R>(node: SimNode, command: Command<R>): Promise<Answer<R>> {
    const given: { answer?: Answer<R> } = {}
    this.world.spawn(async () => {
      given.answer = await call(this.world, { kind: 'update', node, service: '' }, command)
    })
    while (given.answer === undefined) await this.run(1)
    return given.answer
  }

  /** One request that has to succeed. */
  async do<R>(node: SimNode, command: Command<R>): Promise<R> {
    const answer = await this.ask(node, command)
    assert.ok(answer.kind === 'ok', `${node.id} answered ${JSON.stringify(answer)}`)
    return answer.value
  }

  async service(node: SimNode, name: string): Promise<string> {
    return (await this.do(node, registerService(SCOPE, serviceDraft(name), RULES))).id
  }

  async register(node: SimNode, service: string, wish: InstanceWish = {}): Promise<string> {
    const { id, host = 'host', interval = 2, times = 3, reregister = 'replace', more = {} } = wish
    const draft = { ...instanceDraft(host, interval, times, id), ...more }
    const rules = { ...RULES, instances: { ...RULES.instances, reregister } }
    return this.do(node, registerInstance(SCOPE, sidOf(service), draft, rules))
  }

  unregister(node: SimNode, service: string, instanceId: string): Promise<Answer<void>> {
    return this.ask(node, unregisterInstance(SCOPE, sidOf(service), instanceId))
  }

  /** Deletes a service with all that belongs to it. */
  remove(node: SimNode, service: string): Promise<void> {
    return this.do(node, deleteService(SCOPE, sidOf(service), true))
  }

  heartbeat(node: SimNode, service: string, instanceId: string): Promise<Answer<void>> {
    return this.ask(node, heartbeat(SCOPE, sidOf(service), instanceId))
  }

  /** A client that heartbeats every so often, at a node that may change. */
  beat(at: SimNode, service: string, instanceId: string, everyMs = 2_000): Beating {
    let on = true
    const beating: Beating = {
      at,
      refusals: [],
      stop: () => {
        on = false
      },
    }
    this.world.spawn(async () => {
      for (await this.world.sleep(everyMs); on; await this.world.sleep(everyMs)) {
        const request = { kind: 'heartbeat', node: beating.at, service } as const
        const answer = await call(this.world, request, heartbeat(SCOPE, sidOf(service), instanceId))
        if (answer.kind !== 'ok') beating.refusals.push(answer.kind === 'refused' ? answer.code : answer.kind)
      }
    })
    return beating
  }

  // --- what goes wrong --------------------------------------------------------------------------------------------------

  /** `silently`: its machine is off, and nobody is told. */
  kill(node: SimNode, silently = false): void {
    kill(this.world, node, !silently)
  }

  cut(a: SimNode, b: SimNode): void {
    const link = this.#between(a, b)
    for (const { node } of link.ends) this.world.network.cut(link, node)
  }

  heal(a: SimNode, b: SimNode): void {
    this.world.network.heal(this.#between(a, b))
  }

  /** Cuts, or heals, a node off from everybody. */
  isolate(node: SimNode): void {
    for (const link of this.world.network.linksOf(node)) this.cut(node, link.other(node))
  }

  rejoin(node: SimNode): void {
    for (const link of this.world.network.linksOf(node)) this.heal(node, link.other(node))
  }

  /** Nothing may have thrown where the production code must not. */
  ended(): void {
    assert.deepEqual(this.world.verdicts.violations, [])
  }

  #between(a: SimNode, b: SimNode): Link {
    const link = this.world.network.between(a, b)
    assert.ok(link, `${a.id} and ${b.id} are not linked`)
    return link
  }
}

/** A new stage for each test of the surrounding suite. */
export function eachStage(): { readonly stage: Stage } {
  const holder = { stage: new Stage() }
  beforeEach(() => {
    holder.stage = new Stage()
  })
  afterEach(() => holder.stage.ended())
  return holder
}
