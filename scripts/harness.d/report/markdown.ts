/** The report in short, for the terminal and for comments. */
import { KINDS } from '../judge/figures.ts'
import type { Judgement } from '../judge/judge.ts'
import { bytesText, seconds } from '../scenario/units.ts'

/** Pieces of evidence shown for each expectation that did not hold; the rest is in the report. */
const EVIDENCE_SHOWN = 3

export function renderMarkdown({ meta, held, verdicts, propagationMs, traffic, counts }: Judgement): string {
  const rows = verdicts.map(({ name, value, limit, unit, held: one }) => [
    one === undefined ? ' ' : one ? 'held' : '**broken**',
    name,
    `${value} ${unit}`,
    limit === undefined ? '' : `≤ ${limit}`,
  ])
  const broken = verdicts.filter(verdict => verdict.held === false)
  const wire = sum(traffic.map(({ wireBytes }) => wireBytes))
  const sent = (kind: string): string => {
    const volumes = traffic.flatMap(({ kinds }) => kinds[kind] ?? [])
    const [bytes, frames] = [sum(volumes.map(each => each.bytes)), sum(volumes.map(each => each.frames))]
    return `${kind} ${bytesText(bytes)} in ${frames}`
  }
  const { p50, p99, count } = propagationMs
  return [
    `## ${meta.scenario}: ${held ? 'everything held' : meta.complete ? 'NOT everything held' : 'NOT completed'}`,
    '',
    `${meta.nodes.length} nodes, ${counts.instances} instances, ${seconds(meta.endedMs)}; commit ${meta.commit}`,
    `propagation p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${count} sightings); ${bytesText(wire)} between nodes`,
    `of that as frames of their own: ${Object.keys(KINDS).map(sent).join(', ')}`,
    '',
    ...table([['', 'expectation', 'measured', 'allowed'], ...rows]),
    ...broken.flatMap(({ name, says, evidence }) => [
      '',
      `**${name}**: ${says}`,
      ...evidence.slice(0, EVIDENCE_SHOWN).map(line => `- ${line}`),
    ]),
    '',
  ].join('\n')
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Columns of equal width, so that it can be read as it is. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)]
}
