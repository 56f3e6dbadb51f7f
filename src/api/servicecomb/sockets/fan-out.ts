/** Sends in one go: ten thousand at once would keep finds and heartbeats waiting for a tenth of a second. */
const SLICE = 500
/** Frames that may wait for their turn; with more, whoever changes things waits instead. */
const WAITING_MAX = 1_000

interface Job<W> {
  readonly frame: Buffer
  readonly watchers: readonly W[]
  /** How many have it. */
  sent: number
}

/** Sends frames to many watchers, slice by slice, with the requests that have come meanwhile in between, and in order. */
export class FanOut<W> {
  readonly #send: (watcher: W, frame: Buffer) => void
  readonly #later: (run: () => void) => void
  readonly #jobs: Job<W>[] = []
  #running = false

  /** `later`: runs something once the requests that have come meanwhile were looked at. */
  constructor(
    send: (watcher: W, frame: Buffer) => void,
    later: (run: () => void) => void = run => void setImmediate(run),
  ) {
    this.#send = send
    this.#later = later
  }

  add(frame: Buffer, watchers: readonly W[]): void {
    this.#jobs.push({ frame, watchers, sent: 0 })
    if (this.#jobs.length > WAITING_MAX) this.#slice(Number.POSITIVE_INFINITY)
    else if (!this.#running) this.#run()
  }

  #run(): void {
    this.#slice(SLICE)
    this.#running = this.#jobs.length > 0
    if (this.#running) this.#later(() => this.#run())
  }

  #slice(size: number): void {
    let room = size
    while (room > 0) {
      const [job] = this.#jobs
      if (job === undefined) return
      const slice = job.watchers.slice(job.sent, job.sent + room)
      for (const watcher of slice) this.#send(watcher, job.frame)
      job.sent += slice.length
      room -= slice.length
      if (job.sent === job.watchers.length) this.#jobs.shift()
    }
  }
}
