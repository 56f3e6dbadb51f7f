/**
 * Runs the simulation: `npm run sim -- --seed 7`, `-- --seeds 1000 [--from 1]`, `-- --minutes 30 [--from 1001]`. Fails when a
 * checker was violated or, over at least 300 seeds, had too little to see. `--threads 1` leaves the other cores alone.
 */
import { parseArgs } from 'node:util'
import { runSeeds, THREADS } from '../test/sim/pool.ts'
import { Report } from '../test/sim/report.ts'

/** From this many seeds on every checker must have had something to check. */
const SEEDS_ENOUGH = 300
/** The tests run the seeds below; a run for minutes goes on with others. */
const MINUTES_FROM = 1_001
/** Failures printed in full. */
const SHOWN = 10

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    minutes: { type: 'string' },
    threads: { type: 'string', default: String(THREADS) },
  },
})

const whole = (name: string, text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number, not ${text}`)
  return number
}

function* seedsWanted(): Generator<number> {
  if (values.seed !== undefined) return yield whole('seed', values.seed)
  if (values.minutes === undefined) {
    const from = whole('from', values.from ?? '1')
    const count = whole('seeds', values.seeds ?? '300')
    for (let seed = from; seed < from + count; seed++) yield seed
    return
  }
  const untilMs = performance.now() + whole('minutes', values.minutes) * 60_000
  for (let seed = whole('from', values.from ?? String(MINUTES_FROM)); performance.now() < untilMs; seed++) yield seed
}

const startedAtMs = performance.now()
const report = new Report()
const threads = values.seed === undefined ? Math.max(1, whole('threads', values.threads)) : 1
await runSeeds(
  seedsWanted(),
  summary => {
    report.add(summary)
    if (summary.failure === undefined || report.failures.length > SHOWN) return
    console.log(`--- seed ${summary.seed}\n${summary.failure}`)
  },
  threads,
)
console.log(report.table())
const { user, system } = process.cpuUsage()
console.log(
  `took ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of processors`,
)
if (report.failures.length > 0) {
  const seeds = report.failures.map(({ seed }) => seed).toSorted((a, b) => a - b)
  console.log(`${seeds.length} seeds failed: ${seeds.join(' ')}`)
  process.exitCode = 1
}
const idle = report.seeds >= SEEDS_ENOUGH ? report.idle() : []
if (idle.length > 0) {
  console.log(`premises that held too seldom: ${idle.join(', ')}`)
  process.exitCode = 1
}
