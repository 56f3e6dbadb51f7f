import { registerService } from '../../../src/core/commands/service.ts'
import { serviceExists } from '../../../src/core/queries/existence.ts'
import { deriveSid } from '../../../src/core/transaction.ts'
import { ask, call } from '../truth/caller.ts'
import type { World } from '../world/world.ts'
import { keyOf, RULES, SCOPE, serviceDraft } from './requests.ts'
import type { Route } from './routes.ts'

/** Most SDKs ask first; those that do not register a service that is there already. */
const ASKING = 0.8
const NOT_ASKED = { kind: 'refused', code: 'SERVICE_NOT_FOUND' } as const

/** Finds the id of a service as SDKs do: asks whether it exists anywhere, and registers it only when it does not. */
export class ServiceFinder {
  readonly #world: World
  readonly #route: Route
  readonly #service: string
  #id: string | undefined

  constructor(world: World, route: Route, { service }: { readonly service: string }) {
    this.#world = world
    this.#route = route
    this.#service = service
  }

  forget(): void {
    this.#id = undefined
  }

  /** Undefined when no node answered now. */
  async find(): Promise<string | undefined> {
    if (this.#id !== undefined) return this.#id
    const key = keyOf(this.#service)
    const derivedId = deriveSid(this.#world.digests, key)
    const node = this.#route.next()
    const request = { node, service: this.#service }
    const existing = this.#world.random.chance(ASKING)
      ? await ask(this.#world, { kind: 'existence', ...request }, view =>
          serviceExists(view, { ...key, derivedId }, {}),
        )
      : NOT_ASKED
    if (existing.kind === 'ok') {
      this.#id = existing.value
    } else if (existing.kind === 'refused' && existing.code === 'SERVICE_NOT_FOUND') {
      const draft = serviceDraft(this.#service)
      const made = await call(
        this.#world,
        { kind: 'register service', ...request },
        registerService(SCOPE, draft, RULES),
      )
      if (made.kind === 'ok') this.#id = made.value.id
      else this.#route.failed()
    } else this.#route.failed()
    return this.#id
  }
}
