/** One direction of one connection: reads here, waits as its path says, writes there. */
import type { Socket } from 'node:net'
import type { Path } from './path.ts'

/** What waits on the way before the sender is slowed down, as a socket buffer would. */
const WINDOW_BYTES = 256 * 1024

interface Piece {
  readonly dueMs: number
  /** Undefined: the sender has ended. */
  readonly chunk: Buffer | undefined
}

export class Flow {
  readonly #path: Path
  readonly #from: Socket
  readonly #to: Socket
  readonly #nowMs: () => number
  readonly #pieces: Piece[] = []
  readonly #stop: () => void
  #bytes = 0
  #lastDueMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(path: Path, from: Socket, to: Socket, nowMs: () => number) {
    this.#path = path
    this.#from = from
    this.#to = to
    this.#nowMs = nowMs
    this.#stop = path.onHeal(() => this.#pump())
    from.on('data', chunk => this.#take(chunk as Buffer))
    from.on('end', () => this.#queue(undefined, 0))
    to.on('drain', () => this.#pump())
    to.on('close', () => this.close())
  }

  /** The sender is gone without an orderly end: that, too, arrives only behind what was sent before. */
  broken(): void {
    this.#queue(undefined, 0)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#stop()
    this.#pieces.length = 0
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > WINDOW_BYTES) this.#from.pause()
    this.#queue(chunk, chunk.length)
  }

  #queue(chunk: Buffer | undefined, bytes: number): void {
    const arrivalMs = this.#path.arrivalMs(bytes)
    if (arrivalMs === undefined) {
      this.#from.destroy()
      this.#to.destroy()
      return
    }
    this.#lastDueMs = Math.max(this.#lastDueMs, arrivalMs)
    this.#pieces.push({ dueMs: this.#lastDueMs, chunk })
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const [piece] = this.#pieces
      if (piece === undefined || this.#path.held || this.#to.writableNeedDrain) return
      const waitMs = piece.dueMs - this.#nowMs()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs)
        return
      }
      this.#pieces.shift()
      if (piece.chunk === undefined) {
        this.#to.end()
        return
      }
      this.#path.bytes += piece.chunk.length
      this.#bytes -= piece.chunk.length
      this.#to.write(piece.chunk)
      if (this.#bytes <= WINDOW_BYTES) this.#from.resume()
    }
  }
}
