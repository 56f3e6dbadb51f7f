/** Acknowledged writes that were forgotten, and what nobody wrote. */
import type { ClientEvent } from '../events.ts'
import { at, type Case, type Evidence, evidenceOf } from './case.ts'
import type { Instance } from './instances.ts'

export function lost(run: Case): Evidence {
  return evidenceOf([...denied(run), ...outdated(run), ...absent(run)])
}

/** Heartbeats on time that were told that their instance does not exist. */
function denied(run: Case): readonly { weight: number; text: string }[] {
  return [...run.lives].flatMap(([id, life]) => {
    const { born } = run.instances.get(id) ?? {}
    return life.denied
      .filter(contact => born !== undefined && contact.s > run.timeline.knownBy(born.n, contact.n, born.a))
      .filter(contact => !replaced(run, born?.n ?? '', contact.a))
      .map(contact => {
        const text = `${id} was registered at ${born?.n} by ${at(born?.a ?? 0)} and heartbeats on time, but ${contact.n} said at ${at(contact.a)} that it does not exist (${contact.c})`
        return { weight: 1, text }
      })
  })
}

/** Invariant 17's exception: the cluster came back with empty disks. */
function replaced({ timeline, expectations }: Case, node: string, before: number): boolean {
  return (
    expectations.exceptions.has(17) &&
    timeline.absencesOf(node).some(({ from, to, disk }) => from > 0 && disk === 'replaced' && to < before)
  )
}

/** Alive to the end, known everywhere in time, and shown by no node in the end. */
function absent(run: Case): readonly { weight: number; text: string }[] {
  const { sightings, timeline, meta } = run
  const seen = new Set(sightings.shown.filter(({ hidden }) => hidden === undefined).map(({ id }) => id))
  return [...run.instances.values()]
    .filter(instance => expected(run, instance) && !seen.has(instance.id))
    .map(({ id, born }) => {
      const nodes = meta.nodes.filter(({ name }) =>
        timeline.present(name, { from: meta.endedMs, to: meta.endedMs }),
      ).length
      return {
        weight: 2,
        text: `${id} was registered at ${born?.n} by ${at(born?.a ?? 0)} and is alive, but none of ${nodes} nodes shows it in the end`,
      }
    })
}

function expected(run: Case, { id, born, service }: Instance): boolean {
  const last = run.lives.get(id)?.alive.at(-1)
  const looked = run.sightings.looked.some(
    each =>
      each.service === service && born !== undefined && run.timeline.knownBy(born.n, each.node, born.a) < each.lastSent,
  )
  return last !== undefined && last.to >= run.meta.endedMs && looked
}

/** Properties whose last acknowledged version is not what a node shows in the end. */
function outdated(run: Case): readonly { weight: number; text: string }[] {
  const finals = finalVersions(run.clients)
  return [...run.instances.values()].flatMap(({ id, updates }) => {
    const last = updates.findLast(({ st }) => st === 200)
    if (last === undefined) return []
    return [...(finals.get(id) ?? [])]
      .filter(([node, seen]) => seen.version < last.v && seen.sent > run.timeline.knownBy(last.n, node, last.a))
      .map(([node, seen]) => {
        const text = `${id} set its properties to version ${last.v} at ${last.n} by ${at(last.a)}, but ${node} shows version ${seen.version} in the end`
        return { weight: 1, text }
      })
  })
}

/** By instance and node: the version shown last, and when that was. */
function finalVersions(
  events: readonly ClientEvent[],
): ReadonlyMap<string, ReadonlyMap<string, { version: number; sent: number }>> {
  const versions = new Map<string, Map<string, { version: number; sent: number }>>()
  const lastSent = new Map(
    events.flatMap(event => (event.k === 'last' ? [[`${event.w} ${event.svc} ${event.n}`, event.s] as const] : [])),
  )
  for (const event of events) {
    if (event.k !== 'view') continue
    const sent = lastSent.get(`${event.w} ${event.svc} ${event.n}`) ?? event.s
    for (const [id, version] of Object.entries(event.add)) {
      const nodes = versions.get(id) ?? new Map<string, { version: number; sent: number }>()
      const before = nodes.get(event.n)
      if (before === undefined || before.sent <= sent) nodes.set(event.n, { version, sent })
      versions.set(id, nodes)
    }
    for (const id of event.del) versions.get(id)?.delete(event.n)
  }
  return versions
}

/** Instances that somebody saw and nobody registered. */
export function invented({ clients, instances }: Case): Evidence {
  const found = new Map<string, string>()
  for (const event of clients) {
    const ids = event.k === 'view' ? Object.keys(event.add) : event.k === 'event' ? [event.i] : []
    for (const id of ids) {
      if (!instances.has(id) && !found.has(id) && 'n' in event)
        found.set(id, `${event.n} showed ${id} at ${at(event.a)}, which no client has registered`)
    }
  }
  return evidenceOf([...found.values()].map(text => ({ weight: 1, text })))
}
