/**
 * From the start of the process to the complete answer of a find: nothing on the disk, and 100,000 instances in 5,000
 * services, five times each, in turn.
 */
import { Fleet } from '../../test/helpers/process.ts'
import { FILLED_INTERVAL_SECONDS, fillDirectory, filledServiceName, INSTANCES_PER_SERVICE } from './fill.ts'
import { provenance, spread, table } from './measure.ts'
import { startAndTime } from './start-time.ts'

const ROUNDS = 5
const INSTANCES = Number(process.argv[2] ?? 100_000)

const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const [empty, full] = [await fleet.folder(), await fleet.folder()]
  await fillDirectory(full, 'sc1', INSTANCES)
  const last = filledServiceName(INSTANCES / INSTANCES_PER_SERVICE - 1)
  const rows = { empty: [] as number[][], full: [] as number[][] }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of ['empty', 'full'] as const) {
      const options = { place: await fleet.place(), name: kind, cluster: 'sc1', data: kind === 'full' ? full : empty }
      const awaited = kind === 'full' ? last : undefined
      const { node, tookMs, cpuMs } = await startAndTime(fleet, options, awaited, INSTANCES_PER_SERVICE)
      // The first round is not counted: it leaves the code compiled.
      if (round > 0) rows[kind].push([tookMs, cpuMs])
      await node.stop(60_000)
    }
  }
  const cells = (kind: 'empty' | 'full'): string[] =>
    [0, 1].map(column =>
      spread(
        rows[kind].map(row => row[column] ?? 0),
        0,
        'ms',
      ),
    )
  console.log(`${provenance()}\n`)
  console.log(
    `Medians of ${ROUNDS} starts (lowest to highest); leases of ${FILLED_INTERVAL_SECONDS} s, nothing lapses:\n`,
  )
  console.log(
    table([
      ['on the disk', 'until the last service is found whole', 'CPU until then'],
      ['nothing', ...cells('empty')],
      [`${INSTANCES} instances`, ...cells('full')],
    ]),
  )
} finally {
  await fleet.close()
}
