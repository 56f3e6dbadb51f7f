import type { InstanceRow } from '../../center/ports.ts'
import { age, type Column, orDash } from '../output.ts'
import { allPages, type FilterOptions, queryOf } from '../pages.ts'
import type { Action } from '../run.ts'

export const COLUMNS: readonly Column<InstanceRow>[] = [
  { title: 'INSTANCE', value: row => row.instance.instanceId, shrink: 5 },
  { title: 'SERVICE', value: row => row.serviceName, style: () => 'bold', shrink: 2 },
  { title: 'VERSION', value: row => row.version, shrink: 1 },
  { title: 'CLUSTER', value: row => row.cluster, shrink: 1 },
  {
    title: 'STATUS',
    value: row => row.instance.status + (row.stale ? ' stale' : ''),
    style: row => (row.stale ? 'warn' : row.instance.status === 'UP' ? 'good' : 'bad'),
    shrink: 0,
  },
  { title: 'LEASE', value: row => leaseOf(row), align: 'right' },
  { title: 'HOLDER', value: row => orDash(row.holder), shrink: 4 },
  { title: 'ENDPOINTS', value: row => orDash(row.instance.endpoints?.join(',')), shrink: 6 },
  { title: 'HOST', value: row => row.instance.hostName, wide: true },
  { title: 'APP', value: row => row.appId, wide: true },
  { title: 'ENV', value: row => orDash(row.environment), wide: true },
]

/** What is left of it where that is known, otherwise its length. */
const leaseOf = ({ leaseMs, leaseLeftMs }: InstanceRow): string =>
  leaseLeftMs === undefined ? `(${age(leaseMs)})` : age(leaseLeftMs)

/** Instances of all clusters, as readers see them. */
export const instances: Action<FilterOptions> = async (run, options, [text]) => {
  const limit = options.limit === undefined ? undefined : Number(options.limit)
  const page = await allPages<InstanceRow>(run, '/admin/browse/instances', queryOf(options, text), limit)
  if (run.out.isForPrograms) await run.out.data(page)
  else await run.out.table(page.rows, COLUMNS)
  if (page.rows.length < page.total) run.out.note(`${page.rows.length} of ${page.total} shown`)
  return undefined
}
