import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { PeersView } from '../../../../center/ports.ts'
import type { Alarms } from '../../answers.ts'
import { SLOW_LOOK_MS, useLive } from '../../state/live.ts'
import { findProblems, type Problem } from './find-problems.ts'

/** What is wrong right now, and the peers from which it was told. */
export interface Watched {
  readonly problems: readonly Problem[]
  readonly peers: PeersView | undefined
  readonly error: Error | undefined
}

const WatchedContext = createContext<Watched>({ problems: [], peers: undefined, error: undefined })

export const WatchedProvider = WatchedContext.Provider

/** What the frame watches, for whatever view it shows: nobody asks twice. */
export const useWatched = (): Watched => useContext(WatchedContext)

export function useProblems(): Watched {
  const peers = useLive<PeersView>('/admin/peers')
  const alarms = useLive<Alarms>('/admin/alarms', {}, SLOW_LOOK_MS)
  const problems = findProblems({ peers: peers.data, alarms: alarms.data?.alarms ?? [] })
  return { problems, peers: peers.data, error: peers.error ?? alarms.error }
}
