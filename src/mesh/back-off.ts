import { BACK_OFF_MAX_MS, BACK_OFF_MIN_MS } from './limits.ts'

/** Milliseconds to wait after the n-th failure in a row (from 1): doubling, capped, and jittered down by up to half. */
export function backOffMs(failures: number, fraction: number): number {
  const full = Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** Math.min(failures - 1, 16))
  return full * (1 - fraction / 2)
}
