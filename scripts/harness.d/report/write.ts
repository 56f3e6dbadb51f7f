import { writeFileSync } from 'node:fs'
import { type Judgement, judge, readCase } from '../judge/judge.ts'
import type { RunFolder } from '../run/run-folder.ts'
import { renderHtml } from './html.ts'
import { renderMarkdown } from './markdown.ts'
import { seriesOf } from './series.ts'

export interface Written {
  readonly judgement: Judgement
  readonly markdown: string
}

/** Judges a run by its logs, and writes its three reports beside them. */
export async function writeReports(run: RunFolder): Promise<Written> {
  const opened = await readCase({ meta: run.path('meta'), clients: run.path('clients'), harness: run.path('harness') })
  const judgement = judge(opened)
  const series = seriesOf(opened)
  const markdown = renderMarkdown(judgement)
  writeFileSync(run.path('verdicts'), `${JSON.stringify({ ...judgement, series })}\n`)
  writeFileSync(run.path('html'), renderHtml(judgement, series))
  writeFileSync(run.path('markdown'), markdown)
  return { judgement, markdown }
}
