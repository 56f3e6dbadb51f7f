import { styleText } from 'node:util'
import type Table from 'cli-table3'
import { usage } from './cli-error.ts'

export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const
export type Format = (typeof FORMATS)[number]

export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => string
  readonly align?: 'left' | 'right'
  /** Only with `-o wide`. */
  readonly wide?: boolean
  /** Of several columns those with a higher number are cut first when the terminal is narrow. */
  readonly shrink?: number
  readonly style?: (row: T) => Style | undefined
}

export type Style = 'good' | 'bad' | 'warn' | 'faint' | 'bold'

const STYLES = { good: 'green', bad: 'red', warn: 'yellow', faint: 'gray', bold: 'bold' } as const

interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): boolean
}

export interface OutputParts {
  readonly out: Terminal & NodeJS.WritableStream
  readonly err: Terminal & NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Columns narrower than this say nothing. */
const WIDTH_MIN = 6
const GAP = 2

/** Prints for people or for programs, as `-o` says. Nothing but results goes to standard output. */
export class Output {
  readonly format: Format
  readonly #parts: OutputParts
  #progress = ''

  constructor(format: string | undefined, parts: OutputParts) {
    const known = FORMATS.find(each => each === (format ?? 'table'))
    if (known === undefined) throw usage(`-o ${format}: there is no such format`, `Say ${FORMATS.join(', ')}.`)
    this.format = known
    this.#parts = parts
  }

  /** For programs: `data` goes out as it is, and people's text is left out. */
  get isForPrograms(): boolean {
    return this.format === 'json' || this.format === 'yaml'
  }

  get isTerminal(): boolean {
    return this.#parts.out.isTTY === true
  }

  line(text = ''): void {
    this.#parts.out.write(`${text}\n`)
  }

  /** A sentence that is broken between words where the terminal ends; further lines begin below its text, not its mark. */
  sentence(text: string, mark: { readonly plain: string; readonly shown?: string } = { plain: '' }): void {
    const indent = ' '.repeat(mark.plain.length)
    const [first = '', ...more] = wrapped(printable(text), this.#width - indent.length)
    this.line((mark.shown ?? mark.plain) + first)
    for (const each of more) this.line(indent + each)
  }

  /** To standard error: a remark that is no result. */
  note(text: string): void {
    this.#parts.err.write(`${text}\n`)
  }

  /** One line on the terminal that says how far long work is, empty when it is done; elsewhere nothing. */
  progress(text: string): void {
    if (this.#parts.err.isTTY !== true || text === this.#progress) return
    this.#parts.err.write(`\r\x1b[2K${text}`)
    this.#progress = text
  }

  /** Colours only on a terminal, and not against NO_COLOR. */
  styled(style: Style | undefined, text: string): string {
    const { out, env } = this.#parts
    if (style === undefined || out.isTTY !== true || env.NO_COLOR || env.TERM === 'dumb') return text
    return styleText(STYLES[style], text, { validateStream: false })
  }

  async data(value: unknown): Promise<void> {
    if (this.format !== 'yaml') return this.line(JSON.stringify(value, undefined, 2))
    const { stringify } = await import('yaml')
    this.#parts.out.write(stringify(value))
  }

  async table<T>(rows: readonly T[], columns: readonly Column<T>[]): Promise<void> {
    const shown = columns.filter(({ wide }) => wide !== true || this.format === 'wide')
    const cells = rows.map(row => shown.map(({ value }) => printable(value(row))))
    const widths = fitted(shown, cells, this.#width)
    const { default: CliTable } = await import('cli-table3')
    const table = new CliTable({
      head: shown.map(({ title }) => title),
      chars: NO_LINES,
      colAligns: shown.map(({ align = 'left' }) => align),
      colWidths: widths,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
      truncate: '…',
    } as unknown as Table.TableConstructorOptions)
    for (const [i, row] of rows.entries()) {
      const texts = cells[i] ?? []
      table.push(texts.map((text, at) => this.styled(shown[at]?.style?.(row), text)))
    }
    for (const line of table.toString().split('\n')) this.line(line.trimEnd())
  }

  get #width(): number {
    const { out, env } = this.#parts
    return out.columns ?? (Number(env.COLUMNS) || Number.POSITIVE_INFINITY)
  }
}

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map(name => [name, '']),
)

/** Names come from others: a control character in one must not reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '�')

/** Natural widths, cut where the terminal is narrower: the most shrinkable column gives first. */
function fitted<T>(columns: readonly Column<T>[], cells: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map(({ title }, at) =>
    cells.reduce((most, row) => Math.max(most, row[at]?.length ?? 0), title.length),
  )
  const last = columns.length - 1
  const total = (): number => widths.reduce((sum, each, at) => sum + each + (at === last ? 0 : GAP), 0)
  const order = columns.map((_, at) => at).sort((a, b) => (columns[b]?.shrink ?? 0) - (columns[a]?.shrink ?? 0))
  for (const at of order) {
    const excess = total() - width
    if (excess <= 0) break
    const title = columns[at]?.title.length ?? 0
    widths[at] = Math.max(Math.min(widths[at] ?? 0, Math.max(WIDTH_MIN, title)), (widths[at] ?? 0) - excess)
  }
  return widths.map(each => each + GAP)
}

/** A word longer than a line stays whole: it may be an address or an id. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** `12 s`, `3 min`, `4 h`, `9 d`: the largest unit. */
export const age = (ms: number): string => {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1_000))}s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)}h`
  return `${Math.round(ms / 86_400_000)}d`
}

/** An empty cell would move the others for whoever cuts the table apart. */
export const orDash = (text: string | undefined): string => (text === undefined || text === '' ? '-' : text)
