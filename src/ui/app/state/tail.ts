import { useEffect, useState } from 'preact/hooks'
import type { EventPage } from '../../../center/ports.ts'
import type { PastEvent } from '../../../core/why/facts.ts'
import { useApp } from './app.ts'

/** The node keeps 2,000; a page with more than this gets slow, and nobody reads on. */
const SHOWN_MAX = 300
/** The node answers as soon as there is something, and after so many seconds in any case. */
const WAIT_S = 25
const RETRY_MS = 3_000
/** Where much happens, it is shown a few times a second and not with every event. */
const BATCH_MS = 500

export interface Tail {
  /** Newest first. */
  readonly events: readonly PastEvent[]
  /** Came while it was paused. */
  readonly waiting: number
  readonly missed: boolean
  readonly isLoaded: boolean
  readonly error: Error | undefined
}

interface Filter {
  readonly service: string | undefined
  readonly kind: string | undefined
}

const NOTHING = {
  all: [] as readonly PastEvent[],
  missed: false,
  isLoaded: false,
  error: undefined as Error | undefined,
}

/** Follows the events of a node by asking it for what comes next. */
export function useTail(filter: Filter, paused: boolean): Tail {
  const { client, session } = useApp()
  const [state, setState] = useState(NOTHING)
  const [heldAt, setHeldAt] = useState<number | undefined>(undefined)
  const { service, kind } = filter
  const { domain, project } = session.scope.value
  // Domain and project are in the client's requests.
  useEffect(() => {
    const stop = new AbortController()
    setState(NOTHING)
    follow(stop.signal)
    return () => stop.abort()

    async function follow(signal: AbortSignal): Promise<void> {
      let after: number | undefined
      while (!signal.aborted) {
        try {
          const wait = after === undefined ? undefined : WAIT_S
          const params = after === undefined ? { limit: SHOWN_MAX } : { after, wait }
          const page = await client.get<EventPage>('/admin/events', { service, kind, ...params }, signal)
          after = page.last
          setState(({ all }) => ({ ...merged(all, page), isLoaded: true, error: undefined }))
          await pause(BATCH_MS, signal)
        } catch (error) {
          if (signal.aborted) return
          setState(before => ({ ...before, error: error as Error }))
          await pause(RETRY_MS, signal)
        }
      }
    }
  }, [service, kind, domain, project])
  useEffect(() => setHeldAt(paused ? (state.all[0]?.seq ?? 0) : undefined), [paused])
  const events = heldAt === undefined ? state.all : state.all.filter(({ seq }) => seq <= heldAt)
  return { ...state, events, waiting: state.all.length - events.length }
}

function merged(known: readonly PastEvent[], page: EventPage) {
  const [newest] = known
  // The node has started anew, and counts from one again.
  const isAnew = newest !== undefined && page.last < newest.seq
  return { all: [...page.events.toReversed(), ...(isAnew ? [] : known)].slice(0, SHOWN_MAX), missed: page.missed }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
