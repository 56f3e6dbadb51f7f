import type { SourceAlarm, SourceLog } from './source.ts'

/** Alarms kept at most; more of the same say nothing new. */
const ALARMS_MAX = 1_000

/** What is wrong at the moment. An alarm is logged when it is raised and when it is over, not in between. */
export class Alarms {
  readonly #log: SourceLog
  readonly #raised = new Map<string, SourceAlarm>()

  constructor(log: SourceLog) {
    this.#log = log
  }

  raise(id: string, subject: string, detail: string): void {
    const name = nameOf(id, subject)
    const known = this.#raised.get(name)
    if (known?.detail === detail || (known === undefined && this.#raised.size >= ALARMS_MAX)) return
    this.#raised.set(name, { id, subject, detail })
    this.#log.warn({ alarm: id, subject }, detail)
  }

  clear(id: string, subject: string): void {
    if (this.#raised.delete(nameOf(id, subject))) this.#log.info({ alarm: id, subject }, 'alarm is over')
  }

  /** Makes these the only alarms of one id. */
  replace(id: string, details: ReadonlyMap<string, string>): void {
    for (const alarm of [...this.#raised.values()]) {
      if (alarm.id === id && !details.has(alarm.subject)) this.clear(id, alarm.subject)
    }
    for (const [subject, detail] of details) this.raise(id, subject, detail)
  }

  list(): readonly SourceAlarm[] {
    return [...this.#raised.values()]
  }
}

const nameOf = (id: string, subject: string): string => `${id} ${subject}`
