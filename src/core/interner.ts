/** Texts kept once. More than this many different ones: it starts over, and only sharing is lost. */
const TEXTS_MAX = 100_000

/**
 * Gives equal texts one copy in memory. Decoded records repeat the same node ids, epochs and generations a hundred
 * thousand times.
 */
export class Interner {
  readonly #texts = new Map<string, string>()

  of<T extends string>(text: T): T {
    const known = this.#texts.get(text)
    if (known !== undefined) return known as T
    if (this.#texts.size >= TEXTS_MAX) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }

  all(texts: readonly string[]): readonly string[] {
    return texts.map(text => this.of(text))
  }
}
