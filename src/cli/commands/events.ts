import type { EventPage } from '../../center/ports.ts'
import type { PastEvent } from '../../core/why/facts.ts'
import { orDash, printable, type Style } from '../output.ts'
import type { Action, Run } from '../run.ts'

export interface EventOptions {
  readonly service?: string
  readonly kind?: string
  readonly limit?: string
  readonly follow?: boolean
  readonly count?: string
}

/** How long a node is asked to wait for an event, and how much longer it may take to say that there was none. */
const WAIT_S = 25
const GRACE_MS = 10_000

const STYLES: Partial<Record<PastEvent['kind'], Style>> = {
  'instance-registered': 'good',
  'service-registered': 'good',
  'instance-shown': 'good',
  'peer-connected': 'good',
  'instance-unregistered': 'warn',
  'service-ended': 'warn',
  'lease-ended': 'bad',
  'instance-hidden': 'bad',
  'peer-disconnected': 'bad',
  'record-refused': 'bad',
  'quota-refused': 'bad',
  retired: 'bad',
}

/** The latest events of a node; with --follow those that come, until it is interrupted. */
export const events: Action<EventOptions> = async (run, options) => {
  const query = { service: options.service, kind: options.kind }
  const page = await run.client.v4<EventPage>('GET', '/admin/events', { query: { ...query, limit: options.limit } })
  if (options.follow !== true) {
    if (run.out.isForPrograms) await run.out.data(page)
    else for (const event of page.events) run.out.line(lineOf(run, event))
    return undefined
  }
  for (const event of page.events) await tell(run, event)
  return follow(run, page.last, query, countOf(options.count))
}

/** Prints events as they come, `count` of them at most; programs get one JSON object a line. */
export async function follow(
  run: Run,
  from: number,
  query: Readonly<Record<string, string | undefined>>,
  count: number,
): Promise<undefined> {
  let after = from
  for (let told = 0; told < count; ) {
    const page = await run.client.v4<EventPage>('GET', '/admin/events', {
      query: { ...query, after, wait: WAIT_S },
      timeoutMs: WAIT_S * 1_000 + GRACE_MS,
    })
    after = page.last
    if (page.missed) run.out.note('some events came faster than they could be read')
    for (const event of page.events) {
      if (told >= count) break
      await tell(run, event)
      told += 1
    }
  }
  return undefined
}

export const countOf = (text: string | undefined): number =>
  text === undefined ? Number.POSITIVE_INFINITY : Number(text)

async function tell(run: Run, event: PastEvent): Promise<void> {
  if (run.out.format === 'json') run.out.line(JSON.stringify(event))
  else if (run.out.format === 'yaml') await run.out.data([event])
  else run.out.line(lineOf(run, event))
}

/** `2026-11-24T06:00:01Z instance-registered sc2 orders 1.0.0 i1 …` */
function lineOf({ out }: Run, { atMs, kind, cluster, key, instanceId, detail }: PastEvent): string {
  const time = out.styled('faint', new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'))
  const what = out.styled(STYLES[kind], kind.padEnd(KIND_WIDTH))
  const service = key === undefined ? '' : `${key.serviceName} ${key.version}`
  const rest = [orDash(cluster), service, instanceId ?? '', detail].filter(part => part !== '')
  return `${time} ${what} ${printable(rest.join(' '))}`
}

const KIND_WIDTH = 'instance-unregistered'.length
