import type { Lag } from '../../../center/ports.ts'
import type { Tone } from './basics.ts'
import { count, duration } from './format.ts'

/** Of an instance's status. */
export const statusTone = (status: string): Tone =>
  status === 'UP'
    ? 'good'
    : status === 'DOWN' || status === 'OUTOFSERVICE'
      ? 'bad'
      : status === 'STARTING'
        ? 'info'
        : 'warn'

export const STATUS_WORDS: Readonly<Record<string, string>> = {
  UP: 'Up',
  DOWN: 'Down',
  STARTING: 'Starting',
  OUTOFSERVICE: 'Out of service',
  TESTING: 'Testing',
  stale: 'Stale',
  none: 'Without instances',
}

export const statusText = (status: string): string => STATUS_WORDS[status] ?? status

export const peerTone = (state: string): Tone =>
  state === 'up' || state === 'self' ? 'good' : state === 'retired' ? 'quiet' : 'bad'

export const lagText = (lag: Lag | undefined): string =>
  lag === undefined ? '–' : lag.changes === 0 ? '0' : `${count(lag.changes)} for ${duration(lag.ms)}`

/** A beat takes its time, too: smaller differences say nothing. */
export const CLOCK_SHOWN_MS = 1_000

export const clockText = (aheadMs: number | undefined): string =>
  aheadMs === undefined
    ? '–'
    : Math.abs(aheadMs) < CLOCK_SHOWN_MS
      ? 'equal'
      : `${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead' : 'behind'}`
