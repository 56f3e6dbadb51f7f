import { putSchema } from '../../../src/core/commands/schemas.ts'
import { deleteService, registerService, setServiceProperties } from '../../../src/core/commands/service.ts'
import { replaceTags } from '../../../src/core/commands/tags.ts'
import { schemaKey, serviceKey, tagKey } from '../../../src/core/keys.ts'
import type { ClusterId, Sid } from '../../../src/core/model.ts'
import { readSchema, readService, readTag, unpackService } from '../../../src/core/records.ts'
import { type Command, deriveSid } from '../../../src/core/transaction.ts'
import type { Packed } from '../../../src/core/wire.ts'
import { call, type RequestKind } from '../truth/caller.ts'
import { Item, type ItemWrite } from '../truth/items.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import { keyOf, RULES, SCOPE, serviceDraft } from './requests.ts'
import { Route, type Routing } from './routes.ts'

export interface OwnerSettings {
  readonly service: string
  readonly cluster: number
  readonly routing: Routing
  /** The id it asks for. */
  readonly chosenId: string | undefined
}

type Part = 'tag' | 'schema' | 'properties'

/** Owns one service in one cluster: describes it, tags it, deletes it with all below it, and registers it again. */
export class Owner {
  readonly #world: World
  readonly #settings: OwnerSettings
  readonly #route: Route
  readonly #sid: Sid
  readonly items: Readonly<Record<Part, Item>>
  registered = false

  constructor(world: World, settings: OwnerSettings) {
    this.#world = world
    this.#settings = settings
    this.#route = new Route(world, settings.routing, settings.cluster)
    this.#sid = deriveSid(world.digests, keyOf(settings.service))
    const item = (part: Part): Item =>
      new Item(`${part} of ${settings.service}`, settings.cluster, {
        shown: node => shownOf(node, this.#sid, part),
        held: node => heldOf(node, this.#sid, part),
        applies: () => true,
      })
    this.items = { tag: item('tag'), schema: item('schema'), properties: item('properties') }
    world.truth.items.push(...Object.values(this.items))
  }

  async register(): Promise<void> {
    const { service, chosenId } = this.#settings
    // Where it is registered already its description is written again as that node knows it.
    for (const token of [...this.items.properties.must]) this.items.properties.lost(token)
    const answer = await this.#call('register service', registerService(SCOPE, serviceDraft(service, chosenId), RULES))
    if (answer === 'ok') this.registered = true
  }

  async change(): Promise<void> {
    const part = this.#world.random.pick(PARTS)
    const token = this.#world.truth.nextToken()
    const item = this.items[part]
    const applied: { write?: ItemWrite } = {}
    const answer = await this.#call('update service', commandOf(part, this.#sid, token), node => {
      const held = heldOf(node, this.#sid, part)
      return () => {
        applied.write = { token, held, node, clusterId: node.center?.replica.directory.cluster }
        item.applied(applied.write)
      }
    })
    if (applied.write !== undefined && answer === 'ok') item.acknowledged(applied.write, this.#world.nowMs)
    if (answer === 'SERVICE_NOT_FOUND') this.registered = false
  }

  async remove(): Promise<void> {
    const answer = await this.#call('delete service', deleteService(SCOPE, this.#sid, true), node => {
      const held = PARTS.map(part => heldOf(node, this.#sid, part))
      // A node that stood still may carry it out long after its client has given up.
      return () => {
        for (const [i, part] of PARTS.entries()) this.items[part].removed(held[i] ?? [])
      }
    })
    this.registered = answer === 'lost'
  }

  /** The answer's kind, or the code of a refusal. */
  async #call(
    kind: RequestKind,
    command: Command<unknown>,
    before: (node: SimNode) => () => void = () => () => {},
  ): Promise<string> {
    const { service, routing } = this.#settings
    const node = this.#route.next()
    let applied = (): void => {}
    const hooks = {
      before: () => {
        applied = before(node)
      },
      applied: () => applied(),
    }
    const answer = await call(this.#world, { kind, node, service, balanced: routing === 'balanced' }, command, hooks)
    if (answer.kind === 'down' || answer.kind === 'lost') this.#route.failed()
    return answer.kind === 'refused' ? answer.code : answer.kind
  }
}

const PARTS = ['tag', 'schema', 'properties'] as const
const TAG = 'token'
const SCHEMA = 'schema'

const commandOf = (part: Part, sid: string, token: string): Command<unknown> => {
  if (part === 'tag') return replaceTags(SCOPE, sid, { [TAG]: token })
  if (part === 'properties') return setServiceProperties(SCOPE, sid, { [TAG]: token })
  return putSchema(SCOPE, sid, { schemaId: SCHEMA, content: token, summary: token }, Number.POSITIVE_INFINITY)
}

const heldOf = (node: SimNode, sid: Sid, part: Part): string[] => {
  const replica = node.center?.replica
  const versions = replica?.catalog.versions(keyOfPart(part, replica.directory.cluster, sid)) ?? []
  return versions.flatMap(({ value }) => tokenOf(part, value) ?? [])
}

const shownOf = (node: SimNode, sid: Sid, part: Part): string | undefined => {
  const group = node.center?.replica.directory.groups.get(sid)
  if (group?.local !== true) return undefined
  if (part === 'tag') return group.tags()[TAG]
  if (part === 'properties') return group.read().properties?.[TAG]
  return group.schema(SCHEMA)?.content()
}

const keyOfPart = (part: Part, cluster: ClusterId, sid: Sid): string => {
  if (part === 'tag') return tagKey(cluster, sid, TAG)
  return part === 'schema' ? schemaKey(cluster, sid, SCHEMA) : serviceKey(cluster, sid)
}

/** A schema's summary is its content. */
const tokenOf = (part: Part, value: Packed): string | undefined => {
  if (part === 'tag') return readTag(value)?.value
  if (part === 'schema') return readSchema(value)?.summary
  const service = readService(value)?.service
  return service === undefined ? undefined : unpackService(service).properties?.[TAG]
}
