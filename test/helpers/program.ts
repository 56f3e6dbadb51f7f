import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from './until.ts'

/** Enough to see how a start went and what came last; a chatty program must not fill the memory of its test. */
const OUTPUT_LINES_MAX = 2_000

export interface ProgramOptions {
  /** Added to PATH, HOME and the like; nothing else of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** How a program ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of its own, what it printed, and its end. */
export class Program {
  readonly name: string
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #end: Exit | undefined

  constructor(name: string, command: string, args: readonly string[], options: ProgramOptions = {}) {
    this.name = name
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, TMPDIR, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    })
    this.#child.once('error', error => this.#print(String(error)))
    this.#child.once('close', (code, signal) => {
      this.#end = { code, signal }
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', line => this.#print(line))
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} did not start: ${this.output}`)
    return this.#child.pid
  }

  /** Undefined while it runs. */
  get end(): Exit | undefined {
    return this.#end
  }

  get output(): string {
    return this.#lines.join('\n')
  }

  /** The first line, of those already printed or to come, that matches. Fails at once when the program has ended without it. */
  async line(pattern: RegExp, deadlineMs: number): Promise<string> {
    const found = await until('', deadlineMs, () => {
      return this.#lines.find(line => pattern.test(line)) ?? (this.#end === undefined ? undefined : null)
    }).catch(() => null)
    if (found === null) throw new Error(`${this.name} did not print ${pattern}; it printed:\n${this.output}`)
    return found
  }

  /** Waits for its end by itself. */
  async ended(deadlineMs: number): Promise<Exit> {
    const name = `${this.name} (process ${this.#child.pid}) ends`
    return until(name, deadlineMs, () => this.#end).catch((error: unknown) => {
      throw new Error(`${error}; it printed:\n${this.output}`)
    })
  }

  /** Asks it to end and waits; one that does not is killed, and that is an error. */
  async stop(deadlineMs = 10_000): Promise<Exit> {
    this.signal('SIGTERM')
    return this.ended(deadlineMs).catch(async (error: unknown) => {
      await this.kill()
      throw error
    })
  }

  /** Ends it without a chance to say goodbye. */
  async kill(): Promise<Exit> {
    if (this.#end !== undefined) return this.#end
    const closed = once(this.#child, 'close')
    this.signal('SIGKILL')
    await closed
    return this.#end ?? { code: null, signal: 'SIGKILL' }
  }

  signal(name: NodeJS.Signals): void {
    if (this.#end === undefined) this.#child.kill(name)
  }

  #print(line: string): void {
    if (this.#lines.length >= OUTPUT_LINES_MAX) this.#lines.shift()
    this.#lines.push(line)
  }
}
