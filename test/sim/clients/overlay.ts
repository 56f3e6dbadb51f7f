import { propertiesKey, statusKey } from '../../../src/core/keys.ts'
import type { Instance, Sid } from '../../../src/core/model.ts'
import { readProperties, readStatus } from '../../../src/core/records.ts'
import { deriveSid } from '../../../src/core/transaction.ts'
import { Item, type ItemEyes, type ItemVersion } from '../truth/items.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import { keyOf } from './requests.ts'

export type OverlayPart = 'properties' | 'status'

/** What is laid over one registration: its status, or its properties. Another registration may or may not keep it. */
export const overlayOf = (world: World, life: Life, part: OverlayPart): Item => {
  const known = knownOverlay(world, life, part)
  if (known !== undefined) return known
  const sid = deriveSid(world.digests, keyOf(life.service))
  const eyes: ItemEyes = {
    shown: node => {
      const instance = instanceAt(node, sid, life)
      return part === 'status' ? instance?.status : instance?.properties?.token
    },
    held: node => heldAt(node, sid, life, part),
    applies: node => instanceAt(node, sid, life) !== undefined,
  }
  const item = new Item(nameOf(life, part), life.cluster, eyes, undefined, earlierOverlays(world, life, part))
  world.truth.items.push(item)
  return item
}

export const abandonOverlays = (world: World, life: Life): void => {
  for (const part of ['properties', 'status'] as const) knownOverlay(world, life, part)?.abandon()
}

const nameOf = ({ token }: Life, part: OverlayPart): string => `${part} of ${token}`

const knownOverlay = (world: World, life: Life, part: OverlayPart): Item | undefined => {
  const name = nameOf(life, part)
  return world.truth.items.find(item => item.name === name)
}

const earlierOverlays = (world: World, life: Life, part: OverlayPart): Item[] =>
  world.truth
    .ofInstance(life.instanceId)
    .filter(each => each !== life && each.service === life.service && each.cluster === life.cluster)
    .flatMap(each => knownOverlay(world, each, part) ?? [])

/** Undefined where another registration of the instance is shown, or none. */
const instanceAt = (node: SimNode, sid: Sid, life: Life): Instance | undefined => {
  const instance = node.center?.replica.directory.groups.get(sid)?.instance(life.instanceId)?.read()
  return instance?.hostName === life.token ? instance : undefined
}

const heldAt = (node: SimNode, sid: Sid, { instanceId }: Life, part: OverlayPart): ItemVersion[] => {
  const replica = node.center?.replica
  if (replica === undefined) return []
  const make = part === 'status' ? statusKey : propertiesKey
  return replica.catalog.versions(make(replica.directory.cluster, sid, instanceId)).map(({ epoch, seq, value }) => {
    const [status, properties] = part === 'status' ? [readStatus(value)] : [undefined, readProperties(value)]
    const token = status?.value ?? properties?.value.token
    return { id: `${epoch}:${seq}`, token, generations: [], parents: (status ?? properties)?.parents ?? [] }
  })
}
