import { propertiesKey, statusKey } from '../../../src/core/keys.ts'
import type { Instance, Sid } from '../../../src/core/model.ts'
import { readProperties, readStatus } from '../../../src/core/records.ts'
import { deriveSid } from '../../../src/core/transaction.ts'
import { Item, type ItemVersion } from '../truth/items.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import { keyOf } from './requests.ts'

export type OverlayPart = 'properties' | 'status'

/** What is laid over one registration: its status, or its properties. Another registration may or may not keep it. */
export const overlayOf = (world: World, life: Life, part: OverlayPart): Item => {
  const name = `${part} of ${life.token}`
  const known = world.truth.items.find(item => item.name === name)
  if (known !== undefined) return known
  const sid = deriveSid(world.digests, keyOf(life.service))
  const item = new Item(name, life.cluster, {
    shown: node => {
      const instance = instanceAt(node, sid, life)
      return part === 'status' ? instance?.status : instance?.properties?.token
    },
    held: node => heldAt(node, sid, life, part),
    applies: node => instanceAt(node, sid, life) !== undefined,
  })
  world.truth.items.push(item)
  return item
}

export const abandonOverlays = (world: World, { token }: Life): void => {
  for (const item of world.truth.items) {
    if (item.name === `properties of ${token}` || item.name === `status of ${token}`) item.abandon()
  }
}

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
    const token = part === 'status' ? readStatus(value)?.value : readProperties(value)?.value.token
    return { id: `${epoch}:${seq}`, token, generations: [], parents: [] }
  })
}
