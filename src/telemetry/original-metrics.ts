import type { Answered } from './request-times.ts'

/** What this cluster has registered, and who listens. */
export interface OriginalCounts {
  /** Where the REST API listens, as the original tells its servers apart. */
  readonly instance: string
  readonly domains: number
  readonly services: number
  readonly instances: number
}

const MICROSECONDS = 1e6

/**
 * The numbers that dashboards of the original ask for, under its names and as Prometheus text. Without its label `domain`,
 * whose values clients choose. Made when somebody scrapes, of what is counted anyhow.
 */
export function originalMetrics(
  counts: OriginalCounts,
  answered: Iterable<Answered>,
  sockets: Readonly<Record<string, number>>,
): string {
  const own = `instance="${counts.instance}"`
  const all = [...answered].map(each => ({ ...each, labels: `method="${each.method}",${own},api="${each.route}"` }))
  const withCode = all.map(each => ({ ...each, labels: `${each.labels},code="${each.status}"` }))
  return [
    ...family('db_domain_total', 'gauge', 'Domains with a registration of this cluster', [[own, counts.domains]]),
    ...family('db_service_total', 'gauge', 'Microservices that this cluster registered', [[own, counts.services]]),
    ...family('db_instance_total', 'gauge', 'Instances that this cluster registered', [[own, counts.instances]]),
    ...family(
      'notify_subscriber_total',
      'gauge',
      'Open websockets, by kind',
      Object.entries(sockets).map(([kind, count]) => [`${own},scheme="${kind}"`, count]),
    ),
    ...family(
      'http_request_total',
      'counter',
      'Requests, by method, route and status',
      withCode.map(({ labels, count }) => [labels, count]),
    ),
    ...family(
      'http_success_total',
      'counter',
      'Requests that were answered below 500, as the original counts success',
      withCode.filter(({ status }) => status < 500).map(({ labels, count }) => [labels, count]),
    ),
    ...durations(all),
  ].join('\n')
}

type Sample = readonly [labels: string, value: number]

function family(name: string, type: string, help: string, samples: readonly Sample[]): readonly string[] {
  const full = `service_center_${name}`
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...samples.map(([labels, value]) => `${full}{${labels}} ${value}`),
  ]
}

/** A summary without quantiles: one series for all statuses of a route. */
function durations(answered: readonly (Answered & { readonly labels: string })[]): readonly string[] {
  const name = 'service_center_http_request_durations_microseconds'
  const byLabels = Map.groupBy(answered, ({ labels }) => labels)
  const lines = [...byLabels].flatMap(([labels, each]) => {
    const seconds = each.reduce((sum, one) => sum + one.seconds, 0)
    const count = each.reduce((sum, one) => sum + one.count, 0)
    return [`${name}_sum{${labels}} ${Math.round(seconds * MICROSECONDS)}`, `${name}_count{${labels}} ${count}`]
  })
  return [`# HELP ${name} Time to answer requests, by method and route`, `# TYPE ${name} summary`, ...lines]
}
