import { putSchema } from '../../../src/core/commands/schemas.ts'
import { deleteService, registerService, setServiceProperties } from '../../../src/core/commands/service.ts'
import { replaceTags } from '../../../src/core/commands/tags.ts'
import { schemaKey, serviceKey, tagKey } from '../../../src/core/keys.ts'
import type { ClusterId, Sid } from '../../../src/core/model.ts'
import { readSchema, readService, readTag, unpackService } from '../../../src/core/records.ts'
import { type Command, deriveSid } from '../../../src/core/transaction.ts'
import type { Packed } from '../../../src/core/wire.ts'
import { call, type RequestKind } from '../truth/caller.ts'
import { Item, type ItemVersion, type ItemWrite } from '../truth/items.ts'
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
    const item = (part: Part, parent?: Item): Item => {
      const eyes = {
        shown: (node: SimNode) => shownOf(node, this.#sid, part),
        held: (node: SimNode) => heldOf(node, this.#sid, part),
        applies: () => true,
      }
      return new Item(`${part} of ${settings.service}`, settings.cluster, eyes, parent)
    }
    const properties = item('properties')
    this.items = { tag: item('tag', properties), schema: item('schema', properties), properties }
    world.truth.items.push(...Object.values(this.items))
  }

  async register(): Promise<void> {
    const { service, chosenId } = this.#settings
    const answer = await this.#call('register service', registerService(SCOPE, serviceDraft(service, chosenId), RULES))
    if (answer === 'ok') this.registered = true
  }

  async change(): Promise<void> {
    const part = this.#world.random.pick(PARTS)
    const token = this.#world.truth.nextToken()
    const answer = await this.#call('update service', commandOf(part, this.#sid, token))
    if (answer === 'SERVICE_NOT_FOUND') this.registered = false
  }

  async remove(): Promise<void> {
    const answer = await this.#call('delete service', deleteService(SCOPE, this.#sid, true))
    this.registered = answer === 'lost'
  }

  /** The answer's kind, or the code of a refusal. Whatever a command changes of the service's parts becomes known. */
  async #call(kind: RequestKind, command: Command<unknown>): Promise<string> {
    const { service, routing } = this.#settings
    const node = this.#route.next()
    let before: Held = []
    let acknowledge: (atMs: number) => void = () => {}
    const hooks = {
      before: () => {
        before = this.#heldAt(node)
      },
      // A node that stood still may carry it out long after its client has given up.
      applied: () => {
        acknowledge = this.#applied(node, before)
      },
    }
    const answer = await call(this.#world, { kind, node, service, balanced: routing === 'balanced' }, command, hooks)
    if (answer.kind === 'ok') acknowledge(this.#world.nowMs)
    if (answer.kind === 'down' || answer.kind === 'lost') this.#route.failed()
    return answer.kind === 'refused' ? answer.code : answer.kind
  }

  #heldAt(node: SimNode): Held {
    return Object.values(this.items).map(item => ({ item, held: item.eyes.held(node) }))
  }

  /** A write in another part registers the service as well, where it was not; a deletion ends every part. */
  #applied(node: SimNode, before: Held): (atMs: number) => void {
    const clusterId = node.center?.replica.directory.cluster
    const known: ((atMs: number) => void)[] = []
    for (const { item, held } of before) {
      const now = item.eyes.held(node)
      const [made] = now.filter(({ id }) => held.every(each => each.id !== id))
      if (made !== undefined) {
        const write: ItemWrite = { made, held, node, clusterId }
        item.applied(write)
        known.push(atMs => item.acknowledged(write, atMs))
      } else if (held.length > 0 && now.length === 0) {
        item.removing(held)
        known.push(() => item.removed(held, node))
      }
    }
    return atMs => {
      for (const acknowledged of known) acknowledged(atMs)
    }
  }
}

type Held = readonly { readonly item: Item; readonly held: readonly ItemVersion[] }[]

const PARTS = ['tag', 'schema', 'properties'] as const
const TAG = 'token'
const SCHEMA = 'schema'

const commandOf = (part: Part, sid: string, token: string): Command<unknown> => {
  if (part === 'tag') return replaceTags(SCOPE, sid, { [TAG]: token })
  if (part === 'properties') return setServiceProperties(SCOPE, sid, { [TAG]: token })
  return putSchema(SCOPE, sid, { schemaId: SCHEMA, content: token, summary: token }, Number.POSITIVE_INFINITY)
}

const heldOf = (node: SimNode, sid: Sid, part: Part): ItemVersion[] => {
  const replica = node.center?.replica
  const versions = replica?.catalog.versions(keyOfPart(part, replica.directory.cluster, sid)) ?? []
  return versions.map(({ epoch, seq, value }) => ({ id: `${epoch}:${seq}`, ...readPart(part, value) }))
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
const readPart = (part: Part, value: Packed): Omit<ItemVersion, 'id'> => {
  if (part === 'properties') {
    const record = readService(value)
    const token = record === undefined ? undefined : unpackService(record.service).properties?.[TAG]
    return { token, generations: record?.generations ?? [], parents: [] }
  }
  const tag = part === 'tag' ? readTag(value) : undefined
  const schema = part === 'schema' ? readSchema(value) : undefined
  return { token: tag?.value ?? schema?.summary, generations: [], parents: (tag ?? schema)?.parents ?? [] }
}
