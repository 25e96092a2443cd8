// Native histograms in the script language of Prometheus's acceptance files: custom ones made of classic ones
// (`load_with_nhcb`).

import { labelsKey } from '../evaluate/column/label-sets.ts'
import { type Labels, labelsOf, labelValue } from '../labels.ts'
import { CUSTOM_SCHEMA, compact, type FloatHistogram } from '../native-histogram/index.ts'
import { histogramOf } from './histograms.ts'
import { number, type SeriesLine } from './script-lines.ts'

type Classic = { count: number | undefined; sum: number; readonly buckets: Map<number, number> }

/** Native histograms with the bounds of classic ones, whose series are among those given. */
export function customHistograms(
  series: readonly SeriesLine[],
  stepMs: number,
): { readonly labels: Labels; readonly samples: Map<number, FloatHistogram> }[] {
  const found = new Map<string, { labels: Labels; byTime: Map<number, Classic> }>()
  for (const { labels, points } of series) {
    const parts = /^(.*)_(bucket|count|sum)$/.exec(labelValue(labels, '__name__'))
    if (parts === null) continue
    const bound = parts[2] === 'bucket' ? number(labelValue(labels, 'le')) : 0
    const pairs: [string, string][] = [['__name__', parts[1]!]]
    for (let i = 0; i < labels.length; i += 2)
      if (labels[i] !== 'le' && labels[i] !== '__name__') pairs.push([labels[i]!, labels[i + 1]!])
    const base = labelsOf(pairs)
    let one = found.get(labelsKey(base))
    if (one === undefined) {
      one = { labels: base, byTime: new Map() }
      found.set(labelsKey(base), one)
    }
    for (const [i, point] of points.entries()) {
      if (typeof point !== 'number') continue
      let classic = one.byTime.get(i * stepMs)
      if (classic === undefined) {
        classic = { count: undefined, sum: 0, buckets: new Map() }
        one.byTime.set(i * stepMs, classic)
      }
      if (parts[2] === 'count') classic.count = point
      else if (parts[2] === 'sum') classic.sum = point
      else classic.buckets.set(bound, point)
    }
  }
  return [...found.values()].map(({ labels, byTime }) => ({
    labels,
    samples: new Map([...byTime].map(([t, classic]) => [t, customHistogram(classic)])),
  }))
}

function customHistogram({ count, sum, buckets }: Classic): FloatHistogram {
  const bounds = [...buckets].sort(([a], [b]) => a - b)
  const total = count ?? bounds.at(-1)?.[1] ?? 0
  if (bounds.at(-1)?.[0] !== Number.POSITIVE_INFINITY) bounds.push([Number.POSITIVE_INFINITY, total])
  const counts = bounds.map(([, upTo], i) => upTo - (bounds[i - 1]?.[1] ?? 0))
  const customValues = Float64Array.from(bounds.slice(0, -1), ([bound]) => bound)
  return compact(histogramOf({ schema: CUSTOM_SCHEMA, customValues, count: total, sum }, counts))
}
