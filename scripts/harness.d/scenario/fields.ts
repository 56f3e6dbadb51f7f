/** The fields of one YAML mapping, taken one by one; `end` refuses what nobody has asked for. */
export class Fields {
  readonly key: string
  readonly #path: string
  readonly #values: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()

  /** `path`: where the mapping stands, with the dot that goes before a field's name. */
  constructor(path: string, value: unknown, key = '') {
    this.key = key
    this.#path = path
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`${path === '' ? 'the file' : path.slice(0, -1)}: a mapping is expected`)
    }
    this.#values = value as Readonly<Record<string, unknown>>
  }

  text(name: string): string {
    const value = this.#take(name)
    if (typeof value !== 'string' || value === '') return this.#refuse(name, 'a text is expected')
    return value
  }

  /** `read` gets the text, or the default. */
  optional<T>(name: string, fallback: string, read: (text: string) => T): T {
    const value = this.#take(name) ?? fallback
    try {
      return read(String(value))
    } catch (error) {
      return this.#refuse(name, (error as Error).message)
    }
  }

  maybe<T>(name: string, read: (text: string) => T): T | undefined {
    return this.#values[name] === undefined ? undefined : this.optional(name, '', read)
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#take(name) ?? fallback
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false')
  }

  count(name: string, fallback: number, max: number): number {
    const value = this.#take(name) ?? fallback
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
      return this.#refuse(name, `a whole number up to ${max}`)
    }
    return value as number
  }

  list(name: string, fallback?: readonly unknown[]): readonly unknown[] {
    const value = this.#take(name) ?? fallback
    return Array.isArray(value) ? value : this.#refuse(name, 'a list is expected')
  }

  texts(name: string, fallback: readonly string[]): readonly string[] {
    return this.list(name, fallback).map(each => String(each))
  }

  numbers(name: string): Readonly<Record<string, number>> {
    const value = this.#take(name) ?? {}
    const fields = new Fields(`${this.#path}${name}.`, value)
    const entries = Object.entries(value as object)
    for (const [key, number] of entries) if (typeof number !== 'number') fields.#refuse(key, 'a number')
    return Object.fromEntries(entries) as Record<string, number>
  }

  /** A mapping of mappings. */
  children(name: string): readonly Fields[] {
    const value = this.#take(name) ?? {}
    const within = new Fields(`${this.#path}${name}.`, value)
    return Object.entries(within.#values).map(([key, child]) => new Fields(`${within.#path}${key}.`, child, key))
  }

  end(): void {
    const unknown = Object.keys(this.#values).find(name => !this.#asked.has(name))
    if (unknown !== undefined) this.#refuse(unknown, `no such field; there are ${[...this.#asked].join(', ')}`)
  }

  #take(name: string): unknown {
    this.#asked.add(name)
    return this.#values[name] ?? undefined
  }

  #refuse(name: string, why: string): never {
    throw new Error(`${this.#path}${name}: ${why}`)
  }
}
