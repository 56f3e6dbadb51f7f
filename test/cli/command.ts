import { execFile } from 'node:child_process'
import { GRAPEVINE } from '../helpers/process.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** A busy machine takes seconds to start a process. */
const DEADLINE_MS = 30_000

/** The real binary, to its end. Nothing of this process's environment but the path is passed on. */
export function grapevine(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise(resolve => {
    const child = execFile(
      GRAPEVINE,
      args,
      { env: { PATH, HOME, ...options.env }, timeout: DEADLINE_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, stdout, stderr })
      },
    )
    child.stdin?.end(options.input ?? '')
  })
}

/** What differs from run to run, as words. */
export const masked = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/12D3KooW[1-9A-HJ-NP-Za-km-z]{44}/g, 'NODE')
    .replace(/\b[0-9a-f]{40}\b/g, 'SID')
    .replace(/\b[0-9a-f]{32}\b/g, 'IID')
    .replace(/\b[0-9a-f]{16}\b/g, 'CID')
    .replace(/127\.0\.0\.1:\d+/g, 'HOST:PORT')
    .replace(/ +$/gm, '')

/** Cells of a table, so that widths that follow from ports and ids do not matter. */
export const cells = (text: string): readonly (readonly string[])[] =>
  masked(text)
    .trimEnd()
    .split('\n')
    .map(line => line.trim().split(/ {2,}/))
