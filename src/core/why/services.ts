import type { Group } from '../group.ts'
import { accessible } from '../queries/access.ts'
import { consumerOf } from '../queries/find.ts'
import type { ServiceView } from '../view.ts'
import type { Finding, NamedCluster, WhyStep } from './facts.ts'
import type { Scene } from './scene.ts'
import { environmentName, listed, quoted } from './words.ts'

/** Who asks, as far as it decides what is shown. */
export interface Asker {
  readonly consumer: ServiceView | undefined
  /** Undefined: any. */
  readonly environment: string | undefined
  readonly appId: string | undefined
}

/** Throws SERVICE_NOT_FOUND for an unknown consumer. */
export const askerOf = (scene: Scene): Asker => {
  const { scope, consumerId, environment, appId } = scene.question
  const consumer = consumerOf(scene.parts.view, scope, consumerId)
  return { consumer, environment: consumer?.key.environment ?? environment, appId }
}

/** Every service under this name, alias or id, whatever its scope, environment and application. */
export const namesakes = (scene: Scene, cluster: NamedCluster | undefined): Group[] => {
  const { service } = scene.question
  const found: Group[] = []
  for (const group of scene.parts.directory.groups.values()) {
    if (!group.keyKnown || group.registrations.size === 0) continue
    if (cluster !== undefined && (cluster.id === undefined || !group.registrations.has(cluster.id))) continue
    if (group.key.serviceName === service || isAlias(group, service) || isId(group, service)) found.push(group)
  }
  return found
}

const isAlias = (group: Group, name: string): boolean => {
  for (const { record } of group.registrations.values()) if (record.alias !== '' && record.alias === name) return true
  return false
}

const isId = (group: Group, id: string): boolean => {
  if (group.sid === id) return true
  for (const { record } of group.registrations.values()) if (record.chosenId === id) return true
  return false
}

/** Narrows the namesakes to those that were meant; when none is left, says by what they differ. */
export const meant = (
  scene: Scene,
  found: readonly Group[],
  asker: Asker,
): { readonly groups: readonly Group[]; readonly finding: Finding | undefined } => {
  const { scope, version } = scene.question
  const inScope = found.filter(({ key }) => key.domain === scope.domain && key.project === scope.project)
  if (inScope.length === 0) return { groups: [], finding: otherScope(scene, found) }
  const inEnvironment = inScope.filter(
    ({ key }) => asker.environment === undefined || key.environment === asker.environment,
  )
  if (inEnvironment.length === 0) return { groups: [], finding: otherEnvironment(inScope, asker.environment ?? '') }
  const inApp = inEnvironment.filter(({ key }) => asker.appId === undefined || key.appId === asker.appId)
  if (inApp.length === 0) return { groups: [], finding: otherApp(inEnvironment, asker.appId ?? '') }
  const open = inApp.filter(
    group => asker.consumer === undefined || accessible(scene.facts.shared, asker.consumer, group),
  )
  if (open.length === 0) return { groups: [], finding: closedApp(inApp, asker.consumer?.key.appId ?? '') }
  const groups = open.filter(({ key }) => version === undefined || key.version === version)
  return { groups, finding: groups.length === 0 ? otherVersion(open, version ?? '') : undefined }
}

const otherScope = (scene: Scene, found: readonly Group[]): Finding => {
  const { domain, project } = scene.question.scope
  const places = new Set(found.map(({ key }) => `domain ${key.domain}, project ${key.project}`))
  return {
    cause: 'other-scope',
    text: `it is registered in ${listed(places)}, and was asked for in domain ${domain}, project ${project}`,
    next: 'Use the same domain (header X-Domain-Name) and project (in the path) on both sides: scopes never mix.',
  }
}

const otherEnvironment = (found: readonly Group[], environment: string): Finding => ({
  cause: 'other-environment',
  text: `it is registered in ${listed(new Set(found.map(({ key }) => environmentName(key.environment))))}, and was asked for in ${environmentName(environment)}`,
  next: 'Set the same environment on both sides: environments never mix.',
})

const otherApp = (found: readonly Group[], appId: string): Finding => ({
  cause: 'other-app',
  text: `it is registered in application ${listed(new Set(found.map(({ key }) => quoted(key.appId))))}, and was asked for in ${quoted(appId)}`,
  next: 'Name the application under which it is registered, and let it set the property allowCrossApp=true.',
})

const closedApp = (found: readonly Group[], consumerApp: string): Finding => ({
  cause: 'other-app',
  text: `it belongs to application ${listed(new Set(found.map(({ key }) => quoted(key.appId))))} and does not allow consumers of ${quoted(consumerApp)}`,
  next: 'Let the provider register with the property allowCrossApp=true, or put both into one application.',
})

const otherVersion = (found: readonly Group[], version: string): Finding => ({
  cause: 'other-version',
  text: `it is registered in version ${listed(found.map(({ key }) => key.version))}, and was asked for in ${version}`,
  next: 'Ask for a version that is there, or for a range such as 1.0.0+.',
})

/** Where a service was registered, when, and through whom. */
export const registrationSteps = (scene: Scene, group: Group, cluster: NamedCluster | undefined): WhyStep[] => {
  const { environment, appId, serviceName, version } = group.key
  const steps: WhyStep[] = []
  for (const [id, { version: written }] of group.registrations) {
    if (cluster !== undefined && id !== cluster.id) continue
    const by = scene.nodeName(scene.authorOf(written.epoch))
    const name = `${serviceName} ${version} (application ${appId}, ${environmentName(environment)})`
    steps.push({
      ok: true,
      text: `${name} was registered in cluster ${scene.label(id)} through ${by} at ${scene.facts.time(written.ms)} by that node's clock`,
    })
  }
  return steps
}
