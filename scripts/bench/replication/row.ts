/** Lines of the cost table, and what makes one of them a failure. */

/** `count`: bytes, messages, copies or memory, which depend on nothing but the program. `time`: the machine has its say. */
export type Measure = 'count' | 'time'

export interface Row {
  readonly what: string
  readonly measure: Measure
  readonly bound: number
  readonly measured: number
  /** What physics ask for, in the same unit: latency, 8 bytes a difference, the bytes of values. */
  readonly floor?: number
  /** For times: what the same run took for the least that could do. Absent: no time of this kind was taken. */
  readonly paired?: number
  readonly unit: string
  readonly digits?: number
}

/** A time fails only where it is also more than this many times what the same run took for its floor. */
export const TIME_FACTOR = 3

export const isBroken = ({ measure, bound, measured, paired = 0 }: Row): boolean =>
  measured > bound && (measure === 'count' || measured > TIME_FACTOR * paired)

export function cells(row: Row): string[] {
  const { what, bound, measured, floor, unit, digits = 0 } = row
  const show = (n: number): string =>
    n >= 10_000 && digits === 0 ? Math.round(n).toLocaleString('en-US') : n.toFixed(digits)
  const ratio = floor === undefined || floor === 0 ? '' : (measured / floor).toFixed(2)
  return [what, `${show(bound)} ${unit}`, `${show(measured)} ${unit}`, ratio, verdict(row)]
}

function verdict(row: Row): string {
  if (row.measured <= row.bound) return 'kept'
  return isBroken(row)
    ? 'BROKEN'
    : `missed; ${(row.measured / (row.paired ?? Number.NaN)).toFixed(1)} × the floor of the run`
}
