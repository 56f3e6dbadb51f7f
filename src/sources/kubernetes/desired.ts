import { createHash } from 'node:crypto'
import type { Instance, Microservice, ServiceKey } from '../../core/model.ts'
import { weightOf } from './annotations.ts'
import { endpointOf, exportedOf, type Target } from './endpoints.ts'
import type { ExportRule } from './export-rule.ts'
import { FRAMEWORK, ORIGIN, REGISTER_BY } from './marks.ts'
import type { Named } from './naming.ts'
import type { KubeEndpoint, KubeNode, KubePod } from './objects.ts'
import type { ObjectsStore } from './objects-store.ts'

/** An instance as it is to be; times are set when it is written. */
export type WantedInstance = Omit<Instance, 'timestamp' | 'modTimestamp'>

/** One microservice as Kubernetes has it now. */
export interface Wanted {
  readonly key: ServiceKey
  /** The Services (`namespace/name`) that it is made of, the oldest first: nearly always one. */
  readonly refs: readonly string[]
  readonly service: Microservice
  readonly instances: ReadonlyMap<string, WantedInstance>
  /** Why addresses of a Service cannot be exported as its rule says. */
  readonly exportFaults: ReadonlyMap<string, string>
}

/** Whether exported addresses answer. */
export interface Reachable {
  /** All addresses of a Service (`namespace/name`) are about to be asked for anew. */
  begin(service: string): void
  /** False: nobody answers there, so other clusters are not shown it. */
  isReachable(endpoint: string, service: string): boolean
}

export interface DesireOptions {
  readonly export: ExportRule
  /** Undefined: nobody looks. */
  readonly reachable: Reachable | undefined
}

export function wantedOf(members: readonly [Named, ...Named[]], store: ObjectsStore, options: DesireOptions): Wanted {
  const [oldest] = members
  const instances = new Map<string, WantedInstance>()
  const exportFaults = new Map<string, string>()
  for (const member of members) {
    options.reachable?.begin(member.service.ref)
    for (const [id, found] of endpointsOf(member, store)) {
      const { instance, fault } = toInstance(id, found, member, store, options)
      const known = instances.get(id)
      instances.set(id, known === undefined ? instance : joined(known, instance))
      if (fault !== '') exportFaults.set(member.service.ref, `Service ${member.service.ref} is not exported: ${fault}`)
    }
  }
  return {
    key: oldest.key,
    refs: members.map(({ service }) => service.ref),
    service: microserviceOf(oldest),
    instances,
    exportFaults,
  }
}

function microserviceOf({ service, wishes, key }: Named): Microservice {
  const { namespace, type, externalName, createdS, ref } = service
  const created = String(createdS)
  return {
    ...(key.environment === '' ? {} : { environment: key.environment }),
    appId: key.appId,
    serviceName: key.serviceName,
    version: key.version,
    level: 'BACK',
    status: 'UP',
    properties: {
      namespace,
      type,
      ...(externalName === '' ? {} : { externalName }),
      ...(wishes.allowCrossApp ? { allowCrossApp: 'true' } : {}),
      [ORIGIN]: ref,
    },
    registerBy: REGISTER_BY,
    framework: { name: FRAMEWORK },
    timestamp: created,
    modTimestamp: created,
  }
}

interface Found {
  readonly endpoint: KubeEndpoint
  readonly pod: KubePod | undefined
  readonly targets: Target[]
}

/** Endpoints by instance id: a Pod with addresses of both families, or in several slices, is one instance. */
function endpointsOf({ service }: Named, store: ObjectsStore): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>()
  const preferred = service.families[0] ?? 'IPv4'
  const slices = store.slicesOf(service.ref)
  const ordered = [...slices].sort((a, b) => Number(a.addressType !== preferred) - Number(b.addressType !== preferred))
  for (const { ports, endpoints } of ordered) {
    for (const endpoint of endpoints) {
      // All addresses of one endpoint lead to the same Pod; the API says to use the first.
      const [address] = endpoint.addresses
      if (address === undefined) continue
      const pod = endpoint.podUid === '' ? store.podAt(address) : store.pod(endpoint.podUid)
      const uid = endpoint.podUid === '' ? pod?.uid : endpoint.podUid
      const id = uid?.replaceAll('-', '') ?? idOfAddress(service.ref, address)
      const each = found.get(id) ?? { endpoint, pod, targets: [] }
      each.targets.push(...ports.filter(({ port }) => port !== 0).map(port => ({ address, port })))
      found.set(id, each)
    }
  }
  return found
}

/** Endpoints without a Pod, written by hand, keep their id as long as they keep their address. */
const idOfAddress = (service: string, address: string): string =>
  createHash('sha256').update(`${service} ${address}`).digest('hex').slice(0, 32)

function toInstance(
  id: string,
  { endpoint, pod, targets }: Found,
  { service, wishes, key }: Named,
  store: ObjectsStore,
  options: DesireOptions,
): { readonly instance: WantedInstance; readonly fault: string } {
  const node = store.nodes.get(pod?.nodeName || endpoint.nodeName)
  const exported = exportedOf(targets, wishes.export ?? options.export, { service, wishes, node })
  const reached = exported?.endpoints.filter(each => options.reachable?.isReachable(each, service.ref) ?? true)
  const nodeIP = pod?.hostIP || node?.internal[0]
  const weight = weightOf(pod?.annotations ?? {}) ?? wishes.weight
  const place = placeOf(endpoint, node)
  const instance: WantedInstance = {
    instanceId: id,
    endpoints: [...new Set(targets.map(target => endpointOf(target, wishes)))],
    ...(reached === undefined ? {} : { exportedEndpoints: reached }),
    hostName: endpoint.podName || pod?.name || endpoint.hostname || (endpoint.addresses[0] ?? ''),
    status: 'UP',
    properties: {
      ...(nodeIP === undefined ? {} : { nodeIP }),
      ...(weight === undefined ? {} : { weight }),
      [ORIGIN]: service.ref,
    },
    ...(place === undefined ? {} : { dataCenterInfo: place }),
    version: key.version,
  }
  return { instance, fault: exported?.fault ?? '' }
}

function placeOf(endpoint: KubeEndpoint, node: KubeNode | undefined): Instance['dataCenterInfo'] {
  const region = node?.region ?? ''
  const availableZone = node?.zone || endpoint.zone
  return region === '' && availableZone === '' ? undefined : { name: '', region, availableZone }
}

/** Two Services under one key lead to the same Pod. */
function joined(a: WantedInstance, b: WantedInstance): WantedInstance {
  const exported = a.exportedEndpoints === undefined && b.exportedEndpoints === undefined
  return {
    ...a,
    endpoints: union(a.endpoints, b.endpoints),
    ...(exported
      ? {}
      : { exportedEndpoints: union(a.exportedEndpoints ?? a.endpoints, b.exportedEndpoints ?? b.endpoints) }),
  }
}

const union = (a: readonly string[] = [], b: readonly string[] = []): readonly string[] => [...new Set([...a, ...b])]
