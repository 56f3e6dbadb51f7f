import { createWriteStream, type WriteStream } from 'node:fs'

/** Lines are gathered to pieces of this size: thousands come each second. */
const PIECE_CHARS = 64 * 1024

/** Appends events to a file, one JSON object a line. */
export class EventLog<E> {
  readonly #stream: WriteStream
  #piece = ''
  #closed = false

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: 'a' })
  }

  /** After the log was closed nothing is written: answers to what was under way still come in. */
  write(event: E): void {
    if (this.#closed) return
    this.#piece += `${JSON.stringify(event, rounded)}\n`
    if (this.#piece.length > PIECE_CHARS) this.#flush()
  }

  /** Resolves when everything is in the file. */
  async flush(): Promise<void> {
    const piece = this.#piece
    this.#piece = ''
    await new Promise<void>(resolve => this.#stream.write(piece, () => resolve()))
  }

  async close(): Promise<void> {
    this.#flush()
    this.#closed = true
    await new Promise<void>(resolve => this.#stream.end(resolve))
  }

  #flush(): void {
    this.#stream.write(this.#piece)
    this.#piece = ''
  }
}

/** Microseconds are as exact as a loaded machine deserves. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1_000) / 1_000 : value
