/** The harness's end of the process with the applications. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Keeper } from '../fleet/keeper.ts'
import type { OrderBody, Reply, WorkerSetup } from './orders.ts'

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class Workload {
  readonly #child: ChildProcess
  readonly #keeper: Keeper
  readonly #pending = new Map<number, Pending>()
  #orders = 0

  constructor(setup: WorkerSetup, keeper: Keeper, progress: (text: string) => void) {
    this.#keeper = keeper
    this.#child = fork(join(import.meta.dirname, 'worker.ts'), {
      env: { ...process.env, HARNESS_WORKER: JSON.stringify(setup) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    if (this.#child.pid !== undefined) keeper.made('pid', this.#child.pid)
    this.#child.on('message', (reply: Reply) => {
      if ('progress' in reply) progress(reply.progress)
      else this.#settle(reply)
    })
    this.#child.on('exit', () => {
      if (this.#child.pid !== undefined) keeper.gone('pid', this.#child.pid)
      for (const { reject } of this.#pending.values()) reject(new Error('the process with the applications has ended'))
      this.#pending.clear()
    })
  }

  /** Resolves with the result when the order has been carried out. */
  order(body: OrderBody): Promise<unknown> {
    const id = ++this.#orders
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ ...body, id }, error => {
        if (error !== null) reject(error)
      })
    })
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
    if (this.#child.pid !== undefined) this.#keeper.gone('pid', this.#child.pid)
  }

  #settle({ done, result, error }: Extract<Reply, { done: number }>): void {
    const pending = this.#pending.get(done)
    this.#pending.delete(done)
    if (error === undefined) pending?.resolve(result)
    else pending?.reject(new Error(error))
  }
}
