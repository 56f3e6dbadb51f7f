/** What is asked of the kernel: namespaces, veth pairs, and queues that drop, slow or delay. Needs root and iproute2. */
import { execFileSync } from 'node:child_process'
import type { Shape } from '../../scenario/verbs.ts'
import type { Keeper } from '../keeper.ts'
import { type End, PLANS_MAX, Plan, type Wire } from './plan.ts'

/** What waits at a limited rate before more is dropped. */
const QUEUE_MS = 400
const BURST_BYTES_MIN = 3_000

/** What the kernel can do to the packets of a device. */
export interface Abilities {
  /** Drops everything, without a word to the sender. */
  readonly blackhole: boolean
  readonly tbf: boolean
  readonly netem: boolean
}

/** What is done to packets on their way out. */
export interface Treatment {
  readonly cut: boolean
  readonly shape: Shape
}

export const run = (command: 'ip' | 'tc', ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const within = ({ netns }: Pick<End, 'netns'>): readonly string[] => (netns === undefined ? [] : ['-n', netns])

/** Throws an Error that says in one line what is missing. */
export function assertRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('--netns needs root: network namespaces are made with ip netns')
  try {
    run('ip', '-V')
    run('tc', '-V')
  } catch {
    throw new Error('--netns needs ip and tc (the package iproute2)')
  }
}

/** A number that no other run uses, and none will: a namespace that holds nothing claims it, also from runs that start now. */
export function claimPlan(random: () => number, keeper: Keeper): number {
  const [netns, addresses] = [run('ip', 'netns', 'list'), run('ip', '-o', '-4', 'addr')]
  const first = Math.floor(random() * PLANS_MAX)
  for (let i = 0; i < PLANS_MAX; i++) {
    const number = (first + i) % PLANS_MAX
    const marks = Plan.marks(number)
    const isUsed = `\n${netns}`.includes(`\n${marks.netns}`) || addresses.includes(` ${marks.address}`)
    if (!isUsed && claim(marks.netns, keeper)) return number
  }
  throw new Error(`--netns: all of 10.64.0.0/10 is in use; see ip netns list`)
}

/** One of two that try at once fails: the name is a file that must not be there. */
function claim(mark: string, keeper: Keeper): boolean {
  const name = `${mark}-`
  try {
    run('ip', 'netns', 'add', name)
  } catch {
    return false
  }
  keeper.made('netns', name)
  return true
}

export function makeNetns(name: string, keeper: Keeper): void {
  keeper.made('netns', name)
  run('ip', 'netns', 'add', name)
  run('ip', '-n', name, 'link', 'set', 'lo', 'up')
}

/** Both ends up, and known to each other for good: a long cut must not look like a host that is gone. */
export function makeWire({ ends: [one, other] }: Wire, keeper: Keeper): void {
  if (one.netns === undefined) keeper.made('device', one.device)
  const peer = ['peer', 'name', other.device, ...(other.netns === undefined ? [] : ['netns', other.netns])]
  run('ip', ...within(one), 'link', 'add', one.device, 'type', 'veth', ...peer)
  for (const end of [one, other]) {
    run('ip', ...within(end), 'addr', 'add', `${end.address}/30`, 'dev', end.device)
    run('ip', ...within(end), 'link', 'set', end.device, 'up')
  }
  for (const [end, far] of [
    [one, other],
    [other, one],
  ] as const) {
    const neighbour = ['neigh', 'replace', far.address, 'lladdr', macOf(far), 'dev', end.device, 'nud', 'permanent']
    run('ip', ...within(end), ...neighbour)
  }
}

function macOf(end: End): string {
  const [, mac = ''] = /link\/ether (\S+)/.exec(run('ip', ...within(end), '-o', 'link', 'show', end.device)) ?? []
  return mac
}

/** Tried on the loopback device of a namespace of ours, where nothing runs yet. */
export function abilitiesIn(netns: string): Abilities {
  const can = (...queue: readonly string[]): boolean => {
    try {
      run('tc', '-n', netns, 'qdisc', 'add', 'dev', 'lo', 'root', ...queue)
      run('tc', '-n', netns, 'qdisc', 'del', 'dev', 'lo', 'root')
      return true
    } catch {
      return false
    }
  }
  return {
    blackhole: can('blackhole'),
    tbf: can('tbf', 'rate', '1mbit', 'burst', '3000', 'latency', '400ms'),
    netem: can('netem', 'delay', '1ms'),
  }
}

/** How much of a shape the kernel takes on; the rest is left for the proxy. */
export function divide(shape: Shape, { netem, tbf }: Abilities): { readonly kernel: Shape; readonly proxy: Shape } {
  if (netem) return { kernel: shape, proxy: {} }
  const { bytesPerSecond, ...late } = shape
  return bytesPerSecond === undefined || !tbf
    ? { kernel: {}, proxy: shape }
    : { kernel: { bytesPerSecond }, proxy: late }
}

/** Treats what leaves by this end. */
export function treat(end: End, treatment: Treatment, abilities: Abilities): void {
  const queue = queueOf(treatment, abilities)
  try {
    run('tc', ...within(end), 'qdisc', 'del', 'dev', end.device, 'root')
  } catch {
    // There was none.
  }
  if (queue !== undefined) run('tc', ...within(end), 'qdisc', 'add', 'dev', end.device, 'root', ...queue)
}

/** Words of `tc qdisc add … root`; undefined: everything passes. */
export function queueOf({ cut, shape }: Treatment, abilities: Abilities): readonly string[] | undefined {
  if (cut) return ['blackhole']
  const { delayMs = 0, jitterMs = 0, lossRatio = 0, bytesPerSecond } = shape
  if (delayMs === 0 && jitterMs === 0 && lossRatio === 0 && bytesPerSecond === undefined) return undefined
  if (!abilities.netem) {
    const rate = bytesPerSecond ?? 0
    const burst = Math.max(BURST_BYTES_MIN, Math.ceil(rate / 100))
    return ['tbf', 'rate', `${8 * rate}bit`, 'burst', String(burst), 'latency', `${QUEUE_MS}ms`]
  }
  return [
    'netem',
    ...(delayMs + jitterMs > 0 ? ['delay', `${delayMs + jitterMs / 2}ms`, `${jitterMs / 2}ms`] : []),
    ...(lossRatio > 0 ? ['loss', `${100 * lossRatio}%`] : []),
    ...(bytesPerSecond === undefined ? [] : ['rate', `${8 * bytesPerSecond}bit`]),
  ]
}
