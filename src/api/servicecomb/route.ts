import type { CatalogPort } from '../../center/ports.ts'
import type { Rules } from '../../core/commands/rules.ts'
import type { ApiDeps } from '../deps.ts'
import type { Answer } from '../http/answer.ts'
import type { ApiOptions } from '../options.ts'
import type { Call } from './call.ts'
import type { RenderCache } from './render-cache.ts'
import type { Shape } from './shape/shape.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What every handler may use. */
export interface Context {
  readonly deps: ApiDeps
  readonly catalog: CatalogPort
  readonly options: ApiOptions
  readonly rules: Rules
  readonly cache: RenderCache
}

/** One route as data: it is registered, refused, measured and documented from here. */
export interface Route {
  readonly method: Method
  /** From the root, in the router's syntax. */
  readonly path: string
  /** The older path of the same route. */
  readonly v3?: string
  readonly summary: string
  /** Query parameters by name, with what they mean. */
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Shape<unknown>
  readonly bodyBytesMax?: number
  /** Answered even by a node that has not repaired with anybody yet. */
  readonly always?: boolean
  handle(call: Call): Answer | Promise<Answer>
}

/** v4 and v3 paths of a registry resource. */
export const registry = (path: string) => ({
  path: `/v4/:project/registry${path}`,
  v3: `/registry/v3${path}`,
})

export const registryV4 = (path: string) => ({ path: `/v4/:project/registry${path}` })
