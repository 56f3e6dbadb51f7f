/**
 * The cost table of replication, measured: each bound beside what it came to and, where physics set one, the ratio to the
 * floor. Ends with 1 when a bound counted in bytes, messages, copies or memory is broken, or a time takes more than its bound and
 * more than three times what the same run took for the least that could do.
 *
 *   node scripts/bench/replication.ts [--records 1000,100000,1000000] [--instances 100000]
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Fleet } from '../../test/helpers/process.ts'
import { provenance, table } from './measure.ts'
import { copiesRows, repairRows, standingRows } from './replication/counted.ts'
import { loadedRows } from './replication/loaded.ts'
import { cells, isBroken } from './replication/row.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000,100000,1000000' },
    instances: { type: 'string', default: '100000' },
  },
})

const whole = (name: string, text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name}: ${text} is no number from 1 on`)
  return number
}
const instances = whole('instances', values.instances)
const records = values.records.split(',').map(each => whole('records', each))

const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const { rows: loaded, driven, idleDelayMs } = await loadedRows(fleet, instances)
  await fleet.close()
  const rows = [...loaded, ...(await standingRows()), ...(await copiesRows())]
  // A collection is then one event, whose time can be told from that of the repair (rig.ts).
  setFlagsFromString('--no-incremental-marking')
  for (const each of records) rows.push(...(await repairRows(each, idleDelayMs)))
  rows.sort((a, b) => Number.parseInt(a.what, 10) - Number.parseInt(b.what, 10))
  const broken = rows.filter(isBroken)
  console.log(`${provenance()}\n`)
  console.log(
    `${instances} instances. Driven: ${Math.round(driven.heartbeatsPerSecond)} heartbeats and ${Math.round(driven.changesPerSecond)} changes a second, ${driven.errors + driven.refused} of them not answered with 200. Timers of an idle process were ${idleDelayMs.toFixed(0)} ms late at p99.9. Repairs are between replicas of 20 writers; values of 100 B. All of it took ${Math.round(process.uptime())} s.\n`,
  )
  console.log(table([['what', 'bound', 'measured', '÷ floor', ''], ...rows.map(cells)]))
  console.log(broken.length === 0 ? '\nNo bound is broken.' : `\nBroken: ${broken.map(({ what }) => what).join('; ')}.`)
  process.exitCode = broken.length === 0 ? 0 : 1
} finally {
  await fleet.close()
}
