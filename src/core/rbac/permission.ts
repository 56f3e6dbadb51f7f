/** Who may do what: verbs on types of resources, some of them for services with certain labels only. */

export type ResourceType = 'account' | 'config' | 'role' | 'service' | 'governance' | 'ops' | 'service/schema'
export type Verb = 'get' | 'create' | 'update' | 'delete'

/** Of a service: environment, appId, serviceName. */
export type Labels = Readonly<Record<string, string>>

export interface Resource {
  readonly type: string
  readonly labels?: Labels
}

export interface Permission {
  readonly resources: readonly Resource[]
  readonly verbs: readonly string[]
}

/** May do everything, and is not looked at any further. */
export const ADMIN = 'admin'
export const DEVELOPER = 'developer'

const all = (...types: readonly ResourceType[]): readonly Permission[] => [
  { resources: types.map(type => ({ type })), verbs: ['*'] },
]

/** Roles that are there without being made, and cannot be changed. */
export const BUILTIN_ROLES: ReadonlyMap<string, readonly Permission[]> = new Map([
  [ADMIN, all('account', 'config', 'role', 'service', 'governance', 'ops', 'service/schema')],
  [DEVELOPER, all('config', 'service', 'governance', 'ops', 'service/schema')],
])

/** `labels`: only for services that match one of them; undefined: for all. */
export type Grant = { readonly labels: readonly Labels[] | undefined }

/** What these permissions grant for a verb on a type of resource, or undefined. */
export function grantOf(permissions: readonly Permission[], type: ResourceType, verb: Verb): Grant | undefined {
  const labels: Labels[] = []
  for (const permission of permissions) {
    if (!permission.verbs.includes('*') && !permission.verbs.includes(verb)) continue
    for (const resource of permission.resources) {
      if (resource.type !== type) continue
      if (resource.labels === undefined || Object.keys(resource.labels).length === 0) return { labels: undefined }
      labels.push(resource.labels)
    }
  }
  return labels.length > 0 ? { labels } : undefined
}

/** Whether a service with these labels is among those granted. */
export const covers = ({ labels }: Grant, target: Labels): boolean =>
  labels === undefined || labels.some(wanted => Object.entries(wanted).every(([key, value]) => target[key] === value))
