/** The registry as key and value pairs under the paths that the reference has in its etcd: older centers read it. */
import { createHash } from 'node:crypto'
import type { ServiceKey } from '../../core/model.ts'
import { optionsFor } from '../../core/queries/access.ts'
import type { ReadOptions, ServiceView, View } from '../../core/view.ts'
import { instanceJson, serviceJson } from './render.ts'
import type { Context } from './route.ts'

/** What the reference writes for "every version" of a provider. */
const ALL_VERSIONS = '0.0.0+'
/** Services per piece: about 100 KB of text. */
const PIECE = 100

interface Pair {
  readonly key: string
  readonly cluster: string
  readonly value: unknown
  /** Changes with the value; its digest when absent. */
  readonly revision?: string
}

/** What one kind of pairs takes from a service. */
type Pairs = (service: ServiceView, view: View, cluster: string) => readonly Pair[]

const under = (kind: string, ...rest: readonly string[]): string => `/cse-sr/${kind}/${rest.join('/')}`

const byKey = (kind: string, { domain, project, environment, appId, serviceName, version }: ServiceKey): string =>
  under(kind, domain, project, environment, appId, serviceName, version)

const byId = (kind: string, { key, id }: ServiceView, ...rest: readonly string[]): string =>
  under(kind, key.domain, key.project, id, ...rest)

/** Yields the text in pieces; each is read at once, and what changes between two may be in one and not in the other. */
export function* dump({ catalog }: Context, start: string, options: ReadOptions): Generator<string> {
  const keys = catalog.read(view =>
    view.scopes().flatMap(scope => view.services(scope, options).map(service => service.key)),
  )
  const names = clusterNames(catalog.status())
  let separator = `${start}{`
  for (const [name, pairs] of Object.entries(kinds(options))) {
    let between = `${separator}"${name}":[`
    for (let at = 0; at < keys.length; at += PIECE) {
      const text = catalog.read(view =>
        keys.slice(at, at + PIECE).flatMap(key => {
          const service = view.byKey(key, options)
          return service === undefined ? [] : pairs(service, view, clusterOf(view, service, names)).map(render)
        }),
      )
      if (text.length === 0) continue
      yield between + text.join(',')
      between = ','
    }
    if (between !== ',') continue
    yield ']'
    separator = ','
  }
  yield separator === ',' ? '}}' : `${separator}}}`
}

const kinds = (options: ReadOptions): Readonly<Record<string, Pairs>> => ({
  services: (service, _view, cluster) => [{ key: byId('ms/files', service), cluster, value: serviceJson(service) }],
  serviceIndexes: ({ key, id }, _view, cluster) => [{ key: byKey('ms/indexes', key), cluster, value: id }],
  serviceAliases: ({ key, id, alias }, _view, cluster) =>
    alias === '' ? [] : [{ key: byKey('ms/alias', { ...key, serviceName: alias }), cluster, value: id }],
  serviceTags: (service, _view, cluster) => {
    const value = service.tags()
    return Object.keys(value).length === 0 ? [] : [{ key: byId('ms/tags', service), cluster, value }]
  },
  dependencyRules: (service, view, cluster) => [...uses(service, view, cluster), ...usedBy(service, view, cluster)],
  summaries: (service, _view, cluster) =>
    service
      .schemas()
      .flatMap(({ schemaId, summary }) =>
        summary === undefined ? [] : [{ key: byId('ms/schema-sum', service, schemaId), cluster, value: summary }],
      ),
  instances: service =>
    service.instances(optionsFor(service, options)).map(instance => ({
      key: byId('inst/files', service, instance.instanceId),
      cluster: instance.origin().cluster,
      // Older centers, who read this, are in other clusters.
      value: instanceJson(instance.read(true), service.id),
      revision: instance.revision,
    })),
})

function uses({ key }: ServiceView, view: View, cluster: string): readonly Pair[] {
  const consumer = view.byKey(key)
  const rules = consumer === undefined ? [] : view.dependencies(consumer)
  if (rules.length === 0) return []
  const tenant = `${key.domain}/${key.project}`
  const value = { Dependency: rules.map(rule => ({ tenant, ...rule, version: ALL_VERSIONS })) }
  return [{ key: ruleKey('c', key), cluster, value }]
}

/** A provider's rule stands for all its versions: the first of them shows it. */
function usedBy(service: ServiceView, view: View, cluster: string): readonly Pair[] {
  const { key } = service
  const versions = view.named(key, key.environment, key.appId, key.serviceName, { noAlias: true })
  if (versions.some(({ key: other }) => other.version < key.version)) return []
  const consumers = view.consumers(service)
  if (consumers.length === 0) return []
  const value = {
    Dependency: consumers.map(({ key: { domain, project, environment, appId, serviceName, version }, alias }) => ({
      tenant: `${domain}/${project}`,
      ...(environment === '' ? {} : { environment }),
      appId,
      serviceName,
      ...(alias === '' ? {} : { alias }),
      version,
    })),
  }
  return [{ key: ruleKey('p', { ...key, version: ALL_VERSIONS }), cluster, value }]
}

const ruleKey = (side: 'c' | 'p', { domain, project, environment, appId, serviceName, version }: ServiceKey): string =>
  under('ms/dep-rules', domain, project, side, environment, appId, serviceName, version)

function clusterNames({ nodes }: { nodes: readonly { clusterId: string; cluster: string }[] }): Map<string, string> {
  return new Map(nodes.map(({ clusterId, cluster }) => [clusterId, cluster]))
}

/** The own cluster where it registered the service too, as readers here see its description. */
function clusterOf(view: View, service: ServiceView, names: ReadonlyMap<string, string>): string {
  const id = service.local ? view.cluster : (service.clusters[0] ?? view.cluster)
  return names.get(id) ?? id
}

function render({ key, cluster, value, revision }: Pair): string {
  const text = JSON.stringify(value)
  const digest = revision ?? createHash('sha1').update(text).digest('hex')
  // 52 bits: the greatest number of whole hex digits that a JSON number holds exactly.
  const rev = Number.parseInt(digest.slice(-13), 16)
  return `{"key":${JSON.stringify(key)},"rev":${rev},"cluster":${JSON.stringify(cluster)},"value":${text}}`
}
