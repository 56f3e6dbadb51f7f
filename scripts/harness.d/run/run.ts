/** One run of a scenario, from the first process to the last. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { runClock } from '../clock.ts'
import { EventLog } from '../event-log.ts'
import type { ClientEvent, HarnessEvent, RunMeta } from '../events.ts'
import { ROOT } from '../fleet/checkout.ts'
import { Fleet } from '../fleet/fleet.ts'
import { Keeper } from '../fleet/keeper.ts'
import { Sampler } from '../fleet/sampler.ts'
import type { Scenario, ScenarioStep } from '../scenario/scenario.ts'
import { parseStep } from '../scenario/verbs.ts'
import { Workload } from '../workload/workload.ts'
import { Attacks } from './attacks.ts'
import { perform } from './perform.ts'
import { Progress } from './progress.ts'
import { CACHE, createRun, type RunFolder, runAt } from './run-folder.ts'

export interface RunOptions {
  /** Keeps data directories, which are removed otherwise. */
  readonly keep: boolean
  /** A directory with bin/grapevine that stands for the current build. */
  readonly instead: string | undefined
  /** Times as long as usual before something counts as late: for machines that are busy with other things. */
  readonly patience: number
  /** Each cluster in a network namespace of its own. */
  readonly netns: boolean
  /** Nothing is told while it runs. */
  readonly quiet: boolean
  /** Aborted when the run is to end early. */
  readonly signal: AbortSignal
}

export class Run {
  readonly folder: RunFolder
  readonly scenario: Scenario
  readonly progress: Progress
  readonly #options: RunOptions
  readonly #clock = runClock()
  readonly #keeper = new Keeper()
  readonly #log: EventLog<HarnessEvent>
  readonly #fleet: Fleet
  readonly #sampler: Sampler
  readonly #attacks: Attacks
  readonly #startedAt = new Date().toISOString()
  #workload: Workload | undefined
  #failed = false

  constructor(scenario: Scenario, options: RunOptions) {
    this.scenario = scenario
    this.#options = options
    this.folder = createRun(scenario.name)
    this.progress = new Progress(this.#clock.nowMs, options.quiet)
    this.#log = new EventLog<HarnessEvent>(this.folder.path('harness'))
    const { nowMs } = this.#clock
    this.#fleet = new Fleet(scenario, {
      ...{ keeper: this.#keeper, nowMs, folder: this.folder.folder, cache: CACHE, instead: options.instead },
      netns: options.netns,
      note: text => this.note(text),
      nodeChanged: (n, state, detail) => {
        this.#log.write({ k: 'node', n, state, t: nowMs(), ...detail })
        if (state === 'crashed') this.progress.line(`${n} has ended by itself: ${JSON.stringify(detail)}`)
      },
      pathChanged: (from, to, state) => this.#log.write({ k: 'path', from, to, state, t: nowMs() }),
    })
    this.#sampler = new Sampler(this.#fleet, nowMs, event => this.#log.write(event))
    this.#attacks = new Attacks(this.#fleet, this.#keeper, this.folder.folder)
  }

  note(text: string): void {
    this.progress.line(text)
    this.#log.write({ k: 'note', text, t: this.#clock.nowMs() })
  }

  /** A file that is removed with everything else, however the harness ends. */
  leavesNothingOf(path: string): void {
    this.#keeper.made('folder', path)
  }

  /** Resolves when all nodes run and are observed. */
  raise(): Promise<void> {
    return this.#unlessFailed(() => interruptible(this.#begin(), this.#options.signal))
  }

  async #begin(): Promise<void> {
    if (!this.#options.keep) this.#keeper.made('folder', `${this.folder.folder}/data`)
    await this.#fleet.prepare()
    const { nodes } = this.#fleet
    this.progress.line(`starting ${nodes.size} nodes of ${Object.keys(this.scenario.clusters).length} clusters`)
    await this.#fleet.start([...nodes.keys()])
    const addresses = [...nodes.values()].map(({ setup: { place }, url }) => ({
      name: place.name,
      cluster: place.cluster,
      url,
    }))
    const { observeMs, watch } = this.scenario
    const setup = {
      epochNs: this.#clock.epochNs,
      file: this.folder.path('clients'),
      nodes: addresses,
      observeMs,
      watch,
      patience: this.#options.patience,
    }
    this.#workload = new Workload(setup, this.#keeper, text => this.progress.passing(text))
    this.#sampler.start()
    this.progress.line('all nodes serve')
  }

  /** A step as scenarios write it. */
  async step({ text, step }: ScenarioStep): Promise<string | undefined> {
    if (this.#workload === undefined) throw new Error('the run has not begun')
    this.progress.passing(`${text} …`)
    const t = this.#clock.nowMs()
    const stage = { fleet: this.#fleet, workload: this.#workload, attacks: this.#attacks, signal: this.#options.signal }
    const told = await interruptible(perform(step, stage), this.#options.signal)
    this.#log.write({ k: 'step', text, t, end: this.#clock.nowMs() })
    this.progress.line(told === undefined ? text : `${text}: ${told}`)
    return told
  }

  stepText(text: string): Promise<string | undefined> {
    return this.step({ text, step: parseStep(text) })
  }

  /** All steps in a row. */
  async play(): Promise<void> {
    await this.raise()
    await this.#unlessFailed(async () => {
      for (const step of this.scenario.steps) await this.step(step)
    })
  }

  /** What runs, a line a node. */
  status(): string {
    return [...this.#fleet.nodes.values()]
      .map(({ setup, url, running }) => `${setup.place.name}  ${running ? 'runs' : 'down'}  ${url}`)
      .join('\n')
  }

  /** The logs up to now, as those of a run of their own that can be judged, while this one goes on. */
  async soFar(): Promise<RunFolder> {
    const open =
      this.#workload === undefined ? [] : ((await this.#workload.order({ order: 'so far' })) as ClientEvent[])
    await this.#log.flush()
    const run = runAt(join(this.folder.folder, 'so-far'))
    mkdirSync(run.folder, { recursive: true })
    for (const file of ['clients', 'harness'] as const)
      if (existsSync(this.folder.path(file))) copyFileSync(this.folder.path(file), run.path(file))
    appendFileSync(run.path('clients'), open.map(event => `${JSON.stringify(event)}\n`).join(''))
    run.writeMeta(this.#meta(this.#clock.nowMs()))
    return run
  }

  /** Stops everything and writes down what the judge needs. Nothing of the run is left but its folder. */
  async end(): Promise<void> {
    this.#sampler.stop()
    const endedMs = this.#clock.nowMs()
    if (this.#workload !== undefined) {
      await this.#workload.order({ order: 'finish' }).catch((error: Error) => this.note(error.message))
      await this.#workload.close()
    }
    await this.#log.close()
    this.folder.writeMeta(this.#meta(endedMs))
    await this.#fleet.close()
    await this.#keeper.close()
  }

  async #unlessFailed(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  #meta(endedMs: number): RunMeta {
    const { name, about, observeMs, exceptions, expect } = this.scenario
    return {
      ...{ scenario: name, about, observeMs, exceptions, expect, endedMs },
      startedAt: this.#startedAt,
      commit: commitHere(),
      machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.versions.node}`,
      nodes: this.#fleet.placed,
      links: this.#fleet.links,
      workloads: this.scenario.workloads.map(({ name: workload, homes, intervalMs, times }) => {
        return { name: workload, homes, leaseMs: intervalMs * (times + 1) }
      }),
      patience: this.#options.patience,
      complete: !this.#failed && !this.#options.signal.aborted,
    }
  }
}

function commitHere(): string {
  try {
    return execFileSync('git', ['-C', ROOT, 'rev-parse', '--short=12', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Interrupted('interrupted'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
