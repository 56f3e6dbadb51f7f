import { at, type Case, type Evidence, evidenceOf } from './case.ts'
import type { Shown } from './sightings.ts'

/** Instances shown after they had to be gone, and ended ones that came back. */
export function ghosts(run: Case): Evidence {
  const found: { weight: number; text: string }[] = []
  const hiddenFor = new Map<string, number>()
  for (const sighting of [...run.sightings.shown].sort((a, b) => a.firstSent - b.firstSent)) {
    const end = run.ends.get(sighting.id)
    if (end === undefined) continue
    const key = `${sighting.viewer} ${sighting.node} ${sighting.id}`
    const goneMs = end.at(sighting.node)
    const hidden = hiddenFor.get(key)
    if (sighting.lastSent > goneMs) found.push(late(run, sighting, end.atHolder, goneMs))
    else if (hidden !== undefined && hidden >= end.atHolder && !forgot(run, sighting, hidden))
      found.push(back(sighting, hidden))
    if (sighting.hidden !== undefined) hiddenFor.set(key, sighting.hidden.answered)
  }
  return evidenceOf(found)
}

function late(
  run: Case,
  { id, node, lastSent, viewer }: Shown,
  atHolder: number,
  goneMs: number,
): { weight: number; text: string } {
  const instance = run.instances.get(id)
  const how = instance?.unregistered === undefined ? 'died' : `was unregistered at ${instance.unregistered.n}`
  const text = `${id} ${how}, had to be gone by ${at(atHolder)} and at ${node} by ${at(goneMs)}, but ${viewer} was shown it at ${at(lastSent)}, ${at(lastSent - goneMs)} later`
  return { weight: lastSent - goneMs, text }
}

function back({ id, node, firstSent, viewer }: Shown, hidden: number): { weight: number; text: string } {
  return {
    weight: Number.MAX_VALUE,
    text: `${id} had ended and was gone at ${node} at ${at(hidden)}, but was shown to ${viewer} again at ${at(firstSent)}`,
  }
}

/** A node that has lost its disk in between may learn of an instance once more before it learns of its end. */
const forgot = ({ timeline }: Case, { node, firstSent }: Shown, since: number): boolean =>
  timeline.absencesOf(node).some(({ disk, from }) => disk !== 'kept' && from > since && from < firstSent)
