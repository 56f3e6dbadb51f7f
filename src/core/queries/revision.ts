/**
 * Revisions are 16 hex digits that add up: a service's is the sum of its instances', a find's the sum over the services it
 * matched. So one instance has the same revision whether it is read alone or found alone, and nothing is sorted or hashed
 * to answer "has anything changed".
 */

/** The revision of nothing. */
export const EMPTY_REVISION = '0000000000000000'

const LIMB = 0x1_0000_0000

const hex = (limb: number): string => limb.toString(16).padStart(8, '0')

/** Sum modulo 2^64, in two limbs of 32 bits: exact in doubles for up to two million terms, and without BigInt's garbage. */
export function combineRevisions(revisions: readonly string[]): string {
  const [first] = revisions
  if (first === undefined) return EMPTY_REVISION
  if (revisions.length === 1) return first
  let high = 0
  let low = 0
  for (const revision of revisions) {
    high += Number.parseInt(revision.slice(0, 8), 16)
    low += Number.parseInt(revision.slice(8), 16)
  }
  high += Math.floor(low / LIMB)
  return hex(high % LIMB) + hex(low % LIMB)
}
