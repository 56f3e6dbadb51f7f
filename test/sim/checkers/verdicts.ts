/** Every checker, named after the invariant of replication.md that it watches. */
export const CHECKERS = [
  '1 reads come from memory',
  '2 a node shows what it accepted',
  '2 what was acknowledged is on disk',
  '2 a balanced client gets no error',
  '3 catalogs become identical',
  '3 and stay as they are',
  '4 nodes agree on what clients wrote',
  '5 one id per key',
  '6 the living are shown',
  '6 a heartbeat on time is answered',
  '6 the lease of what is shown counts',
  '7 the dead go',
  '7 a crash loop keeps no dead',
  '7 the ended do not return',
  '8 only the holder ends',
  '8 only the heard are held',
  '9 a heartbeat creates nothing',
  '10 a partition expires nothing',
  '10 the silent are hidden',
  '10 the unreachable are marked',
  '10 the hidden stay hidden',
  '11 a restart empties nothing',
  '11 a restart watches first',
  '12 a crowd is kept for one lease',
  '13 clocks decide nothing',
  '14 what was deleted stays below',
  '14 generations are new or carried on',
  '15 deletions need no memory',
  '15 what is deleted leaves nothing',
  '16 only its cluster writes a record',
  '16 a write abroad registers here',
  '16 deleting ends nobody else’s',
  '16 who is heard abroad is heard at home',
  '16 deleted accounts stay deleted',
  '17 siblings share one id',
  '17 a replaced cluster leaves no ghosts',
  '18 nothing a peer sends does harm',
  '19 other versions are understood',
  '20 a context covers what is here',
] as const
export type CheckerName = (typeof CHECKERS)[number]

export interface Violation {
  readonly checker: CheckerName
  readonly atMs: number
  readonly text: string
}

/** Violations of one checker that are kept; the first says most. */
const KEPT = 5

/** What the checkers of one run have seen. */
export class Verdicts {
  readonly held = new Map<CheckerName, number>()
  readonly violations: Violation[] = []
  readonly broken = new Map<CheckerName, number>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** The premise of a checker held, and it looked. */
  premise(checker: CheckerName, times = 1): void {
    this.held.set(checker, (this.held.get(checker) ?? 0) + times)
  }

  violation(checker: CheckerName, text: string): void {
    const count = (this.broken.get(checker) ?? 0) + 1
    this.broken.set(checker, count)
    if (count <= KEPT) this.violations.push({ checker, atMs: this.#nowMs(), text })
  }

  /** The premise held; `ok` or not. */
  check(checker: CheckerName, ok: boolean, text: () => string): void {
    this.premise(checker)
    if (!ok) this.violation(checker, text())
  }
}
