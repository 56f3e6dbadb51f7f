import type { ServiceKey, Sid } from './model.ts'

/** Services remembered after nothing is left of them. */
const FORMER_MAX = 2_000

/** The keys of services that are gone, so that those who ask for one by name learn more than that it is not there. */
export class Former {
  readonly #keys = new Map<Sid, ServiceKey>()

  note(sid: Sid, key: ServiceKey): void {
    this.#keys.delete(sid)
    this.#keys.set(sid, key)
    if (this.#keys.size <= FORMER_MAX) return
    const oldest = this.#keys.keys().next().value
    if (oldest !== undefined) this.#keys.delete(oldest)
  }

  get(sid: Sid): ServiceKey | undefined {
    return this.#keys.get(sid)
  }

  named(names: ReadonlySet<string>): Sid[] {
    return [...this.#keys].flatMap(([sid, { serviceName }]) => (names.has(serviceName) ? [sid] : []))
  }
}
