import type { Mutant } from './mutant.ts'

/** Whose a record is. */
export const CLUSTERS: readonly Mutant[] = [
  {
    name: 'what others say is replaced stays',
    file: 'src/core/replacements.ts',
    search: 'this.#setReplaced(cluster, !this.#isHeard(cluster, nowMs))',
    replace: 'this.#setReplaced(cluster, !this.#isHeard(cluster, nowMs) && nowMs < 0)',
    caughtBy: [17],
    seed: 19,
  },
  {
    name: 'deleting ends what belongs to others',
    file: 'src/core/registry.ts',
    search: 'if (child.cluster === this.#cluster) writer.end(key)',
    replace: 'if (child.cluster.length > 0) writer.end(key)',
    caughtBy: [16],
    seed: 1,
  },
  {
    name: 'a service of several clusters is nobody’s to register',
    file: 'src/core/registry.ts',
    search: 'return group.registrations.has(this.#cluster) ? group : this',
    replace: 'return group.registrations.has(this.#cluster) || group.registrations.size > 1 ? group : this',
    caughtBy: [16],
    seed: 1,
  },
]
