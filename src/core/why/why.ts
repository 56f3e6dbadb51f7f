import type { Entry } from '../entry.ts'
import type { Group } from '../group.ts'
import type { ClusterId } from '../model.ts'
import { optionsFor } from '../queries/access.ts'
import { absenceFinding, neverRegistered, type Wanted, withheldFinding } from './absent.ts'
import type { Finding, NamedCluster, WhyFacts, WhyQuestion, WhyReport, WhyStep } from './facts.ts'
import { entryFinding, shownFinding } from './instances.ts'
import { disconnectedFinding, isHeard, linkText } from './links.ts'
import { Scene, type WhyParts } from './scene.ts'
import { askerOf, meant, namesakes, registrationSteps } from './services.ts'
import { counted, duration, listed, quoted } from './words.ts'

/** Instances that get a sentence of their own; the others are counted. */
const TOLD_MAX = 20
/** Marks of what the Kubernetes source registered. */
const KUBERNETES = 'Kubernetes'

/**
 * The chain from the registration of a service to a reader of this node, in sentences, and where it is broken. Throws
 * SERVICE_NOT_FOUND for an unknown consumer.
 */
export function why(parts: WhyParts, question: WhyQuestion, facts: WhyFacts): WhyReport {
  const scene = new Scene(parts, question, facts)
  const cluster = clusterAsked(scene)
  if (!facts.ready) return broken([], notReady(), 0)
  if (question.from !== undefined && cluster === undefined) return broken([], unknownCluster(scene), 0)
  const asker = askerOf(scene)
  const found = namesakes(scene, cluster)
  const steps = linkSteps(scene, cluster)
  if (found.length === 0) {
    const wanted: Wanted = { names: new Set([question.service]), sids: new Set([question.service]), cluster }
    const elsewhere = cluster === undefined ? [] : namesakes(scene, undefined)
    const others = new Set(elsewhere.flatMap(group => [...group.registrations.keys()]))
    if (others.size > 0) steps.push(good(`it is registered in ${listed([...others].map(id => scene.label(id)))}`))
    return broken(
      steps,
      withheldFinding(scene, wanted) ?? absenceFinding(scene, wanted) ?? neverRegistered(scene, cluster),
      0,
    )
  }
  const { groups, finding } = meant(scene, found, asker)
  for (const group of groups.length > 0 ? groups : found) steps.push(...registrationSteps(scene, group, cluster))
  if (finding !== undefined) return broken(steps, finding, 0)
  return judge(scene, groups, cluster, steps)
}

/** What keeps instances from readers, over all the services that were meant. */
function judge(scene: Scene, groups: readonly Group[], cluster: NamedCluster | undefined, steps: WhyStep[]): WhyReport {
  const findings: Finding[] = []
  let shown = 0
  let usable = 0
  for (const entry of groups.flatMap(group => entriesOf(group, cluster))) {
    const finding = entryFinding(scene, entry) ?? localFinding(scene, entry)
    const kept = finding ?? shownFinding(scene, entry)
    if (finding === undefined) shown += 1
    if (kept === undefined) usable += 1
    else findings.push(kept)
    if (shown + findings.length <= TOLD_MAX) steps.push(kept === undefined ? alive(scene, entry) : bad(kept.text))
  }
  const hidden = findings.filter(({ cause }) => cause !== 'status-not-up' && cause !== 'not-exported').length
  if (usable > 0) return visible(scene, groups, usable, hidden, steps)
  const finding = mostFrequent(findings) ?? noInstances(scene, groups, cluster)
  return {
    ...broken(findings.length > 0 ? steps : [...steps, bad(finding.text)], finding, hidden, true),
    instances: { shown, hidden },
  }
}

function visible(
  scene: Scene,
  groups: readonly Group[],
  usable: number,
  hidden: number,
  steps: readonly WhyStep[],
): WhyReport {
  const beside = hidden === 0 ? '' : `; ${counted(hidden, 'instance')} more are hidden, as the chain says`
  return {
    visible: true,
    cause: 'visible',
    summary: `${quoted(scene.question.service)} is visible at this node with ${counted(usable, 'instance')}${beside}.`,
    chain: steps,
    next: groups.length > 0 && hidden === 0 ? '' : 'The sentences about hidden instances say what to do with each.',
    instances: { shown: usable, hidden },
  }
}

const broken = (steps: readonly WhyStep[], finding: Finding, hidden: number, told = false): WhyReport => ({
  visible: false,
  cause: finding.cause,
  summary: `${finding.text.charAt(0).toUpperCase()}${finding.text.slice(1)}.`,
  chain: told ? steps : [...steps, bad(finding.text)],
  next: finding.next,
  instances: { shown: 0, hidden },
})

const good = (text: string): WhyStep => ({ ok: true, text })
const bad = (text: string): WhyStep => ({ ok: false, text })

const notReady = (): Finding => ({
  cause: 'node-not-ready',
  text: 'this node has not yet learned what its peers know, and answers nobody',
  next: 'Wait for its first repair; "grapevine peers" shows whether a peer is connected.',
})

const unknownCluster = (scene: Scene): Finding => ({
  cause: 'cluster-unknown',
  text: `no cluster is called ${quoted(scene.question.from ?? '')} here`,
  next: `Known are: ${listed(scene.clusters().map(({ name }) => name))}. Others are added with --clusters.`,
})

function clusterAsked(scene: Scene): NamedCluster | undefined {
  const { from } = scene.question
  if (from === undefined) return undefined
  const clusters = scene.clusters()
  return clusters.find(({ name }) => name === from) ?? clusters.find(({ id }) => id === from)
}

function linkSteps(scene: Scene, cluster: NamedCluster | undefined): WhyStep[] {
  if (cluster?.id === undefined || cluster.id === scene.parts.directory.cluster) return []
  if (isHeard(scene, cluster)) return [good(linkText(scene, cluster.id))]
  const finding = disconnectedFinding(scene, cluster)
  return finding === undefined ? [] : [bad(finding.text)]
}

const entriesOf = (group: Group, cluster: NamedCluster | undefined): Entry[] => {
  const clusters: readonly ClusterId[] = cluster?.id === undefined ? [...group.registrations.keys()] : [cluster.id]
  return clusters.flatMap(id => group.entriesOf(id))
}

/** With `global=0`, or for the center's own instances, readers see this cluster's only. */
function localFinding(scene: Scene, entry: Entry): Finding | undefined {
  if (entry.local || optionsFor(entry.group, scene.question.options).local !== true) return undefined
  return {
    cause: 'local-only',
    text: `instance ${entry.instanceId} belongs to cluster ${scene.label(entry.clusterId)}, and this read is for the own cluster only`,
    next: 'Read without global=0. (Instances of SERVICECENTER are always those of the own cluster.)',
  }
}

function alive(scene: Scene, entry: Entry): WhyStep {
  const { lease, instanceId, clusterId } = entry
  const { stale } = entry.origin()
  const left = lease !== undefined && lease.holder === scene.parts.node ? leftText(scene, entry) : ''
  const flag = stale ? ', and is marked stale: its cluster or holder has not been heard for a while' : ''
  const holder = scene.nodeName(lease?.holder)
  return good(`instance ${instanceId} of cluster ${scene.label(clusterId)} is UP, held by ${holder}${left}${flag}`)
}

const leftText = (scene: Scene, { heardAtMs, lease }: Entry): string => {
  const leftMs = heardAtMs + (lease?.leaseMs ?? 0) - scene.facts.nowMs
  return `, ${duration(Math.max(0, leftMs))} of its lease left`
}

/** Of several reasons the one that concerns most instances; of equals the first. */
function mostFrequent(findings: readonly Finding[]): Finding | undefined {
  const counts = new Map<string, number>()
  for (const { cause } of findings) counts.set(cause, (counts.get(cause) ?? 0) + 1)
  return findings.reduce<Finding | undefined>(
    (best, each) => (best === undefined || (counts.get(each.cause) ?? 0) > (counts.get(best.cause) ?? 0) ? each : best),
    undefined,
  )
}

/** The service is registered, and nothing is below it. */
function noInstances(scene: Scene, groups: readonly Group[], cluster: NamedCluster | undefined): Finding {
  const [group] = groups
  const names = new Set(groups.flatMap(({ key, alias }) => [key.serviceName, ...(alias === '' ? [] : [alias])]))
  const fromKubernetes = group?.read().framework?.name === KUBERNETES
  const traced = absenceFinding(scene, {
    names,
    sids: new Set(groups.map(({ sid }) => sid)),
    cluster: cluster ?? homeOf(scene, group),
  })
  if (traced !== undefined && !(fromKubernetes && traced.cause === 'unregistered')) return traced
  if (fromKubernetes) {
    return {
      cause: 'kubernetes-no-endpoints',
      text: 'it comes from a Kubernetes Service that has no ready endpoint',
      next: 'Check its selector and the readiness of its Pods: kubectl get endpointslices -l kubernetes.io/service-name=NAME.',
    }
  }
  return {
    cause: 'no-instances',
    text: 'the service is registered, but no instance of it ever was',
    next: 'Check the log of the application: it registered its service and not itself.',
  }
}

/** A service of one cluster alone: its absence is that cluster's. */
function homeOf(scene: Scene, group: Group | undefined): NamedCluster | undefined {
  const [id, ...others] = group?.registrations.keys() ?? []
  return id === undefined || others.length > 0 ? undefined : { id, name: scene.label(id) }
}
