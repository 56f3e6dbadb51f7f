/** Charts as SVG text; all have the same time axis, so that they can be read one below the other. */
import type { Bar, Lines, Point, Series } from './series.ts'

const WIDTH = 1_000
const LEFT = 90
const RIGHT = 16
const TOP = 8
const AXIS = 22
const ROW = 16
const TICKS_MAX = 10

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

interface Scale {
  readonly x: (seconds: number) => number
  readonly endS: number
}

const scaleOf = (endS: number): Scale => ({
  endS,
  x: seconds => LEFT + ((WIDTH - LEFT - RIGHT) * seconds) / Math.max(endS, 1),
})

/** 1, 2 or 5 times a power of ten, so that there are few enough of them. */
function tickOf(span: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(span, 1e-9)))
  return [0.1, 0.2, 0.5, 1, 2, 5].map(step => step * power).find(step => span / step <= TICKS_MAX) ?? span
}

/** When anything was broken, for the background of every chart. */
function bands(faults: readonly Bar[], { x }: Scale, height: number): string {
  const broken = faults.filter(({ kind }) => kind !== 'starting').sort((a, b) => a.from - b.from)
  const merged: { from: number; to: number }[] = []
  for (const { from, to } of broken) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
    .map(
      ({ from, to }) =>
        `<rect class="band" x="${x(from).toFixed(1)}" y="${TOP}" width="${Math.max(2, x(to) - x(from)).toFixed(1)}" height="${height}"/>`,
    )
    .join('')
}

function frame(height: number, { x, endS }: Scale, title: string, inner: string): string {
  const tick = tickOf(endS)
  const ticks = Array.from({ length: Math.floor(endS / tick) + 1 }, (_, i) => i * tick)
  const axis = ticks.map(
    s =>
      `<line class="grid" x1="${x(s)}" x2="${x(s)}" y1="${TOP}" y2="${TOP + height}"/><text class="tick" x="${x(s)}" y="${TOP + height + 14}" text-anchor="middle">${s} s</text>`,
  )
  const total = TOP + height + AXIS
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${WIDTH} ${total}" width="100%">${axis.join('')}${inner}</svg>`
}

/** Bars by row: what was broken, and when. */
export function faultChart({ faults, steps, endS }: Series): string {
  const scale = scaleOf(endS)
  const rows = [...new Set(faults.map(({ row }) => row))]
  const height = (rows.length + 1) * ROW
  const bar = ({ row, from, to, kind }: Bar): string => {
    const y = TOP + (rows.indexOf(row) + 1) * ROW + 2
    const width = Math.max(2, scale.x(to) - scale.x(from))
    const title = escapeHtml(`${row} ${kind}, ${from.toFixed(1)} s to ${to.toFixed(1)} s`)
    return `<rect class="${kind}" x="${scale.x(from)}" y="${y}" width="${width}" height="${ROW - 4}"><title>${title}</title></rect>`
  }
  const labels = rows.map(
    (row, i) =>
      `<text class="label" x="${LEFT - 6}" y="${TOP + (i + 2) * ROW - 4}" text-anchor="end">${escapeHtml(row)}</text>`,
  )
  const marks = steps.map(({ text, from, to }, i) => {
    const title = escapeHtml(`${i + 1}. ${text}, ${from.toFixed(1)} s to ${to.toFixed(1)} s`)
    return `<g><title>${title}</title><rect class="step" x="${scale.x(from)}" y="${TOP + 2}" width="${Math.max(2, scale.x(to) - scale.x(from) - 1)}" height="${ROW - 4}"/><text class="number" x="${scale.x(from) + 3}" y="${TOP + ROW - 4}">${i + 1}</text></g>`
  })
  const first = `<text class="label" x="${LEFT - 6}" y="${TOP + ROW - 4}" text-anchor="end">steps</text>`
  return frame(
    height,
    scale,
    'Steps and faults over time',
    first + marks.join('') + labels.join('') + faults.map(bar).join(''),
  )
}

/** One dot a registration and node; the axis is logarithmic. */
export function dotChart({ propagation: points, faults, endS }: Series, title: string, unit: string): string {
  const height = 150
  const scale = scaleOf(endS)
  const values = points.map(([, value]) => Math.max(value, 1))
  const low = Math.floor(Math.log10(Math.min(...values, 1)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values, 10))))
  const y = (value: number): number => TOP + height - (height * (Math.log10(Math.max(value, 1)) - low)) / (high - low)
  const grid = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).map(
    value =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/><text class="tick" x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value} ${unit}</text>`,
  )
  const dots = points.map(([s, value]) => `<circle cx="${scale.x(s).toFixed(1)}" cy="${y(value).toFixed(1)}" r="1.8"/>`)
  return frame(
    height,
    scale,
    title,
    `${bands(faults, scale, height)}${grid.join('')}<g class="dots">${dots.join('')}</g>`,
  )
}

export interface LineOptions {
  readonly title: string
  readonly unit: string
  /** Values hold until the next point, rather than changing evenly. */
  readonly stepped: boolean
  /** Drawn thick and dashed beneath the others: what they should be. */
  readonly truth?: readonly Point[]
}

/** One line a node. */
export function lineChart(
  lines: Lines,
  { faults, endS }: Series,
  { title, unit, stepped, truth = [] }: LineOptions,
): string {
  const height = 150
  const scale = scaleOf(endS)
  const top = Math.max(1, ...[...Object.values(lines), truth].flatMap(points => points.map(([, value]) => value)))
  const tick = tickOf(top)
  const max = Math.ceil(top / tick) * tick
  const y = (value: number): number => TOP + height - (height * value) / max
  const grid = Array.from({ length: Math.round(max / tick) + 1 }, (_, i) => i * tick)
    .filter((_, i) => i % 2 === 0)
    .map(
      value =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/><text class="tick" x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${Number(value.toPrecision(6))} ${unit}</text>`,
    )
  const draw = (points: readonly Point[]): string => {
    const path = points.map(([s, value], i) => {
      const to = `${scale.x(s).toFixed(1)} ${y(value).toFixed(1)}`
      return i === 0 ? `M${to}` : stepped ? `H${scale.x(s).toFixed(1)}V${y(value).toFixed(1)}` : `L${to}`
    })
    const last = points.at(-1)
    return path.join('') + (stepped && last !== undefined ? `H${scale.x(endS).toFixed(1)}` : '')
  }
  const drawn = Object.entries(lines).map(
    ([name, points], i) =>
      `<path class="line" style="stroke:${colour(i)}" d="${draw(points)}"><title>${escapeHtml(name)}</title></path>`,
  )
  const should =
    truth.length === 0
      ? ''
      : `<path class="truth" d="${draw(truth)}"><title>living, as their clients know</title></path>`
  return frame(height, scale, title, bands(faults, scale, height) + grid.join('') + should + drawn.join(''))
}

/** Far apart on the colour wheel, whatever their number. */
export const colour = (i: number): string => `hsl(${Math.round((i * 137.5 + 210) % 360)} 65% 50%)`
