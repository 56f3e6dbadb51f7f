import { Fleet } from './process.ts'

/** Lines of each program that are shown when a test fails. */
const SHOWN_LINES_MAX = 40

/** A new fleet for each test of the surrounding suite, closed after it. A failed test shows what its programs printed. */
export function eachFleet(): { readonly fleet: Fleet } {
  const holder = { fleet: new Fleet() }
  beforeEach(() => {
    holder.fleet = new Fleet()
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(holder.fleet.output(SHOWN_LINES_MAX))
    await holder.fleet.close()
  })
  return holder
}
