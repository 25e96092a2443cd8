import { compileMatchers, type Labels, labelValue, type Matcher } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { EngineClient } from '../../engine/index.ts'
import { findSeries, type MetricsReadView, type SeriesKey } from '../store/index.ts'
import { sortInSlices } from './sort-in-slices.ts'

/** By labels, as Prometheus orders series; or by metric name before them. */
export type Order = 'labels' | 'name'

export type SortedSeries = { readonly labels: Labels; readonly key: SeriesKey }

/** Work between two pauses: about a millisecond. */
const SLICE = 2_048

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * All series that some set of matchers selects, each once, in the order asked for. Throws once they are more than
 * `maxSeries`. Pauses now and then: many series take a while.
 */
export async function findSorted(
  { view, client }: { readonly view: MetricsReadView; readonly client: EngineClient },
  query: {
    readonly matcherSets: readonly (readonly Matcher[])[]
    readonly fromMs: number
    readonly order: Order
  },
  maxSeries: number,
  signal: AbortSignal,
): Promise<SortedSeries[]> {
  const found = new Map<string, SortedSeries>()
  const add = (labels: Labels, key: SeriesKey) => {
    found.set(`${key.idHi}:${key.idLo}`, { labels, key })
    if (found.size <= maxSeries) return
    throw tooManySeries(maxSeries)
  }
  const { index } = view
  for (const matchers of query.matcherSets) {
    const refs = index.select(matchers)
    const matches = compileMatchers(matchers)
    for (let from = 0; from < refs.length; from += SLICE) {
      if (from > 0) await nextTurn()
      if (signal.aborted) throw signal.reason
      for (const ref of refs.subarray(from, from + SLICE)) {
        // During a pause a series may leave the index, and another take its number.
        if (!index.has(ref)) continue
        const labels = index.labelsOf(ref)
        if (from === 0 || matches(labels)) add(labels, view.keyOf(ref))
      }
    }
  }
  if (query.fromMs < view.indexCompleteFromMs()) {
    for (const matchers of query.matcherSets) {
      for (const { labels, key } of await findSeries(client, matchers, query.fromMs, signal)) add(labels, key)
    }
  }
  const compare = comparison(query.order)
  return sortInSlices([...found.values()], (a, b) => compare(a.labels, b.labels), signal)
}

/** Label sets in the order of `findSorted`. */
export async function sortLabels(sets: readonly Labels[], order: Order, signal: AbortSignal): Promise<Labels[]> {
  const compare = comparison(order)
  return sortInSlices([...sets], (a, b) => compare(a, b), signal)
}

export function tooManySeries(maxSeries: number): BinnacleError {
  return new BinnacleError('query.max_read_series', `more than ${maxSeries} series are selected`, {
    kind: 'limit',
    hint: `query.max_read_series is ${maxSeries}: select fewer series, or raise it`,
  })
}

function comparison(order: Order): (a: Labels, b: Labels) => number {
  return order === 'name' ? compareByName : compareByLabels
}

function compareByName(a: Labels, b: Labels): number {
  const [left, right] = [labelValue(a, '__name__'), labelValue(b, '__name__')]
  return left === right ? compareByLabels(a, b) : compareBytes(left, right)
}

/** Prometheus's order of label sets: name and value in turn, by bytes of UTF-8; a beginning of another comes first. */
function compareByLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return compareBytes(a[i]!, b[i]!)
  return a.length - b.length
}

/** Two texts that differ, in the order of their UTF-8 bytes, which puts what lies beyond 16 bits last. */
function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xHigh = x >= 0xd800 && x <= 0xdfff
    const yHigh = y >= 0xd800 && y <= 0xdfff
    if (xHigh !== yHigh) return xHigh ? 1 : -1
    return x - y
  }
  return a.length - b.length
}
