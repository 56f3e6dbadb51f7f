/** A federation that is raised, and does what it is told from other terminals until it is taken down. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ask } from '../control/client.ts'
import { type Answer, socketPath } from '../control/protocol.ts'
import { assertAlone, listen } from '../control/server.ts'
import { writeReports } from '../report/write.ts'
import { Run } from '../run/run.ts'
import { CACHE, type RunFolder } from '../run/run-folder.ts'
import { parseScenario, readScenario } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { conclude, EXIT, exitOf } from './conclude.ts'
import { interruption, patienceOf } from './play.ts'

export interface UpFlags {
  readonly clusters: string
  readonly nodes: string
  readonly topology: string
  readonly netns?: boolean
  readonly keep?: boolean
  readonly detach?: boolean
  readonly patience: string
}

const START_DEADLINE_MS = 300_000
const LOOK_MS = 200
/** Of a harness in the background that did not start. */
const LOG_TAIL_CHARS = 2_000

/** Returns when it was taken down, and sets the exit code by its verdict; with `detach` as soon as it runs. */
export async function up(file: string | undefined, flags: UpFlags): Promise<void> {
  await assertAlone()
  if (flags.detach === true) return detach()
  const signal = interruption()
  const run = new Run(file === undefined ? drawn(flags) : readScenario(file), {
    ...{ keep: flags.keep ?? false, instead: undefined, netns: flags.netns ?? false },
    ...{ patience: patienceOf(flags.patience), quiet: false, signal },
  })
  const orders: Orders = { raised: false, down: Promise.withResolvers(), ended: Promise.withResolvers() }
  let control: Awaited<ReturnType<typeof listen>> | undefined
  try {
    // Listens first: of two that are started at once, one must say no before anything runs.
    control = await listen(line => carryOut(line, run, orders))
    run.leavesNothingOf(socketPath())
    await run.raise()
    orders.raised = true
    run.progress.line(`steer it from another terminal: scripts/harness kill sc1-a, … verify, … down`)
    await Promise.race([orders.down.promise, new Promise(resolve => signal.addEventListener('abort', resolve))])
  } catch (error) {
    run.progress.line((error as Error).message)
    process.exitCode = EXIT.failed
  }
  await run.end()
  const failed = process.exitCode !== undefined
  const judgement = failed ? undefined : await conclude(run.folder)
  const code = judgement === undefined ? EXIT.failed : signal.aborted ? EXIT.interrupted : exitOf(judgement)
  process.exitCode = code
  const text = failed ? '' : `${readFileSync(run.folder.path('markdown'), 'utf8')}\nreport: ${run.folder.path('html')}`
  orders.ended.resolve({ text, code })
  await control?.close()
}

interface Orders {
  raised: boolean
  readonly down: PromiseWithResolvers<void>
  /** Nothing runs any more, and what it says is final. */
  readonly ended: PromiseWithResolvers<Answer>
}

async function carryOut(line: string, run: Run, { raised, down, ended }: Orders): Promise<Answer> {
  if (!raised && line.trim() !== 'down') throw new Error('the nodes are still starting')
  const done = (text: string): Answer => ({ text, code: EXIT.held })
  switch (line.trim()) {
    case 'status':
      return done(run.status())
    case 'verify':
    case 'report':
      return judged(await run.soFar(), line.trim() === 'report')
    case 'down':
      down.resolve()
      return ended.promise
    default: {
      const told = await run.stepText(line)
      return done(told ?? '')
    }
  }
}

async function judged(folder: RunFolder, tellsPath: boolean): Promise<Answer> {
  const { judgement, markdown } = await writeReports(folder)
  return { text: tellsPath ? `${markdown}\nreport: ${folder.path('html')}` : markdown, code: exitOf(judgement) }
}

/** So many clusters of so many nodes, with applications that come, go and change. */
function drawn({ clusters, nodes, topology }: UpFlags): Scenario {
  const names = Array.from({ length: Number(clusters) }, (_, i) => [`sc${i + 1}`, Number(nodes)])
  return parseScenario({
    ...{ name: 'up', about: 'A federation steered by hand.', clusters: Object.fromEntries(names), topology },
    workloads: { shop: { applications: 30, services: 6, churn: '2/s', updates: '2/s', consumers: 6 } },
    ...{ steps: [], exceptions: [7, 10, 12, 17] },
  })
}

/** The same command again, in the background. */
async function detach(): Promise<void> {
  mkdirSync(CACHE, { recursive: true })
  const log = join(CACHE, 'up.log')
  const output = openSync(log, 'w')
  const args = process.argv.slice(1).filter(each => each !== '--detach')
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', output, output] })
  closeSync(output)
  let gone = false
  child.once('exit', () => {
    gone = true
  })
  for (let waitedMs = 0; !gone && waitedMs < START_DEADLINE_MS; waitedMs += LOOK_MS) {
    const answer = await ask('status').catch(() => undefined)
    if (answer?.code === EXIT.held) {
      process.stdout.write(`${answer.text}\nit runs in the background; its log: ${log}\n`)
      child.unref()
      return
    }
    await pause(LOOK_MS)
  }
  throw new Error(`it did not start:\n${readFileSync(log, 'utf8').slice(-LOG_TAIL_CHARS)}`)
}

/** One line to the running harness. */
export async function tell(line: string): Promise<void> {
  const answer = await ask(line)
  if (answer === undefined) throw new Error('no harness runs here; `scripts/harness up` starts one')
  process.stdout.write(answer.text === '' ? '' : `${answer.text}\n`)
  process.exitCode = answer.code
}
