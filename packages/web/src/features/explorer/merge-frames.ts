import type { Frame, FrameSeries, LabelMap } from '../../api/index.ts'
import { type ChartFrame, paletteOf, seriesKey } from '../../ui/chart/index.ts'

/** An answer with the letter of its query. */
export type LetteredFrame = { readonly letter: string; readonly expr: string; readonly frame: Frame }

export type Merged = {
  readonly frame: ChartFrame
  readonly fromS: number
  readonly toS: number
  /** Series in all answers, drawn or not. */
  readonly total: number
}

/**
 * Several answers as one chart on one grid. At most `limit` series are drawn, those that reach highest. Answers to
 * queries that were asked a moment apart lie on the same steps, one perhaps further than the other.
 */
export function mergeFrames(answers: readonly LetteredFrame[], limit: number): Merged {
  const stepS = Math.min(...answers.map((a) => a.frame.stepS))
  const fromS = Math.min(...answers.map((a) => a.frame.times[0] ?? Number.POSITIVE_INFINITY))
  const toS = Math.max(...answers.map((a) => a.frame.times.at(-1) ?? 0))
  if (!Number.isFinite(fromS)) return { frame: { times: [], series: [] }, fromS: 0, toS: 0, total: 0 }
  const count = Math.round((toS - fromS) / stepS) + 1
  const times = Array.from({ length: count }, (_x, i) => fromS + i * stepS)
  const many = answers.length > 1
  const all = answers.flatMap(({ letter, expr, frame }) => {
    const names = namesOf(frame.series, expr)
    return frame.series.map((s, i) => ({
      key: `${many ? `${letter} ` : ''}${seriesKey(s.labels) || expr}`,
      name: `${many ? `${letter} · ` : ''}${names[i]!}`,
      values: onGrid(s, frame, fromS, stepS, count),
    }))
  })
  const drawn = all.length <= limit ? all : highest(all, limit)
  const places = paletteOf(drawn.map((s) => s.key))
  const series = drawn.map((s, i) => ({ ...s, color: `s${places[i]! + 1}` }))
  return { frame: { times, series }, fromS, toS, total: all.length }
}

function onGrid(s: FrameSeries, frame: Frame, fromS: number, stepS: number, count: number): readonly (number | null)[] {
  const shift = Math.round((frame.times[0]! - fromS) / stepS)
  const stretch = Math.round(frame.stepS / stepS)
  if (shift === 0 && stretch === 1 && s.values.length === count) return s.values
  const values = new Array<number | null>(count).fill(null)
  for (let i = 0; i < s.values.length; i++) values[shift + i * stretch] = s.values[i]!
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
