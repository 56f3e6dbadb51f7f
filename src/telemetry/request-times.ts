/** Upper bounds of the histogram's buckets. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const NAME = 'grapevine_http_request_seconds'
const HEAD = [
  `# HELP ${NAME} Time to answer a request, by method, route pattern and status`,
  `# TYPE ${NAME} histogram`,
]

/** All answers of one method, route and status so far. */
export interface Answered {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly count: number
  /** All of them together. */
  readonly seconds: number
}

/** Answers of one method, route and status. */
class Series {
  readonly #of: Pick<Answered, 'method' | 'route' | 'status'>
  /** Not yet added up; the last one is for what took longer than the highest bound. */
  readonly #counts = new Array<number>(SECONDS.length + 1).fill(0)
  #sum = 0

  constructor(of: Pick<Answered, 'method' | 'route' | 'status'>) {
    this.#of = of
  }

  answered(): Answered {
    return { ...this.#of, count: this.#counts.reduce((sum, each) => sum + each, 0), seconds: this.#sum }
  }

  observe(seconds: number): void {
    let bucket = 0
    while (bucket < SECONDS.length && seconds > (SECONDS[bucket] as number)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sum += seconds
  }

  lines(): string[] {
    const { method, route, status } = this.#of
    const labels = `method="${method}",route="${route}",status="${status}"`
    let count = 0
    const buckets = this.#counts.map((each, i) => {
      count += each
      return `${NAME}_bucket{le="${SECONDS[i] ?? '+Inf'}",${labels}} ${count}`
    })
    return [...buckets, `${NAME}_sum{${labels}} ${this.#sum}`, `${NAME}_count{${labels}} ${count}`]
  }
}

/**
 * The one histogram that is kept at every request: prom-client's looks its labels up anew each time, which cost a tenth of
 * what a short answer takes.
 */
export class RequestTimes {
  readonly #series = new Map<string, Series>()

  /** Counts answers of one route. All three labels are of bounded variety and need no escaping. */
  of(method: string, route: string): (status: number, seconds: number) => void {
    const byStatus = new Map<number, Series>()
    return (status, seconds) => {
      let series = byStatus.get(status)
      if (series === undefined) {
        series = this.#seriesOf({ method, route, status })
        byStatus.set(status, series)
      }
      series.observe(seconds)
    }
  }

  /** As Prometheus text. */
  text(): string {
    return [...HEAD, ...[...this.#series.values()].flatMap(series => series.lines())].join('\n')
  }

  answered(): Answered[] {
    return [...this.#series.values()].map(series => series.answered())
  }

  #seriesOf(of: Pick<Answered, 'method' | 'route' | 'status'>): Series {
    const name = `${of.method} ${of.route} ${of.status}`
    const known = this.#series.get(name)
    if (known !== undefined) return known
    const series = new Series(of)
    this.#series.set(name, series)
    return series
  }
}
