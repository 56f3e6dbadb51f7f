/** Governance rules: how traffic is marked (match groups), and what is done with marked traffic (policies). */

export interface Policy {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly status: string
  /** Usually app and environment. */
  readonly selector: Readonly<Record<string, string>>
  readonly spec: Readonly<Record<string, unknown>>
  /** Unix seconds. */
  readonly createTime: number
  readonly updateTime: number
}

export type PolicyDraft = Pick<Policy, 'name' | 'selector' | 'spec'>

export interface PolicyFilter {
  /** Empty: any. */
  readonly app: string
  /** `all`: any; empty: that of rules without one. */
  readonly environment: string
}

/** Where rules are kept: in the catalog itself, or with a KIE server. */
export interface PolicyStore {
  /** Answers the new rule's id. */
  create(scope: PolicyScope, kind: string, draft: PolicyDraft): Promise<string>
  update(scope: PolicyScope, kind: string, id: string, change: Pick<Policy, 'spec' | 'status'>): Promise<void>
  /** Throws INVALID_PARAMS when there is no such rule. */
  read(scope: PolicyScope, kind: string, id: string): Promise<Policy>
  list(scope: PolicyScope, kind: string, filter: PolicyFilter): Promise<readonly Policy[]>
  /** Policies are named after the match group they are for: a group's deletion takes them with it. */
  remove(scope: PolicyScope, kind: string, id: string): Promise<void>
}

export interface PolicyScope {
  readonly domain: string
  readonly project: string
}

export const MATCH_GROUP = 'match-group'
export const ENABLED = 'enabled'

/** What clients call the kinds of the policies that a match group can have. */
export const POLICY_KINDS: readonly string[] = [
  'retry',
  'rate-limiting',
  'loadbalance',
  'circuit-breaker',
  'instance-isolation',
  'fault-injection',
  'bulkhead',
]

/** The wire form; empty members are left out. `creatTime` is the reference's spelling. */
export const policyJson = ({ name, id, status, selector, kind, spec, createTime, updateTime }: Policy) => ({
  name: name || undefined,
  id,
  status: status || undefined,
  creatTime: createTime || undefined,
  updateTime: updateTime || undefined,
  selector: Object.keys(selector).length > 0 ? selector : undefined,
  kind,
  spec,
})

export const matches = ({ selector }: Policy, { app, environment }: PolicyFilter): boolean =>
  (app === '' || selector.app === app) && (environment === 'all' || (selector.environment ?? '') === environment)
