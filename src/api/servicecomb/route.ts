import type { CatalogPort } from '../../center/ports.ts'
import type { Rules } from '../../core/commands/rules.ts'
import type { ResourceType, Verb } from '../../core/rbac/permission.ts'
import type { View } from '../../core/view.ts'
import type { ApiDeps } from '../deps.ts'
import type { PolicyStore } from '../gov/policy.ts'
import type { Answer } from '../http/answer.ts'
import type { ApiOptions } from '../options.ts'
import type { LabelledKey } from '../rbac/access.ts'
import type { Authenticator } from '../rbac/authenticator.ts'
import type { Call } from './call.ts'
import type { RenderCache } from './render-cache.ts'
import type { JsonSchema, Shape } from './shape/shape.ts'

export type BodyLimit = 'bodyBytesMax' | 'instanceBodyBytesMax' | 'propertiesBodyBytesMax' | 'policyBodyBytesMax'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Who may use a route, where RBAC is enabled. */
export interface Guard {
  /** `open`: needs no token. `any`: every account may. Otherwise the type of resource that its verb is about. */
  readonly guard: 'open' | 'any' | ResourceType
  /** Instead of the method's. */
  readonly verb?: Verb
}

/** What every handler may use. */
export interface Context {
  readonly deps: ApiDeps
  readonly catalog: CatalogPort
  readonly options: ApiOptions
  readonly rules: Rules
  /** Where RBAC is enabled. */
  readonly rbac: Authenticator | undefined
  /** Where governance rules are kept. */
  readonly policies: PolicyStore
  readonly cache: RenderCache
}

/** One route as data: it is registered, refused, measured and documented from here. */
export interface Route extends Guard {
  readonly method: Method
  /** From the root, in the router's syntax. */
  readonly path: string
  /** The older path of the same route. */
  readonly v3?: string
  readonly summary: string
  /** Query parameters by name, with what they mean. */
  readonly query?: Readonly<Record<string, string>>
  /** Which of them must be there. */
  readonly required?: readonly string[]
  /** Headers that matter, by name. The domain's matters on every path with a project. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Shape<unknown>
  /** What success looks like; absent: an empty body. */
  readonly answer?: JsonSchema
  /** Answered by a websocket. */
  readonly socket?: boolean
  /** The limit of its body. */
  readonly bodyLimit?: BodyLimit
  /** Answered even by a node that has not repaired with anybody yet. */
  readonly always?: boolean
  /** The services that a request is about, as roles may be for some only. By default the one that the path names. */
  targets?(call: Call, view: View): readonly LabelledKey[]
  handle(call: Call): Answer | Promise<Answer>
}

/** Who asks, where what he may find depends on it. */
export const CONSUMER = { 'X-ConsumerId': 'id of the microservice that asks: its environment and rules count' }

/** v4 and v3 paths of a registry resource. */
export const registry = (path: string) => ({ ...registryV4(path), v3: `/registry/v3${path}` })

export const registryV4 = (path: string) => ({ path: `/v4/:project/registry${path}`, guard: 'service' as const })
