import type { KeyObject } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { CatalogPort, Clock, Identity, InsightPort, Origin } from '../center/ports.ts'

type Fields = Readonly<Record<string, unknown>>

/** The part of a pino logger that the API uses: fields first, then a constant message. */
export interface ApiLog {
  debug(fields: Fields, message: string): void
  info(fields: Fields, message: string): void
  warn(fields: Fields, message: string): void
  error(fields: Fields, message: string): void
}

/** What is counted here and shown elsewhere. */
export interface ApiMetrics {
  /** The whole registry of metrics as Prometheus text. */
  scrape(): Promise<string>
  /** Where the answers of one route are counted; `route` is a pattern of bounded variety. */
  answers(method: string, route: string): (status: number, seconds: number) => void
  /** A request or socket that met a limit, by the limit's name. */
  refused(limit: string): void
  /** Something was rendered for everybody who asks: the instances of a find, or an event for watchers. */
  rendered(what: 'find' | 'event'): void
  /** Open sockets, by kind. */
  sockets(kind: 'watcher' | 'heartbeat', change: 1 | -1): void
}

export interface SourceAlarm {
  readonly id: string
  readonly subject: string
  readonly detail: string
}

/** How HTTPS is spoken; the names are Node's. */
export interface ServerTls {
  readonly cert: string
  readonly key: string
  readonly passphrase?: string
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** Whom clients' certificates must come from, where they need one. */
  readonly ca?: string
  readonly requestCert?: boolean
  readonly rejectUnauthorized?: boolean
}

/** A file that browsers get as it is. */
export interface StaticFile {
  readonly type: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** The part of a trace that one request is. */
export interface RequestSpan {
  readonly traceId: string
  /** W3C `traceparent` for what comes of it. */
  readonly trace: string
  end(status: number): void
}

/** How requests are followed to other nodes. */
export interface Following {
  /** Runs work as part of a request. */
  run(origin: Origin, work: () => void): void
  /** With traces; undefined for a request that is not sampled. */
  readonly begin?: (request: {
    readonly method: string
    /** A pattern of bounded variety. */
    readonly route: string
    readonly headers: IncomingHttpHeaders
    readonly requestId: string | undefined
  }) => RequestSpan | undefined
}

export interface ApiDeps {
  readonly catalog: CatalogPort
  /** What operators ask. */
  readonly insight: InsightPort
  readonly identity: () => Identity
  readonly log: ApiLog
  readonly metrics: ApiMetrics
  readonly clock: Clock
  /** Whether an address is a configured peer's: whom `dump: 'peers'` lets in. */
  readonly isPeer: (address: string) => boolean
  /** The private key by which this node signs tokens; needed where RBAC is enabled. See `readPrivateKey`. */
  readonly signingKey?: KeyObject
  /** Without it HTTP is spoken. */
  readonly tls?: ServerTls
  /** The dashboard's file at a path below `/ui`; without it there is none. */
  readonly dashboard?: (path: string) => StaticFile | undefined
  readonly following?: Following
  /** What the sources (Kubernetes, older centers) find wrong. */
  readonly sourceAlarms?: () => readonly SourceAlarm[]
}
