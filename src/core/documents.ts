import { type Catalog, later, type Version } from './catalog.ts'
import type { ParsedKey } from './keys.ts'
import type { ClusterId } from './model.ts'
import { readDocument } from './records.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Named records outside services: accounts, roles, rules. Each cluster writes its own copy of a name; readers see the
 * latest of all, and a copy with the value `null` takes the name back everywhere.
 */
export class Documents {
  readonly #kinds = new Map<string, Map<string, Map<ClusterId, Version>>>()
  readonly #catalog: Catalog

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  update(key: string, { cluster, a: kind, b: name }: ParsedKey): void {
    const winner = this.#catalog.winner(key)
    const names = this.#kinds.get(kind) ?? new Map<string, Map<ClusterId, Version>>()
    const copies = names.get(name) ?? new Map<ClusterId, Version>()
    if (winner === undefined) copies.delete(cluster)
    else copies.set(cluster, winner)
    if (copies.size > 0) names.set(name, copies)
    else names.delete(name)
    if (names.size > 0) this.#kinds.set(kind, names)
    else this.#kinds.delete(kind)
  }

  /** The copy that readers see, taken back or not. */
  latest(kind: string, name: string): Version | undefined {
    const copies = this.#kinds.get(kind)?.get(name)
    return copies === undefined ? undefined : [...copies.values()].reduce(later)
  }

  /** Keys of every copy of what is named so, or so with a generation behind it. */
  keysOf(kind: string, name: string): string[] {
    const keys: string[] = []
    for (const [each, copies] of this.#kinds.get(kind) ?? []) {
      if (each === name || each.startsWith(`${name}/`)) for (const { key } of copies.values()) keys.push(key)
    }
    return keys
  }

  isOnlyOf(cluster: ClusterId, kind: string, name: string): boolean {
    const copies = this.#kinds.get(kind)?.get(name)
    return copies === undefined || [...copies.keys()].every(each => each === cluster)
  }

  /** `only`: the copy of this cluster, whatever others say. */
  read(kind: string, name: string, only?: ClusterId): Fields | undefined {
    const version = only === undefined ? this.latest(kind, name) : this.#kinds.get(kind)?.get(name)?.get(only)
    return version === undefined ? undefined : readDocument(version.value)
  }

  list(kind: string, only?: ClusterId): { readonly name: string; readonly value: Fields }[] {
    const found: { name: string; value: Fields }[] = []
    for (const name of this.#kinds.get(kind)?.keys() ?? []) {
      const value = this.read(kind, name, only)
      if (value !== undefined) found.push({ name, value })
    }
    return found
  }
}
