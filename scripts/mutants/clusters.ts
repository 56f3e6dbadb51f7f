import type { Mutant } from './mutant.ts'

/** Whose a record is. */
export const CLUSTERS: readonly Mutant[] = [
  {
    name: 'siblings keep their ids',
    file: 'src/center/peers.ts',
    search: '    if (!yields) {',
    replace: '    if (!yields || yields) {',
    caughtBy: [17],
  },
  {
    name: 'replaced clusters stay',
    file: 'src/core/replacements.ts',
    search: 'if (set.has(cluster) === replaced) return',
    replace: 'if (set.has(cluster) === replaced || replaced) return',
    caughtBy: [17],
  },
  {
    name: 'everybody yields',
    file: 'src/center/peers.ts',
    search: 'theirs.clusterId < own : theirs.established',
    replace: 'theirs.clusterId > own : theirs.established',
    caughtBy: [17],
  },
  {
    name: 'a name forgets who answered before',
    file: 'src/core/replacements.ts',
    search: '    if (before !== undefined) this.#suspects.set',
    replace: '    if (before === cluster) this.#suspects.set',
    caughtBy: [17],
  },
  {
    name: 'deleting ends what others registered',
    file: 'src/core/registry.ts',
    search: '    writer.end(serviceKey(this.#cluster, group.sid))\n',
    replace: '    for (const cluster of group.registrations.keys()) writer.end(serviceKey(cluster, group.sid))\n',
    caughtBy: [16],
  },
]
