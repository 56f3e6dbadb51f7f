/** Texts kept once. More than this many different ones: it starts over, and only sharing is lost. */
const TEXTS_MAX = 100_000

/**
 * Gives equal texts one copy in memory. Decoded records repeat the same node ids, epochs and generations a hundred
 * thousand times.
 */
export class Interner {
  readonly #texts = new Map<string, string>()
  readonly #lists = new Map<string, readonly string[]>()

  of<T extends string>(text: T): T {
    const known = this.#texts.get(text)
    if (known !== undefined) return known as T
    if (this.#texts.size >= TEXTS_MAX) this.#texts.clear()
    const own = ownText(text)
    this.#texts.set(own, own)
    return own
  }

  /** Equal lists share one copy too; nearly all have one text. */
  all(texts: readonly string[]): readonly string[] {
    const name = texts.length === 1 ? (texts[0] as string) : texts.join(',')
    const known = this.#lists.get(name)
    if (known !== undefined && isEqual(known, texts)) return known
    const list = texts.map(text => this.of(text))
    if (this.#lists.size >= TEXTS_MAX) this.#lists.clear()
    this.#lists.set(name, list)
    return list
  }
}

/** What was cut out of a longer text keeps all of it in memory. */
const ownText = <T extends string>(text: T): T => Array.from(text).join('') as T

const isEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i])
