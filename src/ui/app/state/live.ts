import { useEffect, useState } from 'preact/hooks'
import { useApp } from './app.ts'
import { type Params, search } from './client.ts'

/** What a view shows of something that changes. */
export interface Live<T> {
  readonly data: T | undefined
  /** Of the latest try; what was known before is still in `data`. */
  readonly error: Error | undefined
  /** `data` is the answer to an earlier question: the filter has just changed. */
  readonly isOld: boolean
}

/** Between two looks. Unchanged pages cost a node next to nothing, see its page cache. */
export const LOOK_MS = 5_000
/** Counts and lists of choices change slowly, and take longer to make. */
export const SLOW_LOOK_MS = 10_000

interface State<T> {
  readonly data: T | undefined
  readonly error: Error | undefined
  /** The question that `data` answers. */
  readonly key: string
}

/**
 * Asks now and again and again while the page can be seen. The browser keeps the pages with their tags, so an unchanged one
 * is answered with 304. Without a `path` nothing is asked.
 */
export function useLive<T>(path: string | undefined, params: Params = {}, everyMs = LOOK_MS): Live<T> {
  const { client, session } = useApp()
  const { domain, project } = session.scope.value
  const key = JSON.stringify([path, search(params), domain, project])
  const [state, setState] = useState<State<T>>({ data: undefined, error: undefined, key: '' })
  const changes = client.changes.value
  // The key says path and parameters; an own change asks anew.
  useEffect(() => {
    if (path === undefined) return undefined
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let asking = false
    const ask = async (): Promise<void> => {
      if (asking || document.hidden) return
      asking = true
      try {
        const data = await client.get<T>(path, params, stop.signal)
        setState({ data, error: undefined, key })
      } catch (error) {
        if (stop.signal.aborted) return
        setState(before => ({ ...before, error: error as Error }))
      } finally {
        asking = false
      }
      if (!stop.signal.aborted) timer = setTimeout(ask, everyMs)
    }
    const onVisible = (): void => {
      clearTimeout(timer)
      ask()
    }
    document.addEventListener('visibilitychange', onVisible)
    ask()
    return () => {
      stop.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [key, changes, everyMs])
  return { data: state.data, error: state.error, isOld: state.key !== key }
}
