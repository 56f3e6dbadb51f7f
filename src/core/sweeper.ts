import type { Catalog } from './catalog.ts'
import type { Directory } from './directory.ts'
import { clusterOfKey, contentKey, parseKey } from './keys.ts'

/**
 * Records of the own cluster that nothing leads to any more: schemas, tags and dependencies whose service is gone, and
 * contents that no schema names. Whether their parent is only late cannot be known, so they go when two sweeps, an hour
 * apart, have found them. Should a parent come all the same, its owner writes it, and what belongs to it, again.
 */
export class Sweeper {
  readonly #catalog: Catalog
  readonly #directory: Directory
  #suspects = new Set<string>()

  constructor(catalog: Catalog, directory: Directory) {
    this.#catalog = catalog
    this.#directory = directory
  }

  /** Keys to end now. */
  sweep(): string[] {
    const found = new Set(this.#unreachable())
    const due = [...found].filter(key => this.#suspects.has(key))
    this.#suspects = found
    return due
  }

  *#unreachable(): Generator<string> {
    const { cluster } = this.#directory
    const named = new Set<string>()
    for (const group of this.#directory.groups.values()) {
      for (const [key, child] of group.children) {
        if (child.kind === 'schema') named.add(contentKey(child.cluster, child.record.hash))
        if (child.cluster === cluster && !group.carriesAny(child.record.parents)) yield key
      }
    }
    for (const key of this.#catalog.keys()) {
      if (clusterOfKey(key) === cluster && parseKey(key)?.kind === 'content' && !named.has(key)) yield key
    }
  }
}
