import { spawnSync } from 'node:child_process'

const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024

/** What a program prints. Throws with its last words when it fails. */
export function output(command: string, args: readonly string[], cwd: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, maxBuffer: OUTPUT_BYTES_MAX })
  if (error !== undefined) throw new Error(`${command}: ${error.message}`)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(stderr).trim().split('\n').at(-1)}`)
  return stdout
}

export const text = (command: string, args: readonly string[], cwd: string): string =>
  output(command, args, cwd).toString('utf8').trim()

export const succeeds = (command: string, args: readonly string[]): boolean => spawnSync(command, args).status === 0
