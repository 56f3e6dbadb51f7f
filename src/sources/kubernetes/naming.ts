import type { ServiceKey } from '../../core/model.ts'
import { type Wishes, wishesOf } from './annotations.ts'
import { ANNOTATION, type KubeService } from './objects.ts'
import type { KubernetesOptions } from './options.ts'

/** A Service that is registered, and as what. */
export interface Named {
  readonly service: KubeService
  readonly wishes: Wishes
  readonly key: ServiceKey
}

export interface Names {
  readonly byRef: ReadonlyMap<string, Named>
  /** Services that are called otherwise than they would be alone, and why. */
  readonly collisions: ReadonlyMap<string, string>
  /** Services with a label or annotation that cannot be used, and which. */
  readonly faults: ReadonlyMap<string, string>
  /** Services that are not registered because they say so. */
  readonly withheld: ReadonlyMap<string, string>
}

type NamingOptions = Pick<KubernetesOptions, 'namespaces' | 'excludedNamespaces' | 'namespacedNames'>

/** The API server's own Service: every cluster has one, and none is anybody else's business. */
const API_SERVER = 'default/kubernetes'
const DEFAULT_APP = 'default'
const DEFAULT_VERSION = '0.0.1'

/**
 * Gives every Service its key. Names are unique in a namespace only, and finds go by name: where two namespaces hold the
 * same name, the older Service keeps it and the other is called `name.namespace`, so that neither swallows the other.
 */
export class Naming {
  readonly #options: NamingOptions
  /** Annotations are read once for each version of a Service. */
  readonly #wishes = new WeakMap<KubeService, Wishes>()

  constructor(options: NamingOptions) {
    this.#options = options
  }

  name(services: Iterable<KubeService>): Names {
    const named: Named[] = []
    const faults = new Map<string, string>()
    const withheld = new Map<string, string>()
    for (const service of services) {
      if (!isFollowed(service, this.#options)) continue
      const wishes = this.#wishesOf(service)
      if (!wishes.register) {
        withheld.set(service.ref, `annotation ${ANNOTATION}register is "false", so it is not registered`)
        continue
      }
      if (wishes.faults.length > 0) faults.set(service.ref, `Service ${service.ref}: ${wishes.faults.join('; ')}`)
      named.push({ service, wishes, key: keyOf(service, wishes) })
    }
    named.sort((a, b) => a.service.createdS - b.service.createdS || (a.service.ref < b.service.ref ? -1 : 1))
    return { ...this.#settle(named), faults, withheld }
  }

  /** The oldest first. */
  #settle(named: readonly Named[]): Pick<Names, 'byRef' | 'collisions'> {
    const always = this.#options.namespacedNames === 'always'
    const collisions = new Map<string, string>()
    const holders = new Map<string, KubeService>()
    const byRef = new Map<string, Named>()
    for (const each of named) {
      const { service, key } = each
      const name = JSON.stringify([key.environment, key.appId, key.serviceName])
      const holder = holders.get(name) ?? service
      holders.set(name, holder)
      if (!always && holder.namespace === service.namespace) {
        byRef.set(service.ref, each)
        continue
      }
      const serviceName = `${key.serviceName}.${service.namespace}`
      byRef.set(service.ref, { ...each, key: { ...key, serviceName } })
      if (always) continue
      const detail = `Service ${service.ref} is called ${serviceName}: ${holder.ref} is older and has its name`
      collisions.set(service.ref, detail)
    }
    return { byRef, collisions }
  }

  #wishesOf(service: KubeService): Wishes {
    const known = this.#wishes.get(service)
    if (known !== undefined) return known
    const wishes = wishesOf(service)
    this.#wishes.set(service, wishes)
    return wishes
  }
}

function isFollowed({ ref, namespace }: KubeService, options: NamingOptions): boolean {
  if (ref === API_SERVER || options.excludedNamespaces.includes(namespace)) return false
  return options.namespaces.length === 0 || options.namespaces.includes(namespace)
}

const keyOf = (service: KubeService, wishes: Wishes): ServiceKey => ({
  domain: 'default',
  project: 'default',
  environment: wishes.environment ?? '',
  appId: wishes.app ?? DEFAULT_APP,
  serviceName: wishes.name ?? service.name,
  version: wishes.version ?? DEFAULT_VERSION,
})
