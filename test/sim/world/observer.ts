import type { Write } from '../../../src/core/wire.ts'
import type { Answer, Request } from '../truth/caller.ts'
import type { Link } from './link.ts'
import type { SimNode } from './node.ts'

/** What a checker may watch. Everything is optional; all of it is called in the order in which it happens. */
export interface Observer {
  /** A process has loaded its disk and begun; nothing has reached it yet. */
  started?(node: SimNode): void
  /** A process is about to end. */
  stopping?(node: SimNode): void
  /** Its process has begun, ended, stopped or gone on. */
  disturbed?(node: SimNode): void
  lostDisk?(node: SimNode): void
  /** Writes that a node made itself. */
  wrote?(node: SimNode, writes: readonly Write[]): void
  /** A node begins to carry out a request. */
  asking?(request: Request): void
  /** A node is about to run its command, perhaps once more, after siblings were asked. */
  commanding?(request: Request): void
  /** A write has been made in memory, within the node's step. */
  applied?(request: Request): void
  answered?(request: Request, answer: Answer<unknown>): void
  linkChanged?(link: Link): void
  /** Every second of true time. */
  second?(): void
  /** Everything has healed and the catalogs have become quiet, or the time for it has run out. */
  settled?(): void
}
