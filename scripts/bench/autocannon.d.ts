/** Of autocannon, which comes without types, what the benchmark uses. */
declare module 'autocannon' {
  export interface Request {
    readonly method: string
    readonly path: string
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
  }

  export interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds. */
    readonly duration: number
    /** Requests a second of all connections together; absent: as many as they can. */
    readonly overallRate?: number
    readonly requests: readonly Request[]
  }

  export interface Result {
    readonly requests: { readonly total: number; readonly average: number }
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number }
    readonly errors: number
    readonly statusCodeStats?: Readonly<Record<string, { readonly count: number }>>
  }

  export default function autocannon(options: Options): Promise<Result>
}
