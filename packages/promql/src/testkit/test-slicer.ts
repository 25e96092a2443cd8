import { evaluatePart, type RangeOptions, type SlicePart, type Slicer } from '../evaluate/index.ts'
import type { Labels } from '../labels.ts'
import type { Expr } from '../parse/index.ts'
import type { Selection, SeriesSource } from '../series-source.ts'
import { createMemorySource, type MemorySeries } from './memory-source.ts'

/**
 * Evaluates in slices of three series, whose parts go through a structured clone, as between threads. `onAsked` hears of
 * each part of the query that was asked for.
 */
export function createTestSlicer(
  expr: Expr,
  options: Omit<RangeOptions, 'slicer'>,
  onAsked: (part: number) => void = () => {},
): Slicer {
  const { signal } = options
  return async ({ part, grid, selection, needsApart, countSamples }) => {
    onAsked(part)
    const rows = await rowsOf(options.source, selection, signal)
    const nameless = rows.map(({ labels }) => labels.filter((_, i) => labels[i - (i % 2)] !== '__name__').join())
    if (needsApart && new Set(nameless).size < rows.length) return undefined
    const parts: SlicePart[] = []
    for (let from = 0; from < rows.length; from += 3) {
      const slice = rows.slice(from, from + 3)
      const source = sourceOf(slice, from, selection, signal)
      const made = await evaluatePart(expr, { ...options, source, part, grid, series: slice.length, countSamples })
      parts.push(structuredClone(made))
    }
    async function* inOrder() {
      yield* parts
    }
    return { parts: inOrder(), labelsOf: (row): Labels => rows[row]!.labels }
  }
}

/** Whatever is asked of it, the samples of the slice; with their places in the selection. */
function sourceOf(
  slice: readonly MemorySeries[],
  from: number,
  selection: Selection,
  signal: RangeOptions['signal'],
): SeriesSource {
  const places = Uint32Array.from(slice, (_, i) => from + i)
  return {
    async *select() {
      let at = 0
      for await (const batch of createMemorySource(slice, 2).select(selection, signal)) {
        yield { ...batch, rows: places.subarray(at, at + batch.count) }
        at += batch.count
      }
    },
  }
}

/** Every series of a selection as one list. */
async function rowsOf(
  source: SeriesSource,
  selection: Selection,
  signal: RangeOptions['signal'],
): Promise<MemorySeries[]> {
  const rows: MemorySeries[] = []
  for await (const { count, labels, starts, ts, values, histograms, startTimes } of source.select(selection, signal)) {
    for (let i = 0; i < count; i++) {
      const [from, to] = [starts[i]!, starts[i + 1]!]
      rows.push({
        labels: labels[i]!,
        ts: [...ts.subarray(from, to)],
        values: values.slice(from, to),
        ...(histograms && { histograms: histograms.slice(from, to) }),
        ...(startTimes && { startTimes: [...startTimes.slice(from, to)] }),
      })
    }
  }
  return rows
}
