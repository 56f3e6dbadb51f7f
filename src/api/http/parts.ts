/** A body put together from texts and from bytes that were rendered before. */
export class Parts {
  readonly #bytesMax: number
  readonly #tooMany: () => never
  readonly #parts: Buffer[] = []
  #bytes = 0

  /** `tooMany` is called, and throws, when the body would grow beyond `bytesMax`. */
  constructor(bytesMax: number, tooMany: () => never) {
    this.#bytesMax = bytesMax
    this.#tooMany = tooMany
  }

  add(...parts: readonly (string | Buffer)[]): void {
    for (const part of parts) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part
      this.#bytes += bytes.length
      if (this.#bytes > this.#bytesMax) this.#tooMany()
      this.#parts.push(bytes)
    }
  }

  join(): Buffer {
    return Buffer.concat(this.#parts, this.#bytes)
  }
}
