/** What each viewer saw of each instance, as stretches of time. */
import type { ClientEvent } from '../events.ts'

/** A viewer shown an instance by a node, without a break between two reads. */
export interface Shown {
  readonly viewer: string
  readonly node: string
  readonly id: string
  /** The first read that showed it: sent and answered. */
  readonly firstSent: number
  readonly firstAnswered: number
  /** When the last read that showed it was sent. */
  readonly lastSent: number
  /** The first read without it; undefined: it was shown until the viewer stopped looking there. */
  readonly hidden: { readonly sent: number; readonly answered: number } | undefined
  /** When the last read before the first was sent; undefined: there was none at this node. */
  readonly before: number | undefined
}

/** When a viewer looked at a service of a node. */
export interface Looked {
  readonly viewer: string
  readonly node: string
  readonly service: string
  readonly firstAnswered: number
  readonly firstSent: number
  readonly lastSent: number
  readonly reads: readonly Reads[]
}

/** The reads from one that was written down to the next one that was. */
export interface Reads {
  /** The sending of the first, which was written down. */
  readonly from: number
  /** The last, which was written down, too: sent and answered. */
  readonly sent: number
  readonly answered: number
  /** Whatever lasts as long as this, between `from` and `answered`, has a whole read in it. */
  readonly spacing: number
}

export interface Sightings {
  readonly shown: readonly Shown[]
  readonly looked: readonly Looked[]
}

interface Open {
  readonly firstSent: number
  readonly firstAnswered: number
  readonly before: number | undefined
}

interface Sequence {
  readonly viewer: string
  readonly node: string
  readonly service: string
  readonly firstSent: number
  readonly firstAnswered: number
  readonly open: Map<string, Open>
  readonly reads: Reads[]
}

export function readSightings(events: readonly ClientEvent[]): Sightings {
  const shown: Shown[] = []
  const looked: Looked[] = []
  const sequences = new Map<string, Sequence>()
  const close = (sequence: Sequence, id: string, open: Open, lastSent: number, hidden: Shown['hidden']): void => {
    shown.push({ viewer: sequence.viewer, node: sequence.node, id, ...open, lastSent, hidden })
  }
  for (const event of events) {
    if (event.k === 'view') {
      const key = `${event.w} ${event.svc}`
      const known = sequences.get(key)
      const sequence =
        known?.node === event.n
          ? known
          : {
              viewer: event.w,
              node: event.n,
              service: event.svc,
              firstSent: event.s,
              firstAnswered: event.a,
              open: new Map<string, Open>(),
              reads: [],
            }
      sequences.set(key, sequence)
      sequence.reads.push(readsTo(sequence, event))
      const lastSent = event.p ?? event.s
      for (const id of event.del) {
        const open = sequence.open.get(id)
        if (open !== undefined) close(sequence, id, open, lastSent, { sent: event.s, answered: event.a })
        sequence.open.delete(id)
      }
      for (const id of Object.keys(event.add)) {
        if (!sequence.open.has(id))
          sequence.open.set(id, { firstSent: event.s, firstAnswered: event.a, before: event.p ?? undefined })
      }
    } else if (event.k === 'last') {
      const key = `${event.w} ${event.svc}`
      const sequence = sequences.get(key)
      if (sequence?.node !== event.n) continue
      for (const [id, open] of sequence.open) close(sequence, id, open, event.s, undefined)
      sequence.reads.push(readsTo(sequence, event))
      looked.push({ ...sequence, lastSent: event.s })
      sequences.delete(key)
    }
  }
  return { shown, looked }
}

const readsTo = (
  { firstSent, reads }: Sequence,
  { s, a, g = 0 }: { readonly s: number; readonly a: number; readonly g?: number },
): Reads => ({ from: reads.at(-1)?.sent ?? firstSent, sent: s, answered: a, spacing: g })

/** Whether the viewer has certainly read the service, from sending to answer, between these two moments. */
export const hasReadWithin = ({ reads }: Looked, from: number, to: number): boolean =>
  reads.some(
    each =>
      (each.sent >= from && each.answered <= to) ||
      // Between two of them there is more than a moment, and a read in whatever lasts as long as the longest spacing.
      (each.sent > each.from && Math.min(to, each.answered) - Math.max(from, each.from) >= Math.max(each.spacing, 1)),
  )
