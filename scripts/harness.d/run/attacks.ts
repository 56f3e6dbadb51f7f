/** Processes that mean harm, each on its own until the run ends. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../fleet/checkout.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Keeper } from '../fleet/keeper.ts'
import type { NodePlace } from '../fleet/node-process.ts'

const GREETING_MS = 60_000

export class Attacks {
  readonly #fleet: Fleet
  readonly #keeper: Keeper
  readonly #folder: string

  constructor(fleet: Fleet, keeper: Keeper, folder: string) {
    this.#fleet = fleet
    this.#keeper = keeper
    this.#folder = folder
  }

  /** Resolves when it has begun. */
  async begin(kind: 'poison' | 'stranger', victim: string): Promise<void> {
    const { place } = this.#fleet.node(victim).setup
    if (kind === 'stranger') return this.#stranger(place)
    if (this.#fleet.keyFile === undefined)
      throw new Error('a poisonous peer holds the mesh key: the scenario needs meshKey: true')
    const script = join(import.meta.dirname, '../attack/poison.ts')
    const { url } = this.#fleet.node(victim)
    const args = [`/ip4/${place.host}/tcp/${place.gossip}`, this.#fleet.keyFile, url, ...this.#services]
    await this.#greeted(this.#keep(fork(script, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })))
  }

  /** A whole node of somebody else, without the key, that names the victim and has registrations of its own. */
  async #stranger({ host, harness, http, gossip }: NodePlace): Promise<void> {
    const { ports } = this.#fleet
    const mine = { http: await ports.next(), gossip: await ports.next() }
    const output = openSync(join(this.#folder, 'stranger.log'), 'a')
    const args = [
      ...['start', '--node', 'stranger', '--cluster', 'stranger', '--http', `${harness}:${mine.http}`],
      ...['--gossip', `/ip4/${harness}/tcp/${mine.gossip}`, '--start-alone', '1s'],
      ...['--clusters', `victim=http://${host}:${http},/ip4/${host}/tcp/${gossip}`],
    ]
    this.#keep(spawn(join(ROOT, 'bin/grapevine'), args, { stdio: ['ignore', output, output] }))
    closeSync(output)
    const script = join(import.meta.dirname, '../attack/stranger.ts')
    const child = fork(script, [`http://${harness}:${mine.http}`, `${host}:${gossip}`, ...this.#services], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await this.#greeted(this.#keep(child))
  }

  /** Where an intruder would do harm: one service of each workload. */
  get #services(): readonly string[] {
    return this.#fleet.scenario.workloads.map(({ name }) => `${name}-0`)
  }

  #keep(child: ChildProcess): ChildProcess {
    const { pid } = child
    if (pid !== undefined) {
      this.#keeper.made('pid', pid)
      child.once('exit', () => this.#keeper.gone('pid', pid))
    }
    return child
  }

  #greeted(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the attack did not begin within ${GREETING_MS} ms`)), GREETING_MS)
      child.once('message', () => {
        clearTimeout(late)
        resolve()
      })
      child.once('exit', code => {
        clearTimeout(late)
        reject(new Error(`the attack ended with ${code}`))
      })
    })
  }
}
