import type { Random } from '../../../src/center/ports.ts'

/** A seeded source of randomness (sfc32 by Chris Doty-Humphrey, PractRand). Equal seeds give equal runs. */
export class SeededRandom implements Random {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(seed: number | string) {
    let hash = 0x811c9dc5
    for (const char of String(seed)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
    this.#a = hash
    this.#b = Math.imul(hash ^ 0x9e3779b9, 0x85ebca6b)
    this.#c = Math.imul(hash ^ 0x7f4a7c15, 0xc2b2ae35)
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next(): number {
    const t = (this.#a + this.#b + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }

  fraction(): number {
    return this.#next() / 2 ** 32
  }

  hex(bytes: number): string {
    let text = ''
    for (let i = 0; i < bytes; i++) text += (this.#next() & 0xff).toString(16).padStart(2, '0')
    return text
  }

  /** A stream of its own, so that drawing more here changes nothing there. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.hex(8)}/${name}`)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  between(from: number, to: number): number {
    return from + this.fraction() * (to - from)
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1))
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from')
    return items[this.int(0, items.length - 1)] as T
  }

  maybePick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.pick(items)
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map(item => ({ item, order: this.fraction() }))
      .sort((a, b) => a.order - b.order)
      .map(each => each.item)
  }
}
