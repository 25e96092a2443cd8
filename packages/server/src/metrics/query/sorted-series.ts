import { type Labels, labelValue, type Matcher } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { sortInSlices } from '../../telemetry/index.ts'
import type { FoundSeries, MetricsReadView } from '../store/index.ts'
import { collectSeries } from './collect-series.ts'

/** By labels, as Prometheus orders series; or by metric name before them. */
export type Order = 'labels' | 'name'

/** All series that some set of matchers selects, as `collectSeries` finds them, in the order asked for. */
export async function findSorted(
  deps: { readonly view: MetricsReadView; readonly client: EngineClient },
  query: {
    readonly matcherSets: readonly (readonly Matcher[])[]
    readonly fromMs: number
    readonly order: Order
  },
  maxSeries: number,
  signal: AbortSignal,
): Promise<FoundSeries[]> {
  const found = await collectSeries(deps, query, maxSeries, signal)
  const compare = comparison(query.order)
  return sortInSlices(found, (a, b) => compare(a.labels, b.labels), signal)
}

/** Label sets in the order of `findSorted`. */
export async function sortLabels(sets: readonly Labels[], order: Order, signal: AbortSignal): Promise<Labels[]> {
  const compare = comparison(order)
  return sortInSlices([...sets], (a, b) => compare(a, b), signal)
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
