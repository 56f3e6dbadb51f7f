/** Plays many at once: most of a scenario is waiting. */

export interface Turn {
  /** Played when nothing else is: its load would spoil the others' figures, or theirs its own. */
  readonly alone: boolean
  /** A guess; the longest begin first, so that none of them is left at the end. */
  readonly lastsMs: number
}

/**
 * Carries out every turn once: `placesMax` at a time, then those that are alone one by one. After `signal` nothing more
 * begins. Resolves when nothing is under way any more, with what `play` answered, in the order of `turns`.
 */
export async function sideBySide<T extends Turn, R>(
  turns: readonly T[],
  placesMax: number,
  signal: AbortSignal,
  play: (turn: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers = new Map<T, R>()
  const inPlaces = async (some: readonly T[], places: number): Promise<void> => {
    const waiting = some.toSorted((a, b) => b.lastsMs - a.lastsMs)
    const place = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
        answers.set(next, await play(next))
      }
    }
    await Promise.all(Array.from({ length: places }, place))
  }
  await inPlaces(
    turns.filter(({ alone }) => !alone),
    placesMax,
  )
  await inPlaces(
    turns.filter(({ alone }) => alone),
    1,
  )
  return turns.flatMap(turn => (answers.has(turn) ? [answers.get(turn) as R] : []))
}
