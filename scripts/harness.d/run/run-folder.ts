import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FILES, type RunMeta } from '../events.ts'
import { ROOT } from '../fleet/checkout.ts'

/** Everything that the harness leaves on disk: runs and builds. */
export const CACHE = join(ROOT, '.cache/harness')
const LATEST = join(CACHE, 'latest')
/** Runs kept; older ones are removed when a new one begins. */
const RUNS_MAX = 60

export interface RunFolder {
  readonly folder: string
  path(file: keyof typeof FILES): string
  writeMeta(meta: RunMeta): void
}

/** A new folder for a run, and `latest` pointing to it. */
export function createRun(scenario: string): RunFolder {
  const runs = join(CACHE, 'runs')
  mkdirSync(runs, { recursive: true })
  const old = readdirSync(runs)
    .sort()
    .slice(0, -(RUNS_MAX - 1))
  for (const name of old) rmSync(join(runs, name), { recursive: true, force: true })
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  const folder = join(runs, `${time}-${scenario}-${process.pid}`)
  mkdirSync(folder)
  // Renamed into its place: other runs may begin in the same moment.
  const link = join(folder, 'latest')
  symlinkSync(folder, link)
  renameSync(link, LATEST)
  return runAt(folder)
}

/** An existing run: its folder, or the latest. */
export function runAt(folder: string = LATEST): RunFolder {
  const path = (file: keyof typeof FILES): string => join(folder, FILES[file])
  return { folder, path, writeMeta: meta => writeFileSync(path('meta'), `${JSON.stringify(meta, null, 2)}\n`) }
}

export const readMeta = (run: RunFolder): RunMeta => JSON.parse(readFileSync(run.path('meta'), 'utf8')) as RunMeta
