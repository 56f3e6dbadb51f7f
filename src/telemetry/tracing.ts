/**
 * Traces by OpenTelemetry, over OTLP/HTTP. A request is a span at the node that answers it; what it writes is a span at each
 * node that gossip brings it to. Its packages are loaded here alone, and only where somebody asks for traces.
 */
import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { Arrival } from '../center/ports.ts'

export interface TracingOptions {
  /** Where the collector takes spans: the base URL, without `/v1/traces`. */
  readonly endpoint: string
  /** How many of the requests that do not say so themselves are traced, from 0 to 1. */
  readonly ratio: number
  readonly version: string
  readonly node: string
  /** Of this node, for people. */
  readonly name: string
  readonly cluster: string
}

export interface TracedRequest {
  readonly method: string
  /** A pattern of bounded variety. */
  readonly route: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly requestId: string | undefined
}

/** What has become of a request's span. */
export interface TracedSpan {
  readonly traceId: string
  /** W3C `traceparent` for what comes of it. */
  readonly trace: string
  end(status: number): void
}

/** Spans wait for the collector: what is more than this is dropped. */
const QUEUE_MAX = 2_048
const EXPORT_TIMEOUT_MS = 5_000
/** A collector that is away must not hold up the end of the process. */
const LAST_EXPORT_MS = 2_000

type Api = typeof import('@opentelemetry/api')

export class Tracing {
  readonly #api: Api
  readonly #tracer: Tracer
  readonly #shutdown: () => Promise<void>

  private constructor(api: Api, tracer: Tracer, shutdown: () => Promise<void>) {
    this.#api = api
    this.#tracer = tracer
    this.#shutdown = shutdown
  }

  static async start({ endpoint, ratio, version, node, name, cluster }: TracingOptions): Promise<Tracing> {
    const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ])
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS })
    const provider = new sdk.TracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'grapevine',
        'service.namespace': cluster,
        'service.instance.id': node,
        'service.version': version,
        'host.name': name,
      }),
      sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new sdk.BatchSpanProcessor({ exporter, maxQueueSize: QUEUE_MAX })],
    })
    return new Tracing(api, provider.getTracer('grapevine', version), () => provider.shutdown())
  }

  /** Undefined for a request that is not sampled. */
  begin({ method, route, headers, requestId }: TracedRequest): TracedSpan | undefined {
    const { SpanKind, SpanStatusCode } = this.#api
    const { traceparent } = headers
    const span = this.#tracer.startSpan(
      `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          ...(requestId === undefined ? {} : { 'grapevine.request_id': requestId }),
        },
      },
      this.#below(typeof traceparent === 'string' ? traceparent : ''),
    )
    if (!span.isRecording()) return undefined
    return {
      traceId: span.spanContext().traceId,
      trace: traceOf(span),
      end: status => {
        span.setAttribute('http.response.status_code', status)
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    }
  }

  /** Gossip has brought what a traced request wrote elsewhere. */
  arrived({ origin, author, cluster, keys, tookMs }: Arrival): void {
    if (origin.trace === '') return
    const endMs = Date.now()
    const span = this.#tracer.startSpan(
      'merge changes',
      {
        kind: this.#api.SpanKind.CONSUMER,
        startTime: endMs - tookMs,
        attributes: {
          'messaging.system': 'grapevine',
          'messaging.operation.type': 'process',
          'grapevine.request_id': origin.requestId,
          'grapevine.author': author,
          'grapevine.cluster_id': cluster,
          'grapevine.keys': [...keys],
        },
      },
      this.#below(origin.trace),
    )
    span.end(endMs)
  }

  /** Sends what waits, for a short while. */
  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const overdue = setTimeout(resolve, LAST_EXPORT_MS)
    await Promise.race([this.#shutdown().catch(() => undefined), promise])
    clearTimeout(overdue)
  }

  /** The context of a `traceparent`; without a usable one a trace of its own begins. */
  #below(traceparent: string): Context {
    const { ROOT_CONTEXT, trace } = this.#api
    const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? []
    if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
    const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
    return this.#api.isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
  }
}

function traceOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
