import type { Judgement } from '../judge/judge.ts'
import { writeReports } from '../report/write.ts'
import type { RunFolder } from '../run/run-folder.ts'

/** Exit codes of the harness. */
export const EXIT = { held: 0, broken: 1, failed: 2, interrupted: 130 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Judges a finished run, writes its reports and tells them. */
export async function conclude(run: RunFolder): Promise<Judgement> {
  const { judgement, markdown } = await writeReports(run)
  process.stdout.write(`\n${markdown}\nreport: ${run.path('html')}\n`)
  return judgement
}

export const exitOf = ({ held }: Judgement): ExitCode => (held ? EXIT.held : EXIT.broken)
