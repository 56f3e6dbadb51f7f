/** Whether nodes answered, stayed up, and caught up. */
import { at, type Case, EVIDENCE_MAX, type Evidence, evidenceOf } from './case.ts'
import type { Shown } from './sightings.ts'

const READS = ['find', 'batch']

/** Reads that a node which served the whole time refused or did not answer. */
export function refusedReads({ clients, timeline }: Case): Evidence {
  const found = clients.flatMap(event => {
    if (event.k !== 'fail' || !READS.includes(event.what) || !timeline.present(event.n, { from: event.s, to: event.a }))
      return []
    const how = event.st === 0 ? 'did not answer' : `answered ${event.st} ${event.c ?? ''} to`
    return [
      {
        weight: event.a - event.s,
        text: `${event.n} ${how} a ${event.what} of ${event.w}, sent at ${at(event.s)}, failed at ${at(event.a)}`,
      },
    ]
  })
  return evidenceOf(found)
}

export function crashes({ harness }: Case): Evidence {
  const found = harness.flatMap(event =>
    event.k === 'node' && event.state === 'crashed'
      ? [{ weight: 1, text: `${event.n} ended by itself at ${at(event.t)}:\n${event.log ?? ''}` }]
      : [],
  )
  return evidenceOf(found)
}

/** From the moment when two nodes could reach each other again until the later one had seen what had happened at the other. */
export function convergenceMs(run: Case): Evidence {
  const { timeline, sightings, instances, expectations } = run
  const firsts = new Map<string, Shown>()
  for (const shown of sightings.shown) {
    const key = `${shown.node} ${shown.id}`
    const known = firsts.get(key)
    if (known === undefined || shown.firstSent < known.firstSent) firsts.set(key, shown)
  }
  const found = [...firsts.values()].flatMap(shown => {
    const instance = instances.get(shown.id)
    const born = instance?.born
    if (born === undefined || born.n === shown.node) return []
    const connected = timeline.connected(born.n, shown.node)
    if (connected.some(({ from, to }) => from <= born.a && to > born.a)) return []
    const back = connected.find(({ from }) => from > born.a)
    if (back === undefined) return []
    // Connected counts from a while after the link was up again.
    const upMs = back.from - expectations.allowances.healed
    if (upMs < born.a || shown.before === undefined) return []
    const ms = Math.max(0, shown.firstAnswered - upMs)
    return [
      {
        weight: ms,
        text: `${shown.id}, registered at ${born.n} at ${at(born.a)}, was seen at ${shown.node} ${at(ms)} after they could reach each other`,
      },
    ]
  })
  const { evidence } = evidenceOf(found)
  return {
    value: Math.round(Math.max(0, ...found.map(({ weight }) => weight))),
    evidence: evidence.slice(0, EVIDENCE_MAX),
  }
}
