/**
 * Runs the simulation: `npm run sim -- --seed 7`, `-- --seeds 1000 [--from 1]`, `-- --minutes 30`. Fails when a checker was
 * violated or, over at least 300 seeds, had too little to see.
 */
import { parseArgs } from 'node:util'
import { Report } from '../test/sim/report.ts'
import { runSeed } from '../test/sim/run.ts'

/** From this many seeds on every checker must have had something to check. */
const SEEDS_ENOUGH = 300
/** Failures printed in full. */
const SHOWN = 10

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
  },
})

const whole = (name: string, text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number, not ${text}`)
  return number
}

const startedAtMs = performance.now()
const untilMs = values.minutes === undefined ? undefined : startedAtMs + Number(values.minutes) * 60_000
const from = values.seed === undefined ? whole('from', values.from) : whole('seed', values.seed)
const count =
  values.seed !== undefined
    ? 1
    : untilMs !== undefined
      ? Number.POSITIVE_INFINITY
      : whole('seeds', values.seeds ?? '300')

const report = new Report()
for (let seed = from; seed < from + count && performance.now() < (untilMs ?? Number.POSITIVE_INFINITY); seed++) {
  const failed = report.failures.length
  report.add(await runSeed(seed))
  const failure = report.failures[failed]
  if (failure !== undefined && failed < SHOWN) console.log(`--- seed ${seed}\n${failure.text}`)
}
console.log(report.table())
console.log(`took ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`)
if (report.failures.length > 0) {
  console.log(`${report.failures.length} seeds failed: ${report.failures.map(({ seed }) => seed).join(' ')}`)
  process.exitCode = 1
}
const idle = report.seeds >= SEEDS_ENOUGH ? report.idle() : []
if (idle.length > 0) {
  console.log(`premises that held too seldom: ${idle.join(', ')}`)
  process.exitCode = 1
}
