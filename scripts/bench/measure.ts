/** What the benchmarks share: order statistics, a process's CPU time and memory, and where the numbers come from. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** `/proc/<pid>/stat` counts in these; Linux has promised 100 a second to user space for decades. */
const CLOCK_TICK_MS = 10

/** The value below which the fraction `q` of the sample lies. */
export function quantile(sample: readonly number[], q: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

export const median = (sample: readonly number[]): number => quantile(sample, 0.5)

/** The median, and in parentheses the lowest and the highest: `5.2 (4.9–7.1) ms`; without a unit where that is empty. */
export function spread(sample: readonly number[], digits: number, unit: string): string {
  const [low, high] = [Math.min(...sample), Math.max(...sample)].map(n => n.toFixed(digits))
  return `${median(sample).toFixed(digits)} (${low}–${high}) ${unit}`.trimEnd()
}

/** User and system time that a process has used. Linux only. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the command in parentheses, which may contain spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS
}

/** Resident memory of a process in bytes: now, and the most it ever was. Linux only. */
export function memoryBytes(pid: number): { readonly resident: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') }
}

const git = (...args: readonly string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()

/** The commit that is measured, and whether it is all that is measured. */
function commit(): string {
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'bin') === '' ? '' : ' with changes'
    return `commit ${git('rev-parse', '--short', 'HEAD')}${changed}`
  } catch {
    return 'no commit'
  }
}

/** One line that says where, with what and beside what else the numbers were taken. */
export function provenance(): string {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const versions = ['fastify', 'libp2p', 'msgpackr'].map(name => `${name} ${packages[`node_modules/${name}`].version}`)
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${gigabytes} GB, ${platform()} ${release()} ${arch()}`
  const versionsLine = `Node ${process.versions.node}, ${versions.join(', ')}`
  return `${new Date().toISOString().slice(0, 10)}, ${machine}; ${versionsLine}; ${commit()}`
}

/** Rows of cells as a Markdown table, the first row its head. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const [head = [], ...body] = rows
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line)].join('\n')
}
