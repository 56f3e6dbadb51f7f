import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** From this much in use on, memory is worth more than the time that collecting it takes. */
const LARGE_BYTES = 120e6
/** Below this again it is not. */
const SMALL_BYTES = 90e6
const LOOK_MS = 500
/** Share of LOOK_MS in which there was something to do. */
const BUSY = 0.5
/** A node that was busy is calm again after this long: a pause between two bursts is none. */
const CALM_MS = 3_000

/**
 * Has V8 spend memory where it buys time. A node that is busy may enlarge the semi-spaces that `bin/grapevine` keeps small:
 * a registration then takes a third less CPU, because fewer short-lived objects are taken for long-lived ones. A calm node
 * with a large heap lets it grow less before it is collected: with 100,000 instances that is 70 MB. V8 gives back by itself
 * what it no longer needs. The answer ends it.
 */
export function tuneHeap(): () => void {
  let trimming = false
  let growing = false
  let last = performance.eventLoopUtilization()
  let busyAtMs = Number.NEGATIVE_INFINITY
  const look = (): void => {
    const now = performance.eventLoopUtilization()
    if (performance.eventLoopUtilization(now, last).utilization > BUSY) busyAtMs = performance.now()
    const busy = performance.now() - busyAtMs < CALM_MS
    last = now
    if (busy !== growing) setFlagsFromString(`--semi-space-growth-factor=${busy ? 2 : 1}`)
    growing = busy
    const used = getHeapStatistics().used_heap_size
    const wanted = !busy && used > (trimming ? SMALL_BYTES : LARGE_BYTES)
    if (wanted !== trimming) setFlagsFromString(wanted ? '--memory-saver-mode' : '--no-memory-saver-mode')
    trimming = wanted
  }
  const timer = setInterval(look, LOOK_MS).unref()
  return () => clearInterval(timer)
}
