/** Which sources a node runs, and with what options. */
import { ConfigError, type Values } from './config.ts'
import type { KubernetesOptions } from './sources/kubernetes/options.ts'
import { createKubernetesSource } from './sources/kubernetes/source.ts'
import type { ServiceCenterOptions } from './sources/servicecenter/options.ts'
import { createServiceCenterSource } from './sources/servicecenter/source.ts'
import type { Source, SourceDeps } from './sources/source.ts'

/** Throws ConfigError when Kubernetes is asked for and there is no way to its API. */
export async function createSources(values: Values, deps: SourceDeps): Promise<readonly Source[]> {
  const kinds = kindsOf(values)
  const sources: Source[] = []
  if (kinds.has('k8s')) {
    const source = createKubernetesSource(kubernetesOptionsOf(values), deps).catch((error: Error) => {
      throw new ConfigError(`--discovery-aggregate: k8s cannot be followed: ${error.message}`)
    })
    sources.push(await source)
  }
  const centers = serviceCenterOptionsOf(values)
  if (kinds.has('servicecenter') && centers.clusters.length > 0) sources.push(createServiceCenterSource(centers, deps))
  return sources
}

/** `discovery.kind` may name one source alone, as in the reference; only `aggregate` reads the list. */
const kindsOf = ({ discoveryKind, aggregate }: Values): ReadonlySet<string> => {
  if (discoveryKind === 'k8s' || discoveryKind === 'servicecenter') return new Set([discoveryKind])
  return new Set(discoveryKind === 'local' ? [] : aggregate)
}

const kubernetesOptionsOf = (values: Values): KubernetesOptions => ({
  kubeconfig: values.kubeconfig,
  namespaces: values.kubernetesNamespaces,
  excludedNamespaces: values.kubernetesExcluded,
  namespacedNames: values.kubernetesNames,
  export: values.kubernetesExport,
  exportCheck: values.kubernetesExportCheck,
})

const serviceCenterOptionsOf = (values: Values): ServiceCenterOptions => ({
  clusters: values.clusters.map(({ name, addresses }) => ({
    name,
    urls: addresses.flatMap(address => (address.kind === 'http' ? [address.url] : [])),
  })),
  intervalMs: values.centerIntervalMs,
  tokenFile: values.centerTokenFile,
  caFile: values.centerCaFile,
  certFile: values.centerCertFile,
  keyFile: values.centerKeyFile,
  insecure: values.centerInsecure,
})

/** For scrapes: `kubernetes_instances`, `kubernetes_live`, … */
export const sourceNumbers = (sources: readonly Source[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    sources.flatMap(source => {
      const { name, state, services, instances, requests, receivedBytes, alarms } = source.status()
      const numbers = { live: Number(state === 'live'), services, instances, requests, received_bytes: receivedBytes }
      return Object.entries({ ...numbers, alarms: alarms.length }).map(([what, value]) => [`${name}_${what}`, value])
    }),
  )
