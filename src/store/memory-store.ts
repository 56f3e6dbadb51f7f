import type { Store, StoreSource } from '../center/ports.ts'
import { checkValue } from './values.ts'

/** Nothing survives the process: a node without a data directory gets the catalog from its peers. */
export class MemoryStore implements Store, StoreSource {
  readonly durable = false
  readonly #values = new Map<string, Uint8Array>()

  append(_frame: Uint8Array, done: (error?: Error) => void): void {
    queueMicrotask(done)
  }

  onLoss(): void {}

  put(name: string, value: Uint8Array): void {
    checkValue(this.#values, name, value)
    this.#values.set(name, Uint8Array.from(value))
  }

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name)
  }

  async load(): Promise<void> {}

  compactWith(): void {}

  async close(): Promise<void> {}
}
