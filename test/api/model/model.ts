/** What a registry is, in a few lines: without scopes, versions, other clusters and time. */

export interface Instance {
  status: string
  properties: Readonly<Record<string, string>>
}

export interface Schema {
  /** Undefined: declared, and without content. */
  readonly content?: string
  readonly summary?: string
}

export interface Service {
  readonly id: string
  readonly name: string
  properties: Readonly<Record<string, string>>
  tags: Readonly<Record<string, string>>
  schemas: Map<string, Schema>
  readonly instances: Map<string, Instance>
  /** Names of what it depends on, whether or not that is there. */
  uses: Set<string>
}

export class Model {
  readonly services = new Map<string, Service>()

  add(id: string, name: string, properties: Readonly<Record<string, string>>): void {
    this.services.set(name, {
      ...{ id, name, properties, tags: {}, schemas: new Map(), instances: new Map(), uses: new Set() },
    })
  }

  all(): readonly Service[] {
    return [...this.services.values()]
  }

  /** Names of the services that use this one. */
  consumersOf(name: string): readonly string[] {
    return this.all().flatMap(({ name: consumer, uses }) => (uses.has(name) ? [consumer] : []))
  }

  providersOf({ uses }: Service): readonly string[] {
    return [...uses].filter(name => this.services.has(name))
  }

  setStatusWhere(value: string, status: string): void {
    for (const { instances } of this.all()) {
      for (const instance of instances.values()) if (instance.properties.value === value) instance.status = status
    }
  }
}
