import type { ExploredFrame, FrameSeries, LabelMap } from '../../../api/index.ts'
import { type ChartFrame, type ChartSeries, paletteOf, seriesKey } from '../../../ui/chart/index.ts'
import { formatCount } from '../../../ui/format/index.ts'
import { formatLegend } from '../legend-format.ts'

/** An answer with the letter of its query, and the legend that was asked for. */
export type LetteredFrame = {
  readonly letter: string
  readonly expr: string
  readonly legend: string
  readonly frame: ExploredFrame
}

export type MergedSeries = ChartSeries & { readonly labels: LabelMap; readonly expr: string }

export type Merged = {
  readonly frame: Omit<ChartFrame, 'series'> & { readonly series: readonly MergedSeries[] }
  readonly fromS: number
  readonly toS: number
  /** Series in all answers, drawn or not. */
  readonly total: number
  /** The server left out more. */
  readonly truncated: boolean
}

/**
 * Several answers as one chart on one grid. At most `limit` series are drawn, those that reach highest. Answers to
 * queries that were asked a moment apart lie on the same steps, one perhaps further than the other.
 */
export function mergeFrames(answers: readonly LetteredFrame[], limit: number): Merged {
  const stepS = Math.min(...answers.map((a) => a.frame.stepS))
  const fromS = Math.min(...answers.map((a) => a.frame.times[0] ?? Number.POSITIVE_INFINITY))
  const toS = Math.max(...answers.map((a) => a.frame.times.at(-1) ?? 0))
  const total = answers.reduce((sum, { frame }) => sum + frame.total, 0)
  const truncated = answers.some(({ frame }) => frame.truncated)
  if (!Number.isFinite(fromS)) return { frame: { times: [], series: [] }, fromS: 0, toS: 0, total, truncated }
  const count = Math.round((toS - fromS) / stepS) + 1
  const times = Array.from({ length: count }, (_x, i) => fromS + i * stepS)
  const many = answers.length > 1
  const all = answers.flatMap(({ letter, expr, legend, frame }) => {
    const names = namesOf(frame.series, expr)
    return frame.series.map((s, i) => ({
      key: `${many ? `${letter} ` : ''}${seriesKey(s.labels) || expr}`,
      name: `${many ? `${letter} · ` : ''}${formatLegend(legend, s.labels) ?? names[i]!}`,
      values: onGrid(s.values, frame, fromS, stepS, count),
      labels: s.labels,
      expr,
    }))
  })
  const drawn = all.length <= limit ? all : highest(all, limit)
  const places = paletteOf(drawn.map((s) => s.key))
  const series = drawn.map((s, i) => ({ ...s, color: `s${places[i]! + 1}`, copyText: selectorOf(s.labels) }))
  return { frame: { times, series, band: bandOf(answers) }, fromS, toS, total, truncated }
}

/** What all series span, where one query has more than are drawn: several bands over each other say nothing. */
function bandOf(answers: readonly LetteredFrame[]): ChartFrame['band'] {
  const [only] = answers
  if (only === undefined || answers.length > 1 || only.frame.spread === undefined) return undefined
  const { total, truncated } = only.frame
  return { name: truncated ? `the first ${formatCount(total)}` : `all ${formatCount(total)}`, ...only.frame.spread }
}

function onGrid(
  own: readonly (number | null)[],
  frame: ExploredFrame,
  fromS: number,
  stepS: number,
  count: number,
): readonly (number | null)[] {
  const shift = Math.round((frame.times[0]! - fromS) / stepS)
  const stretch = Math.round(frame.stepS / stepS)
  if (shift === 0 && stretch === 1 && own.length === count) return own
  const values = new Array<number | null>(count).fill(null)
  for (let i = 0; i < own.length; i++) values[shift + i * stretch] = own[i]!
  return values
}

function highest<T extends { values: readonly (number | null)[] }>(series: readonly T[], limit: number): T[] {
  const ranked = series.map((s) => ({
    s,
    top: s.values.reduce<number>((top, v) => (v !== null && v > top ? v : top), Number.NEGATIVE_INFINITY),
  }))
  const floor = ranked.map((r) => r.top).sort((a, b) => b - a)[limit - 1]!
  return ranked
    .filter((r) => r.top >= floor)
    .slice(0, limit)
    .map((r) => r.s)
}

/** Names of series by what tells them apart: labels that all share are left out, so that a legend stays readable. */
export function namesOf(series: readonly FrameSeries[], expr: string): string[] {
  const shared = new Set(Object.keys(series[0]?.labels ?? {}))
  for (const s of series) for (const name of shared) if (s.labels[name] !== series[0]!.labels[name]) shared.delete(name)
  return series.map(({ labels }) => {
    const own = Object.keys(labels)
      .filter((name) => !shared.has(name) && name !== '__name__')
      .sort()
    const metric = labels.__name__ ?? ''
    const showMetric = metric !== '' && (!shared.has('__name__') || own.length === 0)
    if (own.length === 0) return showMetric ? metric : wholeName(labels) || expr
    const text = own.map((name) => `${name}="${labels[name]}"`).join(', ')
    return showMetric ? `${metric}{${text}}` : text
  })
}

/** `name{a="b", c="d"}`, as Prometheus prints a series; empty for one without labels. */
export function wholeName(labels: LabelMap): string {
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__')
    .sort()
    .map((name) => `${name}="${labels[name]}"`)
  const metric = labels.__name__ ?? ''
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(', ')}}`
}

/** The series as a selector that finds it again. */
export function selectorOf(labels: LabelMap): string {
  const metric = labels.__name__ ?? ''
  const isPlain = /^[a-zA-Z_:][\w:]*$/.test(metric)
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__')
    .sort()
    .map((name) => `${/^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(labels[name])}`)
  const inside = (metric === '' || isPlain ? pairs : [JSON.stringify(metric), ...pairs]).join(', ')
  return inside === '' && isPlain ? metric : `${isPlain ? metric : ''}{${inside}}`
}
