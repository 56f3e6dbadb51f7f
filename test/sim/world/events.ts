interface Scheduled {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

/** What happens next, and when: a binary heap on time, then on order of scheduling. Time is true time in milliseconds. */
export class Events {
  readonly #heap: Scheduled[] = []
  #order = 0
  #nowMs = 0

  get nowMs(): number {
    return this.#nowMs
  }

  /** Runs `run` at that time, or now when it is past; the answer cancels it. */
  at(atMs: number, run: () => void): () => void {
    this.#order += 1
    const event: Scheduled = { atMs: Math.max(atMs, this.#nowMs), order: this.#order, run }
    this.#push(event)
    return () => {
      event.run = undefined
    }
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.#nowMs + ms, run)
  }

  /** Runs the next event at or before `untilMs`; false when there is none: then the time is `untilMs`. */
  step(untilMs: number): boolean {
    let next = this.#heap[0]
    while (next !== undefined && next.run === undefined) {
      this.#pop()
      next = this.#heap[0]
    }
    if (next === undefined || next.atMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs)
      return false
    }
    this.#pop()
    this.#nowMs = next.atMs
    next.run?.()
    return true
  }

  #push(event: Scheduled): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Scheduled
      if (!precedes(event, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Scheduled
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && precedes(heap[child + 1] as Scheduled, heap[child] as Scheduled)) child += 1
      if (!precedes(heap[child] as Scheduled, last)) break
      heap[at] = heap[child] as Scheduled
      at = child
    }
    heap[at] = last
  }
}

const precedes = (a: Scheduled, b: Scheduled): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
