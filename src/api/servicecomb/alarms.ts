import type { CenterStatus } from '../../center/ports.ts'
import type { SourceAlarm } from '../deps.ts'

export interface Alarm {
  readonly status: 'ACTIVATED'
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

export interface Alarms {
  list(): readonly Alarm[]
  clear(): void
}

/** What is wrong right now, in the reference's form. A cleared alarm stays away until its cause has gone and come back. */
export function createAlarms(status: () => CenterStatus, ofSources: () => readonly SourceAlarm[] = () => []): Alarms {
  let cleared: ReadonlySet<string> = new Set()
  const current = (): readonly Alarm[] => {
    const alarms = [...alarmsOf(status()), ...ofSources().map(sourceAlarm)]
    const living = new Set(alarms.map(nameOf))
    cleared = new Set([...cleared].filter(name => living.has(name)))
    return alarms
  }
  return {
    list: () => current().filter(alarm => !cleared.has(nameOf(alarm))),
    clear: () => {
      cleared = new Set(current().map(nameOf))
    },
  }
}

const nameOf = ({ id, fields }: Alarm): string => `${id} ${fields.cluster ?? fields.subject ?? ''}`

const sourceAlarm = ({ id, subject, detail }: SourceAlarm): Alarm => alarm(id, { subject, detail })

/** The ids are the reference's: what watches them knows no others. */
function alarmsOf({ writable, nodes }: CenterStatus): readonly Alarm[] {
  const alarms: Alarm[] = []
  if (!writable) alarms.push(alarm('BackendConnectionRefuse', { detail: 'the store refuses writes' }))
  const clusters = new Map<string, boolean>()
  for (const { cluster, self, sibling, silentMs } of nodes) {
    if (self || sibling) continue
    const heard = silentMs !== undefined && silentMs < SILENT_MS
    clusters.set(cluster, (clusters.get(cluster) ?? false) || heard)
  }
  for (const [cluster, heard] of clusters) {
    if (!heard) alarms.push(alarm('IncrementPullError', { cluster, detail: `cluster ${cluster} is not heard` }))
  }
  return alarms
}

const alarm = (id: string, fields: Alarm['fields']): Alarm => ({ status: 'ACTIVATED', id, fields })

/** Beats come every second; a connection without one for five is dropped. Ten mean that dialling anew did not help. */
const SILENT_MS = 10_000
