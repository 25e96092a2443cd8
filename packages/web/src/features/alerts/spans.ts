import type { Frame, LabelMap, Transition } from '../../api/index.ts'
import type { ChartSpan } from '../../ui/chart/index.ts'

export type SpanTones = { readonly firing: string; readonly pending: string }

/** Runs of samples of `ALERTS`, by its `alertstate`, as stretches of time. */
export function spansOfAlerts(frame: Frame, tones: SpanTones): ChartSpan[] {
  const spans: ChartSpan[] = []
  // Firing is drawn last: where both are, it is what counts.
  for (const state of ['pending', 'firing'] as const) {
    const column = frame.series.find((s) => s.labels.alertstate === state)?.values
    if (column === undefined) continue
    for (let i = 0; i < column.length; i++) {
      if (column[i] === null) continue
      const start = i
      while (i + 1 < column.length && column[i + 1] !== null) i++
      spans.push({ from: frame.times[start]!, to: frame.times[i]! + frame.stepS, color: tones[state] })
    }
  }
  return spans
}

/** The same from one alert's changes of state, newest first; what has not ended goes on until `nowMs`. */
export function spansOfTransitions(transitions: readonly Transition[], tones: SpanTones, nowMs: number): ChartSpan[] {
  const spans: ChartSpan[] = []
  let endMs = nowMs
  for (const { to, atMs } of transitions) {
    if (to === 'pending' || to === 'firing') spans.push({ from: atMs / 1000, to: endMs / 1000, color: tones[to] })
    endMs = atMs
  }
  return spans
}

/** What tells series of one chart apart: the labels that are not the same for all of them. */
export function distinctNames(all: readonly LabelMap[]): string[] {
  const names = new Set(all.flatMap((labels) => Object.keys(labels)))
  const differ = [...names].filter((name) => name !== '__name__' && all.some((l) => l[name] !== all[0]![name])).sort()
  return all.map((labels) => {
    const parts = differ.flatMap((name) => (labels[name] === undefined ? [] : [`${name}="${labels[name]}"`]))
    return parts.length === 0 ? 'value' : parts.join(', ')
  })
}
