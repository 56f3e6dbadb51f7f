import { heartbeat } from '../../../src/core/commands/heartbeat.ts'
import { setInstanceProperties, setInstanceStatus, unregisterInstance } from '../../../src/core/commands/instance.ts'
import type { Command } from '../../../src/core/transaction.ts'
import { type Answer, type CallHooks, call, type Request, type RequestKind } from '../truth/caller.ts'
import type { ItemVersion, ItemWrite } from '../truth/items.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import { bear } from './birth.ts'
import { abandonOverlays, overlayOf } from './overlay.ts'
import { instanceDraft, RULES, register, SCOPE } from './requests.ts'
import { Route, type Routing } from './routes.ts'
import { ServiceFinder } from './service-finder.ts'

export interface ProviderSettings {
  readonly name: string
  readonly routing: Routing
  readonly cluster: number
  readonly service: string
  readonly interval: number
  readonly times: number
  /** Chooses its own instance id. */
  readonly ownId: boolean
  readonly gang: boolean
}

/** Nodes tried for one request before the client waits for its next turn. */
const ATTEMPTS = 3

/** One provider as an SDK keeps it: registers, heartbeats, registers again when nobody knows it. */
export class Provider {
  readonly world: World
  readonly settings: ProviderSettings
  readonly route: Route
  readonly #services: ServiceFinder
  instanceId: string | undefined
  life: Life | undefined
  #generation = 0

  constructor(world: World, settings: ProviderSettings) {
    this.world = world
    this.settings = settings
    this.route = new Route(world, settings.routing, settings.cluster)
    this.#services = new ServiceFinder(world, this.route, settings)
  }

  get registered(): boolean {
    return this.life?.wanted === true
  }

  /** The process begins anew: it chooses, or is given, another instance id. */
  forget(): void {
    this.#letGo()
    this.life = undefined
    this.instanceId = undefined
    this.#services.forget()
  }

  async register(): Promise<void> {
    const { world, settings } = this
    const serviceId = await this.#services.find()
    if (serviceId === undefined) return
    if (this.instanceId === undefined && settings.ownId) {
      this.#generation += 1
      this.instanceId = `${settings.name}x${this.#generation}`
    }
    const born: { life?: Life } = {}
    const { answer } = await this.#send('register', node => {
      const token = world.truth.nextToken()
      const draft = instanceDraft(token, settings.interval, settings.times, this.instanceId)
      const applied = (id: string): void => {
        born.life = this.#born(token, id, node)
      }
      return { command: register(serviceId, draft), hooks: { applied } }
    })
    if (answer.kind === 'refused' && answer.code === 'SERVICE_NOT_FOUND') this.#services.forget()
    if (answer.kind !== 'ok' || born.life === undefined) return
    this.#letGo()
    this.instanceId = answer.value
    this.life = born.life
    world.truth.acknowledged(born.life, world.nowMs)
    this.life.wanted = true
  }

  async heartbeat(): Promise<void> {
    const { world, life, instanceId } = this
    const serviceId = await this.#services.find()
    if (life === undefined || instanceId === undefined || serviceId === undefined) return
    world.counts.heartbeats += 1
    const { answer } = await this.#send('heartbeat', node => ({
      command: heartbeat(SCOPE, serviceId, instanceId),
      hooks: { applied: () => world.truth.heard(life, world.nowMs, node) },
    }))
    // "Does not exist": an SDK registers again.
    if (answer.kind === 'refused' && answer.code === 'INSTANCE_NOT_FOUND') this.#letGo()
  }

  async update(): Promise<void> {
    const { world, life, instanceId } = this
    const serviceId = await this.#services.find()
    if (life === undefined || instanceId === undefined || serviceId === undefined) return
    const token = world.truth.nextToken()
    const part = world.random.pick(['properties', 'status'] as const)
    const item = overlayOf(world, life, part)
    const command =
      part === 'properties'
        ? setInstanceProperties(SCOPE, serviceId, instanceId, { token }, RULES.instances)
        : setInstanceStatus(SCOPE, serviceId, instanceId, token)
    const applied: { write?: ItemWrite } = {}
    const { answer } = await this.#send('update', node => {
      let held: readonly ItemVersion[] = []
      const before = (): void => {
        held = item.eyes.held(node)
      }
      const hooks = {
        before,
        applied: () => {
          const made = item.eyes.held(node).find(each => each.token === token)
          if (made === undefined) throw new Error(`${node.id} has carried out an update, and holds nothing of it`)
          const write = { made, held, node, clusterId: node.center?.replica.directory.cluster }
          item.applied(write)
          // Laid over an earlier registration that this node still knows: it may count for the later one, or not.
          if (item.eyes.applies(node)) applied.write = write
          else item.abandon()
        },
      }
      return { command, hooks }
    })
    if (applied.write !== undefined && answer.kind === 'ok') item.acknowledged(applied.write, world.nowMs)
  }

  /** Answers whether a node has confirmed it. */
  async unregister(): Promise<boolean> {
    const { life, instanceId } = this
    const serviceId = await this.#services.find()
    if (life === undefined || instanceId === undefined || serviceId === undefined) return false
    this.#letGo()
    const command = unregisterInstance(SCOPE, serviceId, instanceId)
    const { answer } = await this.#send('unregister', () => ({ command }))
    return answer.kind === 'ok'
  }

  /** Falls silent without a word. */
  die(): void {
    this.#letGo()
  }

  /** Heartbeats again after silence, and registers again when nobody knows it any more. */
  async wake(): Promise<void> {
    if (this.life === undefined) return
    this.life.wanted = true
    await this.heartbeat()
    if (!this.registered) await this.register()
  }

  /** The registration is over as far as the client is concerned. */
  #letGo(): void {
    if (this.life === undefined) return
    this.life.wanted = false
    abandonOverlays(this.world, this.life)
  }

  /** Tries nodes until one answers. */
  async #send<R>(
    kind: RequestKind,
    attemptAt: (node: SimNode) => { readonly command: Command<R>; readonly hooks?: CallHooks<R> },
  ): Promise<{ readonly node: SimNode; readonly answer: Answer<R> }> {
    for (let attempt = 1; ; attempt++) {
      const node = this.route.next()
      const { settings, life, world } = this
      const request: Request = {
        kind,
        node,
        service: settings.service,
        life,
        balanced: settings.routing === 'balanced',
      }
      const { command, hooks } = attemptAt(node)
      const answer = await call(world, request, command, hooks)
      const served = answer.kind === 'ok' || (answer.kind === 'refused' && !RETRIED.has(answer.code))
      if (served || attempt >= ATTEMPTS) return { node, answer }
      this.route.failed()
    }
  }

  #born(token: string, instanceId: string, node: SimNode): Life {
    const { service, interval, times, gang } = this.settings
    return bear(this.world, { token, instanceId, node, service, interval, times, gang })
  }
}

const RETRIED = new Set(['UNHEALTHY', 'STORE_UNAVAILABLE'])
