import { CatalogError, type ErrorCode } from '../../../src/core/errors.ts'
import type { Command } from '../../../src/core/transaction.ts'
import type { View } from '../../../src/core/view.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import type { Life } from './truth.ts'

/** What a client knows of a request. `lost`: it may have been carried out, or may still be. */
export type Answer<R> =
  | { readonly kind: 'ok'; readonly value: R }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  | { readonly kind: 'down' }
  | { readonly kind: 'lost' }

export type RequestKind =
  | 'existence'
  | 'find'
  | 'register service'
  | 'update service'
  | 'delete service'
  | 'register'
  | 'heartbeat'
  | 'unregister'
  | 'update'
  | 'administer'

/** One request to one node. Observers see the same object before it runs and when it is answered. */
export interface Request {
  readonly kind: RequestKind
  readonly node: SimNode
  readonly service: string
  /** The registration it is about. */
  readonly life?: Life | undefined
  /** The client turns to another node at every request. */
  readonly balanced?: boolean
}

export interface CallHooks<R> {
  /** Just before the command runs; it may run twice when siblings were asked. */
  readonly before?: () => void
  /**
   * The command has run at the node. Its changes are in memory, unless the store is known to refuse writes: then they are
   * taken back, and the client is refused. It is refused, too, when the store turns out to refuse them; then they stay.
   */
  readonly applied?: (reply: R) => void
}

const LATENCY_MS = 0.5
/** A client gives up on a node that does not answer. */
const TIMEOUT_MS = 3_000

/** Sends a write as an HTTP client would; truth learns what becomes of it even when the client has given up. */
export const call = <R>(
  world: World,
  request: Request,
  command: Command<R>,
  hooks: CallHooks<R> = {},
): Promise<Answer<R>> => {
  const noted: Command<R> = tx => {
    world.commands(request)
    for (const observer of world.observers) observer.commanding?.(request)
    hooks.before?.()
    const reply = command(tx)
    hooks.applied?.(reply)
    for (const observer of world.observers) observer.applied?.(request)
    return reply
  }
  return send(world, request, center => center.execute(noted))
}

/** Sends a question that siblings may be asked. */
export const ask = <R>(world: World, request: Request, query: (view: View) => R): Promise<Answer<R>> =>
  send(world, request, async center => center.lookup(query))

const send = async <R>(
  world: World,
  request: Request,
  run: (center: NonNullable<SimNode['center']>) => Promise<R>,
): Promise<Answer<R>> => {
  const { node } = request
  await world.sleep(LATENCY_MS * world.random.between(0.5, 3))
  const { process, center } = node
  world.counts.operations += 1
  if (process === undefined || center === undefined) return { kind: 'down' }
  return new Promise(resolve => {
    const finish = world.openCall()
    const answer = (given: Answer<R>): void => {
      if (!finish()) return
      cancel()
      for (const observer of world.observers) observer.answered?.(request, given)
      resolve(given)
    }
    const cancel = world.events.after(TIMEOUT_MS, () => answer({ kind: 'lost' }))
    process.run(() => {
      if (!center.status().ready) return answer({ kind: 'refused', code: 'UNHEALTHY' })
      for (const observer of world.observers) observer.asking?.(request)
      const running = run(center)
      world.commanding = undefined
      running.then(
        value => {
          if (process.alive) answer({ kind: 'ok', value })
        },
        (error: unknown) => {
          if (!(error instanceof CatalogError)) world.threw(node, error)
          else if (process.alive) answer({ kind: 'refused', code: error.code })
        },
      )
    })
  })
}
