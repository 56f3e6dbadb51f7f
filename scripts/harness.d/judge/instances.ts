/** What clients did to each instance, and from when to when it lived, seen from outside. */
import type { ClientEvent, Contact } from '../events.ts'
import type { Expectations } from './expectations.ts'
import { type Interval, overlap, type Timeline } from './timeline.ts'

type Registration = Extract<ClientEvent, { k: 'register' }>
type ContactEvent = Extract<ClientEvent, { k: 'register' | 'heartbeat' | 'unregister' | 'update' }>

export interface Instance {
  readonly id: string
  readonly service: string
  readonly leaseMs: number
  /** The registration that was acknowledged first; undefined: none was. */
  readonly born: Contact | undefined
  /** Requests that renew the lease when they are heard, by the time they were sent. */
  readonly contacts: readonly Contact[]
  /** The first unregistration that was acknowledged. */
  readonly unregistered: Contact | undefined
  /** When the first unregistration was sent, acknowledged or not. */
  readonly farewellMs: number
  readonly updates: readonly (Contact & { readonly v: number })[]
  readonly diedMs: number | undefined
}

interface Draft {
  service: string
  leaseMs: number
  events: ContactEvent[]
  diedMs: number | undefined
}

export function readInstances(events: readonly ClientEvent[]): ReadonlyMap<string, Instance> {
  const drafts = new Map<string, Draft>()
  for (const event of events) {
    if (event.k === 'register' && !drafts.has(event.i)) {
      drafts.set(event.i, { service: event.svc, leaseMs: event.leaseMs, events: [], diedMs: undefined })
    }
    const draft = 'i' in event ? drafts.get(event.i) : undefined
    if (draft === undefined) continue
    if (event.k === 'die') draft.diedMs = event.a
    else if (event.k === 'register' || event.k === 'heartbeat' || event.k === 'unregister' || event.k === 'update')
      draft.events.push(event)
  }
  return new Map([...drafts].map(([id, draft]) => [id, finish(id, draft)]))
}

function finish(id: string, { service, leaseMs, events, diedMs }: Draft): Instance {
  const sorted = events.sort((a, b) => a.s - b.s)
  const farewells = sorted.filter(({ k }) => k === 'unregister')
  return {
    ...{ id, service, leaseMs, diedMs },
    born: sorted.find((event): event is Registration => event.k === 'register' && event.st === 200),
    contacts: sorted.filter(({ k }) => k === 'register' || k === 'heartbeat'),
    unregistered: farewells.find(({ st }) => st === 200),
    farewellMs: farewells[0]?.s ?? Number.POSITIVE_INFINITY,
    updates: sorted.filter((event): event is Extract<ContactEvent, { k: 'update' }> => event.k === 'update'),
  }
}

/** Codes of "does not exist". */
export const UNKNOWN_CODES: readonly (string | undefined)[] = ['400017', '400012']

export interface Life {
  /** When it must be visible where it is known: it heartbeats on time. */
  readonly alive: readonly Interval[]
  /** Heartbeats on time that were told that the instance does not exist. */
  readonly denied: readonly Contact[]
}

/**
 * It lives from its acknowledged registration as long as each heartbeat is answered early enough after the one before was
 * sent. While no node of its cluster serves, time stands still: nobody could hear it, and nobody may end it for that.
 */
export function lifeOf(instance: Instance, timeline: Timeline, { allowances }: Expectations): Life {
  const { born, contacts, leaseMs } = instance
  if (born === undefined) return { alive: [], denied: [] }
  const sureMs = leaseMs - allowances.passing
  const away = awayOf(timeline.clusterOf.get(born.n) ?? '', timeline)
  const alive: { from: number; to: number }[] = [{ from: born.a, to: born.s + sureMs }]
  const denied: Contact[] = []
  let last = born
  for (const contact of contacts) {
    if (contact.s <= born.s || contact.s > instance.farewellMs) continue
    const heardMs = contact.a - last.s - overlap({ from: last.s, to: contact.a }, away)
    const current = alive.at(-1)
    if (current === undefined) break
    if (contact.st === 200) {
      if (heardMs <= sureMs) current.to = contact.s + sureMs
      else alive.push({ from: contact.a, to: contact.s + sureMs })
      last = contact
    } else if (UNKNOWN_CODES.includes(contact.c)) {
      if (heardMs <= sureMs) denied.push(contact)
      current.to = Math.min(current.to, contact.s)
    }
  }
  const to = (end: number): number => Math.min(end, instance.farewellMs)
  return {
    alive: alive.map(each => ({ from: each.from, to: to(each.to) })).filter(each => each.to > each.from),
    denied,
  }
}

/** When no node of the cluster served. */
function awayOf(cluster: string, timeline: Timeline): readonly Interval[] {
  const nodes = [...timeline.clusterOf].filter(([, each]) => each === cluster).map(([name]) => name)
  const [first, ...others] = nodes
  if (first === undefined) return []
  return others.reduce<readonly Interval[]>(
    (common, node) => intersect(common, timeline.absencesOf(node)),
    timeline.absencesOf(first),
  )
}

function intersect(some: readonly Interval[], others: readonly Interval[]): readonly Interval[] {
  return some.flatMap(one =>
    others
      .map(other => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))
      .filter(({ from, to }) => from < to),
  )
}
