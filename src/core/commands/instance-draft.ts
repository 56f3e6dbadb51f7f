import type { HealthCheck, Instance } from '../model.ts'
import type { InstanceRules } from './rules.ts'

/** An instance as its owner describes it. The server sets times and version, and an id when none was chosen. */
export type InstanceDraft = Omit<Instance, 'instanceId' | 'status' | 'timestamp' | 'modTimestamp' | 'version'> & {
  readonly instanceId?: string
  readonly status?: string
}

const DEFAULT_INTERVAL_S = 30
const DEFAULT_TIMES = 3

/** A draft with the reference's defaults and this node's rules applied. */
export function complete(
  draft: InstanceDraft,
  given: Pick<Instance, 'instanceId' | 'timestamp' | 'modTimestamp' | 'version'>,
  rules: InstanceRules,
): Instance {
  const { properties: own, ...rest } = draft
  const properties = withRuled(own ?? {}, rules)
  return {
    ...rest,
    ...given,
    status: draft.status ?? 'UP',
    healthCheck: healthCheckOf(draft.healthCheck, rules),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  }
}

/** The properties of an instance with those that the node's rules add to all. */
export const withRuled = (
  properties: Readonly<Record<string, string>>,
  rules: InstanceRules,
): Record<string, string> => ({ ...properties, ...rules.properties })

/**
 * `push`: the owner heartbeats, at least as seldom as the rules say. `pull`: somebody else does; what the owner asked for
 * is replaced. A ruled lease is shown as what it is, rounded up to whole intervals.
 */
function healthCheckOf(asked: HealthCheck | undefined, rules: InstanceRules): HealthCheck {
  const check = asked ?? { mode: 'push', interval: DEFAULT_INTERVAL_S, times: DEFAULT_TIMES }
  const bounded =
    asked === undefined || check.mode === 'pull'
      ? { ...check, interval: DEFAULT_INTERVAL_S, times: DEFAULT_TIMES }
      : {
          ...check,
          interval: Math.max(check.interval, rules.minIntervalS),
          times: Math.max(check.times, rules.minTimes),
        }
  if (rules.leaseS <= 0) return bounded
  return { ...bounded, interval: Math.ceil(rules.leaseS / (bounded.times + 1)) }
}
