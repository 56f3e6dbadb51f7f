/**
 * The quick start: two clusters as separate processes, a provider at one, a consumer at the other. Every step waits for
 * what it promises, says how long that took, and ends the run with an error when it does not come.
 */
import { join } from 'node:path'
import { Fleet, type NodeProcess } from '../test/helpers/process.ts'
import type { Program } from '../test/helpers/program.ts'
import { until } from '../test/helpers/until.ts'

/** Three may be missed, so that a killed provider is gone within four seconds; real applications use 30. */
const HEARTBEAT_SECONDS = 1
const LEASE_SECONDS = HEARTBEAT_SECONDS * (3 + 1)

/** What a step may take before it counts as failed. The whole is promised within two minutes. */
const STEP_DEADLINE_MS = 20_000

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} seconds`

/** Prints what is about to happen, waits for it, and prints how long it took. */
class Steps {
  #count = 0
  readonly #startedMs = performance.now()

  async step<T>(title: string, run: () => Promise<T>, explain?: (result: T) => string): Promise<T> {
    this.#count++
    const startedMs = performance.now()
    console.log(`\n${String(this.#count).padStart(2)}. ${title}`)
    const result = await run()
    console.log(`    done after ${seconds(performance.now() - startedMs)}`)
    if (explain !== undefined) console.log(`    ${explain(result)}`)
    return result
  }

  summary(): string {
    return `All ${this.#count} steps succeeded in ${seconds(performance.now() - this.#startedMs)}.`
  }
}

/** The two clusters. All that goes from one to the other, gossip and HTTP, runs through links that can be cut. */
async function startClusters(fleet: Fleet) {
  const [one, two] = [await fleet.place(), await fleet.place()]
  const links = {
    sc1: { http: await fleet.proxy(one.http), gossip: await fleet.proxy(one.gossip) },
    sc2: { http: await fleet.proxy(two.http), gossip: await fleet.proxy(two.gossip) },
  }
  const proxies = [links.sc1.http, links.sc1.gossip, links.sc2.http, links.sc2.gossip]
  const flags = ['--instance-min-interval', `${HEARTBEAT_SECONDS}s`]
  const sc1 = fleet.node({
    ...{ place: one, name: 'sc1-a', cluster: 'sc1', flags },
    ...{ clusters: `sc2=${links.sc2.http.url}`, advertise: links.sc1.gossip.port },
  })
  const sc2 = fleet.node({
    ...{ place: two, name: 'sc2-a', cluster: 'sc2', flags },
    ...{ clusters: `sc1=${links.sc1.http.url}`, advertise: links.sc2.gossip.port },
  })
  await Promise.all([sc1.listening(), sc2.listening()])
  return {
    sc1,
    sc2,
    cut: () => {
      for (const proxy of proxies) proxy.cut()
    },
    heal: () => {
      for (const proxy of proxies) proxy.heal()
    },
  }
}

const example = (fleet: Fleet, file: string, ...args: readonly string[]): Program =>
  fleet.program([file, ...args.slice(1)].join(' '), process.execPath, [join('examples', `${file}.ts`), ...args], {
    cwd: join(import.meta.dirname, '..'),
    env: { HEARTBEAT_SECONDS: String(HEARTBEAT_SECONDS) },
  })

/** Starts a provider and waits for its registration; its address as the consumer will print it. */
async function startProvider(fleet: Fleet, center: NodeProcess, name: string) {
  const program = example(fleet, 'provider', center.url, name)
  const line = await program.line(/^registered /, STEP_DEADLINE_MS)
  return { program, address: line.split(' ')[1] ?? '' }
}

/** Addresses that a find at this node answers now. */
const found = async (center: NodeProcess): Promise<readonly string[]> =>
  (await center.registry.find('greeter'))
    .flatMap(({ endpoints = [] }) => endpoints)
    .map(e => e.replace('rest:', 'http:'))

async function run(fleet: Fleet, steps: Steps): Promise<void> {
  const { sc1, sc2, cut, heal } = await steps.step(
    'Start two clusters, sc1 and sc2, as separate processes.',
    () => startClusters(fleet),
    clusters => `sc1 answers at ${clusters.sc1.url} and sc2 at ${clusters.sc2.url}`,
  )
  await steps.step('Wait until each has found the other and exchanged its catalog.', () =>
    Promise.all([sc1.ready(), sc2.ready()]),
  )
  const one = await steps.step(
    'Start provider "one" and let it register at sc2.',
    () => startProvider(fleet, sc2, 'one'),
    ({ address }) => `it listens at ${address}`,
  )
  const consumer = await steps.step(
    'Start a consumer that asks only sc1. It discovers the provider and calls it.',
    async () => {
      const program = example(fleet, 'consumer', sc1.url)
      await program.line(new RegExp(`^${one.address} answers: hello from one`), STEP_DEADLINE_MS)
      return program
    },
    program => `the consumer says: ${program.output.split('\n').find(line => line.includes('hello'))}`,
  )
  const sees = (pattern: string): Promise<string> => consumer.line(new RegExp(`^${pattern}`), STEP_DEADLINE_MS)

  const two = await startProvider(fleet, sc2, 'two')
  await steps.step('Provider "two" has just registered at sc2. The watching consumer is told.', () =>
    sees(`found ${two.address}`),
  )
  await one.program.kill()
  await steps.step(
    'Provider "one" was just killed (kill -9), so it cannot say goodbye. It is gone when its lease has ended.',
    () => sees(`gone ${one.address}`),
    () =>
      `its lease: a heartbeat every ${HEARTBEAT_SECONDS} s of which 3 may be missed, so ${LEASE_SECONDS} s (120 s by default)`,
  )
  cut()
  const three = await startProvider(fleet, sc2, 'three')
  await steps.step(
    `The link between the clusters was just cut, and provider "three" registered at sc2. Watch sc1 for longer than a lease.`,
    () => outlast(consumer, sc1, two.address),
    () => 'nothing expired: the consumer kept finding and calling "two". sc1 cannot know of "three" yet',
  )
  heal()
  await steps.step('The link was just healed. The consumer hears of provider "three".', () =>
    sees(`found ${three.address}`),
  )
  two.program.signal('SIGTERM')
  await steps.step('Provider "two" was told to stop and unregisters. The consumer is told at once.', () =>
    sees(`gone ${two.address}`),
  )
  await steps.step('Stop everything.', async () => {
    await Promise.all([two.program.ended(STEP_DEADLINE_MS), three.program.stop(), consumer.kill()])
    await Promise.all([sc1.stop(), sc2.stop()])
  })
}

/** With the link cut: `address` stays the only one found, and callable, until well after its lease would have ended. */
async function outlast(consumer: Program, center: NodeProcess, address: string): Promise<void> {
  const endMs = performance.now() + (LEASE_SECONDS + 1) * 1000
  const verdict = await until('a lease has passed', STEP_DEADLINE_MS, async () => {
    const addresses = (await found(center)).join(' and ')
    if (addresses !== address) return `sc1 found ${addresses || 'nothing'} instead of only ${address}`
    return performance.now() > endMs && 'kept'
  })
  if (verdict !== 'kept') throw new Error(verdict)
  const calls = consumer.output.split('\n').filter(line => line.startsWith(address))
  if (!calls.every(line => line.endsWith('hello from two'))) throw new Error(`calls failed:\n${calls.join('\n')}`)
}

const fleet = new Fleet()
fleet.closeOnSignals()
const steps = new Steps()
try {
  await run(fleet, steps)
  console.log(`\n${steps.summary()} Nothing is left running.`)
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(fleet.interrupted ? '\nInterrupted.' : `\nThe quick start failed: ${reason}`)
  process.exitCode = 1
} finally {
  await fleet.close()
}
