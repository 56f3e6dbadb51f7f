/** What the edges know, in the words of the core: for those who ask why, and for the list of peers. */
import { NOTHING_OUTSIDE, type Outside, WITHHELD } from './core/why/facts.ts'
import { REFUSALS } from './mesh/refusals.ts'
import type { MeshStatus } from './mesh/status.ts'
import type { Source } from './sources/source.ts'

export function outsideOf(mesh: MeshStatus | undefined, sources: readonly Source[]): Outside {
  const notes = sources.flatMap(source => {
    const { name, alarms, withheld = new Map<string, string>() } = source.status()
    return [
      ...alarms.map(alarm => ({ source: name, ...alarm })),
      ...[...withheld].map(([subject, detail]) => ({ source: name, id: WITHHELD, subject, detail })),
    ]
  })
  if (mesh === undefined) return { ...NOTHING_OUTSIDE, notes }
  const { admission, peers, topology, addresses, refused } = mesh
  return {
    admission,
    links: peers.filter(({ state }) => state === 'up'),
    topology,
    addresses,
    refusals: refused.map(({ who, reason, times }) => ({ who, reason, times, remedy: REFUSALS[reason] })),
    notes,
  }
}
