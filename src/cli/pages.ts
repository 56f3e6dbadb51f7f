import type { Page } from '../center/ports.ts'
import type { Run } from './run.ts'

/** As many rows as a node gives at once. */
const PAGE = 1_000

export interface FilterOptions {
  readonly env?: string
  readonly app?: string
  readonly cluster?: string
  readonly state?: string
  readonly service?: string
  readonly serviceVersion?: string
  readonly limit?: string
  readonly unreachable?: string
  readonly global?: boolean
}

export const queryOf = (options: FilterOptions, text: string | undefined) => ({
  text,
  env: options.env,
  appId: options.app,
  cluster: options.cluster,
  state: options.state,
  serviceName: options.service,
  version: options.serviceVersion,
  unreachable: options.unreachable,
  global: options.global === false ? '0' : undefined,
})

/** All pages of a list, or the first `limit` rows. */
export async function allPages<T>(
  { client, out }: Run,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Page<T>> {
  const rows: T[] = []
  for (;;) {
    const wanted = Math.min(PAGE, limit - rows.length)
    const page = await client.v4<Page<T>>('GET', path, { query: { ...query, offset: rows.length, limit: wanted } })
    rows.push(...page.rows)
    if (page.rows.length === 0 || rows.length >= Math.min(page.total, limit)) {
      out.progress('')
      return { total: page.total, rows }
    }
    out.progress(`${rows.length} of ${Math.min(page.total, limit)} read`)
  }
}
