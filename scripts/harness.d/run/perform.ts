/** Carries out one step. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Fleet } from '../fleet/fleet.ts'
import { seconds } from '../scenario/units.ts'
import type { Step } from '../scenario/verbs.ts'
import type { Settled } from '../workload/settle.ts'
import type { Workload } from '../workload/workload.ts'
import type { Attacks } from './attacks.ts'

export interface Stage {
  readonly fleet: Fleet
  readonly workload: Workload
  readonly attacks: Attacks
  readonly signal: AbortSignal
}

/** Answers what is to be told beside the step, or nothing. */
export async function perform(step: Step, stage: Stage): Promise<string | undefined> {
  if ('who' in step) return onNodes(step, stage)
  if ('from' in step) return onPaths(step, stage)
  if ('name' in step) return onWorkload(step, stage)
  if (step.verb === 'wait') {
    await pause(step.ms, undefined, { signal: stage.signal })
    return undefined
  }
  const { afterMs, left } = (await stage.workload.order({ order: 'settle', withinMs: step.withinMs })) as Settled
  return afterMs === undefined ? `not settled: ${left.slice(0, 3).join('; ')}` : `settled after ${seconds(afterMs)}`
}

type OnNodes = Extract<Step, { who: string }>
type OnPaths = Extract<Step, { from: string }>
type OnWorkload = Extract<Step, { name: string }>

async function onNodes(step: OnNodes, { fleet, attacks }: Stage): Promise<string | undefined> {
  const names = fleet.resolve(step.who)
  const each = (run: (name: string) => Promise<void>): Promise<unknown> => Promise.all(names.map(run))
  switch (step.verb) {
    case 'start':
      await fleet.start(names)
      break
    case 'stop':
      await each(name => fleet.node(name).stop())
      break
    case 'kill':
      await each(name => fleet.node(name).kill())
      break
    case 'pause':
      for (const name of names) fleet.node(name).pause()
      break
    case 'resume':
      for (const name of names) fleet.node(name).resume()
      break
    case 'restart':
      await each(name => fleet.node(name).stop())
      if (step.disk === 'lost') for (const name of names) fleet.disk(name).empty(true)
      await fleet.start(names, step.disk === 'lost' ? { disk: 'lost' } : {})
      break
    case 'replace':
      await each(name => fleet.node(name).kill())
      for (const name of names) fleet.disk(name).empty(false)
      await fleet.start(names, { disk: 'replaced' })
      break
    case 'fill':
      await each(name => fleet.disk(name).fill())
      break
    case 'free':
      await each(name => fleet.disk(name).free())
      break
    case 'skew':
      for (const name of names) fleet.node(name).skew(step.offsetMs)
      break
    case 'upgrade':
      fleet.use(names, step.to)
      await each(name => fleet.node(name).stop())
      await fleet.start(names)
      break
    case 'attack':
      for (const name of names) await attacks.begin(step.kind, name)
      break
  }
  return undefined
}

function onPaths(step: OnPaths, { fleet }: Stage): undefined {
  const { network } = fleet
  const from = fleet.resolve(step.from)
  // "sc1 all" is sc1 and everybody else.
  const to = fleet.resolve(step.to).filter(name => step.to !== 'all' || step.from === 'all' || !from.includes(name))
  const ways = 'oneWay' in step && step.oneWay ? [[from, to] as const] : [[from, to] as const, [to, from] as const]
  for (const [one, other] of ways) {
    if (step.verb === 'cut') network.cut(one, other, step.how)
    else if (step.verb === 'slow') network.slow(one, other, step.shape)
    else network.heal(one, other)
  }
}

async function onWorkload(step: OnWorkload, { fleet, workload }: Stage): Promise<undefined> {
  if (step.verb === 'workload') {
    const spec = fleet.scenario.workloads.find(({ name }) => name === step.name)
    if (spec === undefined) throw new Error(`there is no workload ${step.name}`)
    await workload.order({ order: 'start', spec })
  } else {
    const { verb, ...rest } = step
    await workload.order({ order: verb, ...rest } as Parameters<Workload['order']>[0])
  }
}
