/** Remembers what a run has made, so that nothing of it stays: neither after the run nor when the harness dies. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export type Kind = 'pid' | 'mount' | 'netns' | 'device' | 'folder'

export class Keeper {
  readonly #watchdog: ChildProcess

  constructor() {
    // A session of its own: the terminal's Ctrl-C is not for it.
    this.#watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.ts')], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    })
    this.#watchdog.stdin?.on('error', () => undefined)
    this.#watchdog.unref()
  }

  made(kind: Kind, name: string | number): void {
    this.#watchdog.stdin?.write(`+${kind} ${name}\n`)
  }

  gone(kind: Kind, name: string | number): void {
    this.#watchdog.stdin?.write(`-${kind} ${name}\n`)
  }

  /** Takes away what is left, and waits for it. */
  async close(): Promise<void> {
    if (this.#watchdog.exitCode !== null || this.#watchdog.signalCode !== null) return
    const closed = once(this.#watchdog, 'exit')
    this.#watchdog.ref()
    this.#watchdog.stdin?.end()
    await closed
  }
}
