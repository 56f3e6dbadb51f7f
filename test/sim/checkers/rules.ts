import { later, type Version } from '../../../src/core/catalog.ts'
import type { Child, Group } from '../../../src/core/group.ts'
import { type ParsedKey, parseKey } from '../../../src/core/keys.ts'
import type { ClusterId, Sid } from '../../../src/core/model.ts'
import { readInstance, readSchema, readService, readTag, type ServiceRecord } from '../../../src/core/records.ts'
import type { Packed } from '../../../src/core/wire.ts'
import { SCOPE } from '../clients/requests.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const EVERY_S = 10

/** What the records of one service come to. */
interface Registered {
  readonly clusters: Set<ClusterId>
  readonly generations: Set<string>
  readonly ids: Set<string>
}

/**
 * 5 and 14, from the records alone: what a node shows follows from what it holds by the rules of reading, worked out here once
 * more and in another way.
 */
export const recordsAreReadByTheRules = (scene: Scene): Observer => {
  let seconds = 0
  const values = new Values()
  const look = (): void => {
    for (const node of scene.running()) {
      const registered = registrationsOf(node, values)
      for (const [sid, each] of registered) looksIdentified(scene, node, sid, each)
      looksBelow(scene, node, registered, values)
    }
  }
  return {
    second: () => {
      seconds += 1
      if (seconds % EVERY_S === 0) look()
    },
    settled: look,
  }
}

/** What values of records say: nodes hold the same ones, and look at them again and again. */
class Values {
  readonly #services = new Map<Packed, Pick<ServiceRecord, 'generations' | 'chosenId'> | undefined>()
  readonly #parents = new Map<Packed, readonly string[] | undefined>()

  service(value: Packed): Pick<ServiceRecord, 'generations' | 'chosenId'> | undefined {
    if (!this.#services.has(value)) this.#services.set(value, readService(value))
    return this.#services.get(value)
  }

  parents(kind: ParsedKey['kind'], value: Packed): readonly string[] | undefined {
    if (!this.#parents.has(value)) this.#parents.set(value, PARENTS_OF[kind]?.(value)?.parents)
    return this.#parents.get(value)
  }
}

const registrationsOf = (node: SimNode, values: Values): Map<Sid, Registered> => {
  const found = new Map<Sid, Registered>()
  const replica = node.center?.replica
  for (const key of replica?.catalog.keys() ?? []) {
    const parsed = key.includes('/service/') ? parseKey(key) : undefined
    if (parsed === undefined || replica?.directory.isReplaced(parsed.cluster) === true) continue
    const each = found.get(parsed.a as Sid) ?? { clusters: new Set(), generations: new Set(), ids: new Set<string>() }
    found.set(parsed.a as Sid, each)
    each.clusters.add(parsed.cluster)
    for (const { value } of replica?.catalog.versions(key) ?? []) {
      for (const generation of values.service(value)?.generations ?? []) each.generations.add(generation)
    }
    const winner = replica?.catalog.winner(key)
    const chosen = winner === undefined ? undefined : values.service(winner.value)?.chosenId
    if (chosen !== undefined) each.ids.add(chosen)
  }
  return found
}

const looksIdentified = (scene: Scene, node: SimNode, sid: Sid, { ids, clusters }: Registered): void => {
  const { view, directory } = node.center?.replica ?? {}
  const group = directory?.groups.get(sid)
  if (group === undefined || view === undefined) return
  const least = [...ids].sort()[0] ?? sid
  const reached = [...ids, sid].every(id => claims(node, sid, clusters, view.service(SCOPE, id)?.sid))
  scene.check('5 one id per key', group.id === least && reached, () => {
    return `${node.id} shows ${group.key.serviceName} as ${group.id}; it has ${[...ids, sid].join(' ')}`
  })
}

/** An id that several services claim means the own cluster's, otherwise the one with the lower derived id. */
const claims = (node: SimNode, sid: Sid, clusters: ReadonlySet<ClusterId>, found: Sid | undefined): boolean => {
  if (found === undefined || found === sid) return found === sid
  const own = node.center?.replica.directory.cluster as ClusterId
  const other = node.center?.replica.directory.groups.get(found)
  return other !== undefined && (other.local === clusters.has(own) ? found < sid : other.local)
}

/** Children are seen if and only if a living registration carries a generation that they name; of several the latest. */
const looksBelow = (scene: Scene, node: SimNode, registered: ReadonlyMap<Sid, Registered>, values: Values): void => {
  const { catalog, directory } = node.center?.replica ?? {}
  for (const key of catalog?.keys() ?? []) {
    const parsed = BELOW.test(key) ? parseKey(key) : undefined
    const group = parsed === undefined ? undefined : directory?.groups.get(parsed.a as Sid)
    if (parsed === undefined || group === undefined) continue
    const versions = catalog?.versions(key) ?? []
    const living = registered.get(parsed.a as Sid)?.generations
    const names = (parent: string): boolean => living?.has(parent) === true
    const seen = versions.filter(({ value }) => values.parents(parsed.kind, value)?.some(names))
    if (seen.length > 0 && versions.length === 1) continue
    const expected = seen.length === 0 ? undefined : seen.reduce(later)
    scene.check('14 what was deleted stays below', looksLike(group, key, parsed, expected), () => {
      return `${node.id} does not show ${key} as the registrations of its service that live have it`
    })
  }
}

const BELOW = /^[^/]*\/(instance|tag|schema)\//

const PARENTS_OF: Partial<
  Record<ParsedKey['kind'], (value: Packed) => { readonly parents: readonly string[] } | undefined>
> = { instance: readInstance, tag: readTag, schema: readSchema }

/** Shown as this version, or not at all when there is none. Values and summaries of simulated clients are unique. */
const looksLike = (
  group: Group,
  key: string,
  { kind, cluster, b }: ParsedKey,
  version: Version | undefined,
): boolean => {
  if (kind === 'instance') {
    const shown = group.instance(b)
    // Without an open lease nothing is shown, and another cluster's may be.
    if (shown?.clusterId !== cluster) return true
    return version !== undefined && shown.face?.registration.value === version.value
  }
  const child = group.children.get(key)
  if (version === undefined) return !isShown(group, child, b)
  if (child?.kind === 'tag') return child.record.value === readTag(version.value)?.value
  return child?.kind === 'schema' && child.record.summary === readSchema(version.value)?.summary
}

const isShown = (group: Group, child: Child | undefined, id: string): boolean => {
  if (!group.exists() || child === undefined) return false
  if (child.kind === 'tag') return group.tags()[id] === child.record.value
  return child.kind === 'schema' && group.schema(id)?.summary === child.record.summary
}
