import type { CatalogPort, Clock } from '../../center/ports.ts'
import { roles } from '../../core/rbac/account.ts'
import type { Permission } from '../../core/rbac/permission.ts'
import type { ReadOptions } from '../../core/view.ts'

/** How long a change of a role that another node made may stay unseen: roles are looked up at every request. */
const STALE_MS = 100

/** What each role grants. */
export class RoleBook {
  readonly #catalog: CatalogPort
  readonly #clock: Clock
  readonly #options: ReadOptions
  #permissions: ReadonlyMap<string, readonly Permission[]> = new Map()
  #readMs = Number.NEGATIVE_INFINITY

  constructor(catalog: CatalogPort, clock: Clock, options: ReadOptions) {
    this.#catalog = catalog
    this.#clock = clock
    this.#options = options
  }

  /** Undefined when there is no such role. */
  permissionsOf(role: string): readonly Permission[] | undefined {
    const now = this.#clock.monotonicMs()
    if (now - this.#readMs >= STALE_MS || !this.#permissions.has(role)) {
      const all = this.#catalog.read(view => roles(view, this.#options))
      this.#permissions = new Map(all.map(({ name, permissions }) => [name, permissions]))
      this.#readMs = now
    }
    return this.#permissions.get(role)
  }

  forget(): void {
    this.#readMs = Number.NEGATIVE_INFINITY
  }
}
