import type { Entry } from '../entry.ts'
import { isFor } from '../entry.ts'
import type { ClusterId } from '../model.ts'
import type { Finding } from './facts.ts'
import type { Scene } from './scene.ts'
import { duration } from './words.ts'

const UP = 'UP'

/** Why readers do not see one registration of an instance; undefined: they see it. */
export const entryFinding = (scene: Scene, entry: Entry): Finding | undefined =>
  incomplete(scene, entry) ?? ended(scene, entry) ?? holderSilent(scene, entry) ?? kept(scene, entry)

/** What keeps applications from an instance that readers do see. */
export const shownFinding = (scene: Scene, entry: Entry): Finding | undefined => {
  const { status, endpoints = [] } = entry.read()
  if (status !== UP) {
    const author =
      entry.face?.status === undefined ? 'it was registered so' : 'its status was set after it was registered'
    return {
      cause: 'status-not-up',
      text: `instance ${entry.instanceId} is found, but its status is ${status} (${author}): applications pass it over`,
      next: `Bring it back: PUT /v4/default/registry/microservices/${entry.group.id}/instances/${entry.instanceId}/status?value=UP in cluster ${scene.label(entry.clusterId)}.`,
    }
  }
  if (!entry.local && endpoints.length === 0 && entry.registered().exportedEndpoints !== undefined) {
    return {
      cause: 'not-exported',
      text: `instance ${entry.instanceId} is found, but its cluster exports no address of it`,
      next: `Look at the export rule in cluster ${scene.label(entry.clusterId)} (option kubernetes.export, annotation export) and at its alarms.`,
    }
  }
  return undefined
}

/** Registration, lease and service come as records of their own: any may still be on its way. */
const incomplete = (
  scene: Scene,
  { face, lease, group, clusterId, instanceId, parents }: Entry,
): Finding | undefined => {
  const where = `cluster ${scene.label(clusterId)}`
  const wait = { cause: 'repair-running', next: 'Wait a few seconds and ask again.' } as const
  if (face === undefined)
    return { ...wait, text: `of instance ${instanceId} the registration in ${where} has not arrived yet` }
  if (!group.carriesAny(parents)) {
    if (group.registrations.has(clusterId)) {
      return {
        cause: 'unregistered',
        text: `instance ${instanceId} belongs to an earlier registration of the service in ${where}, which was deleted`,
        next: 'Restart the instance, or let it register again: it does so as soon as a heartbeat is refused.',
      }
    }
    return { ...wait, text: `of instance ${instanceId} the service's registration in ${where} has not arrived yet` }
  }
  if (lease === undefined || !isFor(lease, face.registration))
    return { ...wait, text: `of instance ${instanceId} the lease has not arrived yet` }
  return undefined
}

const ended = (scene: Scene, { lease, instanceId }: Entry): Finding | undefined => {
  if (lease === undefined || lease.open) return undefined
  const when = lease.endedMs > 0 ? ` at ${scene.facts.time(lease.endedMs)}` : ''
  return {
    cause: 'lease-ended',
    text: `the lease of instance ${instanceId} ended${when}: ${scene.nodeName(lease.holder)} had not heard it for ${duration(lease.leaseMs)}`,
    next: 'Check that the instance runs and that its heartbeats reach a node of its cluster; a living one registers again by itself.',
  }
}

const holderSilent = (scene: Scene, { hidden, lease, instanceId }: Entry): Finding | undefined => {
  if (!hidden || lease === undefined) return undefined
  const silent = duration(scene.silentMs(lease.holder))
  return {
    cause: 'holder-silent',
    text: `instance ${instanceId} is hidden: ${scene.nodeName(lease.holder)}, which holds its lease, is silent for ${silent} while its siblings are heard`,
    next: 'Start that node again, or let the instance heartbeat a sibling; "grapevine peers retire" ends what a lost node held.',
  }
}

/** What this reader's policy and its view of clusters make of an entry that is whole and alive. */
const kept = (scene: Scene, entry: Entry): Finding | undefined => {
  const { directory } = scene.parts
  const { clusterId, instanceId } = entry
  if (entry.local) return undefined
  const name = scene.label(clusterId)
  if (directory.isRetired(clusterId)) {
    return {
      cause: 'cluster-retired',
      text: `cluster ${name} was retired by an operator: what it registered is being removed`,
      next: `If ${name} is to stay, take it back: grapevine peers retire --undo ${name}.`,
    }
  }
  if (directory.isReplaced(clusterId)) {
    return {
      cause: 'cluster-replaced',
      text: `the address of ${name} answers with another cluster id now: what the old one registered is hidden, and ended in time`,
      next: 'Nothing, if the cluster came back with empty disks: applications register there again. Otherwise check the address.',
    }
  }
  const policy = scene.question.options.unreachable ?? directory.policy
  if (directory.unreachable.has(clusterId) && policy === 'hide') return hiddenByPolicy(name)
  const shown = directory.choose(entry.group.entries.get(instanceId), scene.question.options)
  return shown === undefined || shown === entry ? undefined : shownElsewhere(scene, instanceId, shown.clusterId)
}

export const hiddenByPolicy = (name: string): Finding => ({
  cause: 'cluster-unreachable',
  text: `cluster ${name} cannot be reached, and the policy of this read is "hide"`,
  next: 'Mend the link ("grapevine peers" says what is wrong with it), or read with unreachable=mark (option --unreachable).',
})

const shownElsewhere = (scene: Scene, instanceId: string, cluster: ClusterId): Finding => ({
  cause: 'shown-elsewhere',
  text: `instance ${instanceId} lives in two clusters and is shown once: as the one of ${scene.label(cluster)}`,
  next: 'Give instances ids that are unique in the federation, or leave the choice to the service center.',
})
