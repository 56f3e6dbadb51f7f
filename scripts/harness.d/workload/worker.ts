/** The process in which all applications and observers of a run live. Orders come from the harness, one at a time each. */
import { runClock } from '../clock.ts'
import { EventLog } from '../event-log.ts'
import type { ClientEvent } from '../events.ts'
import { Crowd } from './crowd.ts'
import { HttpClient } from './http.ts'
import { Observer } from './observer.ts'
import type { Order, Reply, WorkerSetup } from './orders.ts'
import { settle } from './settle.ts'

const OBSERVER_SOCKETS = 4
/** Between two reports of how many have started. */
const PROGRESS_MS = 500

const setup = JSON.parse(process.env.HARNESS_WORKER ?? '{}') as WorkerSetup
const clock = runClock(setup.epochNs)
const file = new EventLog<ClientEvent>(setup.file)
const { patience } = setup
const deps = { nowMs: clock.nowMs, random: Math.random, patience, log: (event: ClientEvent) => file.write(event) }
const crowds = new Map<string, Crowd>()
const observers = setup.nodes.map(
  node => new Observer(node, setup.observeMs, { ...deps, http: new HttpClient(deps, OBSERVER_SOCKETS) }),
)

function crowd(name: string): Crowd {
  const found = crowds.get(name)
  if (found === undefined) throw new Error(`the workload ${name} was not started`)
  return found
}

async function start(order: Extract<Order, { order: 'start' }>): Promise<void> {
  const { spec } = order
  if (crowds.has(spec.name)) throw new Error(`the workload ${spec.name} was started already`)
  const started = new Crowd(spec, setup.nodes, deps)
  crowds.set(spec.name, started)
  const add = (watched: boolean) => Promise.all(observers.map(observer => observer.add(started.services, watched)))
  await add(setup.watch)
  if (crowds.size === 1) for (const observer of observers) observer.start()
  let toldMs = 0
  await started.start(count => {
    if (clock.nowMs() - toldMs < PROGRESS_MS) return
    toldMs = clock.nowMs()
    reply({ progress: `${count} of ${spec.applications} applications are registered` })
  })
}

async function obey(order: Order): Promise<unknown> {
  switch (order.order) {
    case 'start':
      return start(order)
    case 'end':
      return crowd(order.name).end()
    case 'storm':
      return crowd(order.name).storm()
    case 'die':
      return crowd(order.name).die(order.count)
    case 'unregister':
      return crowd(order.name).unregister(order.count)
    case 'churn':
      return crowd(order.name).churn(order.perSecond)
    case 'settle':
      return settle([...crowds.values()], observers, order.withinMs, clock.nowMs)
    case 'so far':
      return soFar()
    case 'finish':
      return finish()
  }
}

async function soFar(): Promise<readonly ClientEvent[]> {
  await file.flush()
  return [...observers, ...crowds.values()].flatMap(each => each.lasts())
}

/** What observers saw last counts: they stop first. */
async function finish(): Promise<void> {
  for (const observer of observers) observer.stop()
  for (const each of crowds.values()) each.stop()
  await file.close()
}

/** A harness that has gone away is no error: its end ends this process, too. */
const reply = (answer: Reply): void => void process.send?.(answer, () => undefined)

process.on('message', (order: Order) => {
  obey(order).then(
    result => reply({ done: order.id, result }),
    (error: Error) => reply({ done: order.id, error: error.message }),
  )
})
// The harness is gone: so are the applications. Ctrl-C and its like are for the harness, which tells what is to be done.
process.on('disconnect', () => process.exit())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
