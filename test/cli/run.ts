import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const LAUNCHER = join(ROOT, 'bin/grapevine')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. Of this process's environment it gets the path only. */
export function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { PATH = '', HOME = '' } = process.env
  const options = { encoding: 'utf8', cwd: ROOT, env: { PATH, HOME, ...env }, timeout: 60_000 } as const
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  if (error !== undefined) throw error
  return { code: status, stdout, stderr }
}

export const grapevine = (...args: readonly string[]): Ended => run(LAUNCHER, args)
