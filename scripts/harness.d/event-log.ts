import { createWriteStream, type WriteStream } from 'node:fs'

/** Lines are gathered to pieces of this size: thousands come each second. */
const PIECE_CHARS = 64 * 1024

/** Appends events to a file, one JSON object a line. */
export class EventLog<E> {
  readonly #stream: WriteStream
  #piece = ''

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: 'a' })
  }

  write(event: E): void {
    this.#piece += `${JSON.stringify(event, rounded)}\n`
    if (this.#piece.length > PIECE_CHARS) this.#flush()
  }

  async close(): Promise<void> {
    this.#flush()
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
