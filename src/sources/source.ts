import type { CatalogPort, Clock, Random } from '../center/ports.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a source asks of a logger; pino's has this shape. Fields first, then a constant message. */
export interface SourceLog {
  debug(fields: Fields, message: string): void
  info(fields: Fields, message: string): void
  warn(fields: Fields, message: string): void
}

export interface SourceDeps {
  readonly catalog: CatalogPort
  readonly clock: Clock
  readonly random: Random
  readonly log: SourceLog
}

/** Something that stays wrong until somebody acts. */
export interface SourceAlarm {
  readonly id: string
  /** What it is about: with `id` it names the alarm. */
  readonly subject: string
  readonly detail: string
}

export interface SourceStatus {
  readonly name: string
  /** `starting`: nothing listed yet. `frozen`: the upstream cannot be reached, what it last showed is kept alive. */
  readonly state: 'starting' | 'live' | 'frozen'
  readonly services: number
  readonly instances: number
  /** Requests sent upstream, and bytes received, since the start. */
  readonly requests: number
  readonly receivedBytes: number
  readonly alarms: readonly SourceAlarm[]
  /** What is left out because it says so, by subject, and how it says so: nothing is wrong with it. */
  readonly withheld?: ReadonlyMap<string, string>
}

/** Brings what somebody else knows into the catalog. */
export interface Source {
  start(): void
  /** Stops following the upstream. What it wrote stays, and lapses unless a sibling hears it. */
  stop(): Promise<void>
  status(): SourceStatus
}
