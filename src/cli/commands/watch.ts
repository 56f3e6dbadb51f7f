import type { EventPage, InstanceRow } from '../../center/ports.ts'
import { allPages } from '../pages.ts'
import type { Action } from '../run.ts'
import { countOf, follow } from './events.ts'
import { COLUMNS } from './instances.ts'

const KINDS =
  'instance-registered,instance-changed,instance-unregistered,lease-ended,instance-hidden,instance-shown,many-changes'

/** The instances of a service, then every change of them, until it is interrupted or `--count` changes have come. */
export const watch: Action<{ readonly count?: string }> = async (run, options, [name = '']) => {
  // The number first: what changes while the list is read is told twice rather than not at all.
  const { last } = await run.client.v4<EventPage>('GET', '/admin/events', { query: { limit: 1 } })
  const page = await allPages<InstanceRow>(run, '/admin/browse/instances', { serviceName: name })
  if (run.out.isForPrograms) for (const row of page.rows) run.out.line(JSON.stringify(row))
  else if (page.rows.length > 0) await run.out.table(page.rows, COLUMNS)
  if (page.rows.length === 0) run.out.note(`${name} has no instance now. Waiting for the first…`)
  return follow(run, last, { service: name, kind: KINDS }, countOf(options.count))
}
