import type { ServiceRow } from '../../center/ports.ts'
import { type Column, orDash } from '../output.ts'
import { allPages, type FilterOptions, queryOf } from '../pages.ts'
import type { Action } from '../run.ts'

const COLUMNS: readonly Column<ServiceRow>[] = [
  { title: 'NAME', value: row => row.serviceName, style: () => 'bold', shrink: 2 },
  { title: 'APP', value: row => row.appId, shrink: 3 },
  { title: 'ENV', value: row => orDash(row.environment), shrink: 1 },
  { title: 'VERSIONS', value: row => row.versions.map(({ version }) => version).join(','), shrink: 4 },
  { title: 'CLUSTERS', value: row => row.clusters.join(','), shrink: 5 },
  { title: 'INSTANCES', value: row => String(row.instances), align: 'right' },
  {
    title: 'UP',
    value: row => String(row.up),
    align: 'right',
    style: row => (row.up < row.instances ? 'warn' : 'good'),
  },
  {
    title: 'STALE',
    value: row => String(row.stale),
    align: 'right',
    style: row => (row.stale > 0 ? 'warn' : undefined),
  },
  { title: 'IDS', value: row => row.versions.map(({ serviceId }) => serviceId).join(','), wide: true },
]

/** Services of all clusters, one line a name. */
export const services: Action<FilterOptions> = async (run, options, [text]) => {
  const limit = options.limit === undefined ? undefined : Number(options.limit)
  const page = await allPages<ServiceRow>(run, '/admin/browse/services', queryOf(options, text), limit)
  if (run.out.isForPrograms) await run.out.data(page)
  else await run.out.table(page.rows, COLUMNS)
  if (page.rows.length < page.total) run.out.note(`${page.rows.length} of ${page.total} shown`)
  return undefined
}
