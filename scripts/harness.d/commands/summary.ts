import { table } from '../report/markdown.ts'
import { bytesText, seconds } from '../scenario/units.ts'
import { EXIT } from './conclude.ts'
import type { Played } from './play.ts'

const WORDS: Readonly<Record<number, string>> = {
  [EXIT.held]: 'held',
  [EXIT.broken]: 'BROKEN',
  [EXIT.failed]: 'FAILED',
  [EXIT.interrupted]: 'ended',
}

const HEAD = ['', 'scenario', 'took', 'instances', 'propagation p99', 'convergence', 'memory', 'traffic', 'broken']

/** One row a run; the last line sums up. `tookMs`: from the first start to the last end. */
export function summary(played: readonly Played[], tookMs: number): string {
  const held = played.filter(({ code }) => code === EXIT.held).length
  const end = `${held} of ${played.length} held, in ${(tookMs / 60_000).toFixed(1)} min`
  return [...table([HEAD, ...played.map(rowOf)]), '', end].join('\n')
}

function rowOf({ scenario, code, judgement, tookMs }: Played): readonly string[] {
  const verdict = (name: string): string => {
    const found = judgement?.verdicts.find(each => each.name === name)
    return found === undefined ? '' : `${found.value} ${found.unit}`
  }
  const failed = judgement?.verdicts.filter(({ held }) => held === false).map(({ name }) => name) ?? []
  const wire = judgement?.traffic.reduce((sum, { wireBytes }) => sum + wireBytes, 0)
  return [
    ...[WORDS[code] ?? '', scenario, seconds(tookMs), String(judgement?.counts.instances ?? '')],
    ...[verdict('propagationP99Ms'), verdict('convergenceMs'), verdict('residentMB')],
    ...[wire === undefined ? '' : bytesText(wire), failed.join(', ')],
  ]
}
