import { parseKey } from '../keys.ts'
import type { ClusterId } from '../model.ts'
import { type Finding, type NamedCluster, type PastEvent, type SourceNote, WITHHELD } from './facts.ts'
import { disconnectedFinding, repairFinding } from './links.ts'
import type { Scene } from './scene.ts'
import { counted, quoted, similar } from './words.ts'

const SUGGESTIONS_MAX = 3

/** A registration, as far as traces of it can be told apart. */
export interface Wanted {
  /** Names and aliases. */
  readonly names: ReadonlySet<string>
  /** Derived ids, where they are known. */
  readonly sids: ReadonlySet<string>
  readonly cluster: NamedCluster | undefined
}

/** Why there is nothing of a service, or no instance of it, here: the most certain trace first. */
export const absenceFinding = (scene: Scene, wanted: Wanted): Finding | undefined =>
  refusedRecord(scene, wanted) ??
  fromHistory(scene, wanted) ??
  fromDeletions(scene, wanted) ??
  fromSources(scene, wanted) ??
  fromClusters(scene, wanted)

/** Its Service in Kubernetes says that it is not to be registered: why nothing is registered, whatever was before. */
export const withheldFinding = (scene: Scene, wanted: Wanted): Finding | undefined =>
  fromSources(scene, wanted, ({ id }) => id === WITHHELD)

/** Nobody has heard of it: what is left when no trace is found. */
export const neverRegistered = (scene: Scene, cluster: NamedCluster | undefined): Finding => {
  const { service, scope } = scene.question
  const names = [...scene.parts.directory.names.scope(scope)].map(({ key }) => key.serviceName)
  const near = similar(service, names, SUGGESTIONS_MAX)
  const where = cluster === undefined ? 'in no cluster that this node hears' : `not in cluster ${cluster.name}`
  return {
    cause: 'never-registered',
    text: `${quoted(service)} is registered ${where}, and nothing here says that it ever was`,
    next:
      near.length > 0
        ? `Did you mean ${near.map(quoted).join(' or ')}?`
        : 'Check the name, the application id and the registry address in the configuration of the service, and the log of its start.',
  }
}

const refusedRecord = (scene: Scene, { names, sids, cluster }: Wanted): Finding | undefined => {
  const found = scene.facts.refused.find(({ key, serviceName }) => {
    const parsed = parseKey(key)
    const ours = (serviceName !== undefined && names.has(serviceName)) || (parsed !== undefined && sids.has(parsed.a))
    return ours && (cluster?.id === undefined || parsed?.cluster === cluster.id)
  })
  if (found === undefined) return undefined
  const { key, reason, atMs, times } = found
  return {
    cause: 'record-refused',
    text: `the record ${key} came and was refused (${reason}) ${counted(times, 'time')}, first at ${scene.facts.time(atMs)}`,
    next: 'Compare the versions of the nodes with "grapevine peers"; the node that wrote it may be broken, or newer than this one.',
  }
}

/** The latest event that took it away. */
const fromHistory = (scene: Scene, { names, cluster }: Wanted): Finding | undefined => {
  const about = scene.facts.events.filter(
    event =>
      event.key !== undefined &&
      names.has(event.key.serviceName) &&
      (cluster === undefined || event.cluster === cluster.name),
  )
  const last = about.findLast(({ kind }) => TAKING.has(kind))
  return last === undefined ? undefined : taken(scene, last)
}

const TAKING: ReadonlySet<PastEvent['kind']> = new Set([
  'quota-refused',
  'instance-unregistered',
  'lease-ended',
  'service-ended',
])

const taken = (scene: Scene, event: PastEvent): Finding => {
  const when = scene.facts.time(event.atMs)
  if (event.kind === 'quota-refused') {
    return {
      cause: 'quota-refused',
      text: `its registration was refused at ${when}: ${event.detail}`,
      next: 'Raise the quota (options quota.services, quota.instances), or remove what is no longer needed.',
    }
  }
  const what = event.instanceId === undefined ? 'it' : `instance ${event.instanceId}`
  if (event.kind === 'lease-ended') {
    return {
      cause: 'lease-ended',
      text: `the lease of ${what} ended at ${when}: ${event.detail}`,
      next: 'Check that the instance runs and that its heartbeats reach a node of its cluster.',
    }
  }
  return unregistered(
    `${what} was unregistered in cluster ${event.cluster} through ${scene.nodeName(event.node)} at ${when}`,
  )
}

const unregistered = (text: string): Finding => ({
  cause: 'unregistered',
  text,
  next: 'Whoever did so wanted it gone (a shutdown does this by itself). Start an instance to register it again.',
})

/** Deletions that are remembered to make repairs cheap name the start that wrote them, and when. */
const fromDeletions = (scene: Scene, { names, sids: given, cluster }: Wanted): Finding | undefined => {
  const sids = new Set<string>([...given, ...scene.parts.directory.former.named(names)])
  if (sids.size === 0) return undefined
  let last: Finding | undefined
  for (const { key, epoch, ms } of scene.parts.catalog.remembered()) {
    const parsed = parseKey(key)
    if (parsed === undefined || !sids.has(parsed.a) || (parsed.kind !== 'instance' && parsed.kind !== 'service'))
      continue
    if (cluster !== undefined && parsed.cluster !== cluster.id) continue
    const what = parsed.kind === 'service' ? 'the service' : `instance ${parsed.b}`
    const by = scene.nodeName(scene.authorOf(epoch))
    last = unregistered(
      `${what} was unregistered in cluster ${scene.label(parsed.cluster)} through ${by} at ${scene.facts.time(ms)} by that node's clock`,
    )
  }
  return last
}

/** What Kubernetes shows and cannot, or must not, be registered. */
const fromSources = (
  scene: Scene,
  { names, cluster }: Wanted,
  counts: (note: SourceNote) => boolean = () => true,
): Finding | undefined => {
  if (cluster !== undefined && cluster.id !== scene.parts.directory.cluster) return undefined
  const note = scene.facts.outside.notes.find(each => counts(each) && names.has(each.subject.split('/').at(-1) ?? ''))
  if (note === undefined) return undefined
  return {
    cause: 'kubernetes-annotation',
    text: `${note.source} says of ${note.subject}: ${note.detail}`,
    next: `Mend the annotations of Service ${note.subject}: kubectl describe service shows them.`,
  }
}

const fromClusters = (scene: Scene, { cluster }: Wanted): Finding | undefined => {
  if (cluster !== undefined)
    return retired(scene, cluster) ?? disconnectedFinding(scene, cluster) ?? repairFinding(scene, cluster)
  const all = scene.clusters().filter(({ id }) => id === undefined || isExpected(scene, id))
  for (const look of [disconnectedFinding, repairFinding]) {
    for (const each of all) {
      const found = look(scene, each)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A cluster whose silence is worth a word: not one that was replaced, retired, or is known by its leftovers alone. */
const isExpected = (scene: Scene, id: ClusterId): boolean => {
  const { directory } = scene.parts
  return (
    !directory.isReplaced(id) && !directory.isRetired(id) && (directory.labels.has(id) || scene.nodesOf(id).length > 0)
  )
}

const retired = (scene: Scene, { id, name }: NamedCluster): Finding | undefined => {
  if (id === undefined || !scene.parts.directory.isRetired(id)) return undefined
  return {
    cause: 'cluster-retired',
    text: `cluster ${name} was retired by an operator: what it registered was removed`,
    next: `If ${name} is to stay, take it back: grapevine peers retire --undo ${name}.`,
  }
}
