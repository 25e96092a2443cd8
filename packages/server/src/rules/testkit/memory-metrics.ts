import { compileMatchers, type Expr, evaluateInstant, type Labels, labelsOf, type SeriesBatch } from '@binnacle/promql'
import { checkInputs } from '../../metrics/query/prepared/input-check.ts'
import { leavesOf, needsOf } from '../../metrics/query/prepared/leaves.ts'
import type { AppendResult, MetricsStore, SampleBatch } from '../../metrics/store/index.ts'
import type { RuleQuery } from '../rule-query.ts'

/** Times sorted; of sample i the two words of its value are at 2i of `words`, which has room for more. */
type Stored = { readonly labels: Labels; readonly ts: number[]; words: Uint32Array }

/** Metrics in plain memory that rules write to and ask: the real evaluator, without engine and head. */
export type MemoryMetrics = {
  readonly store: MetricsStore
  queryOf(expr: Expr): RuleQuery
  append(labels: Readonly<Record<string, string>>, ts: number, value: number | 'stale'): void
  /** Samples of a series, as numbers and `stale`; undefined when there never was one. */
  samples(
    labels: Readonly<Record<string, string>>,
  ): { readonly ts: number; readonly value: number | 'stale' }[] | undefined
  /** The newest sample of each series of a metric, whose name comes first in its labels. */
  lastSamples(metric: string): { readonly labels: Labels; readonly ts: number; readonly value: number | 'stale' }[]
  /** All samples since `fromMs` are gone, as the last ones before a crash are. */
  lose(fromMs: number): void
  /** How many queries were evaluated. */
  readonly evaluations: number
  /** The next evaluations throw this, or wait for it. */
  disturb: (() => Promise<void>) | undefined
}

const STALE = Uint32Array.of(2, 0x7ff00000)
const LOOKBACK_MS = 300_000

export function createMemoryMetrics(): MemoryMetrics {
  const series: Stored[] = []
  const refs = new Map<string, number>()
  let evaluations = 0

  function refOf(labels: Labels): number {
    const key = labels.join('\xff')
    let ref = refs.get(key)
    if (ref === undefined) {
      for (let i = 0; i < labels.length; i += 2) {
        if (labels[i + 1] === '') throw new Error(`empty label in ${labels.join()}`)
        if (i > 0 && labels[i - 2]! >= labels[i]!) throw new Error(`labels out of order: ${labels.join()}`)
      }
      ref = series.push({ labels, ts: [], words: new Uint32Array(32) }) - 1
      refs.set(key, ref)
    }
    return ref
  }

  function add(ref: number, ts: number, words: Uint32Array): 'taken' | 'repeated' | 'duplicate' {
    const one = series[ref]!
    const at = firstFrom(one.ts, ts)
    if (one.ts[at] === ts) {
      const isSame = one.words[at * 2] === words[0] && one.words[at * 2 + 1] === words[1]
      return isSame ? 'repeated' : 'duplicate'
    }
    if (one.ts.length * 2 === one.words.length) {
      const larger = new Uint32Array(one.words.length * 2)
      larger.set(one.words)
      one.words = larger
    }
    one.words.copyWithin(at * 2 + 2, at * 2, one.ts.length * 2)
    one.words.set(words, at * 2)
    if (at === one.ts.length) one.ts.push(ts)
    else one.ts.splice(at, 0, ts)
    return 'taken'
  }

  const store: MetricsStore = {
    epoch: 1,
    refOf,
    labelsOf: (ref) => series[ref]!.labels,
    append(batch: SampleBatch): AppendResult {
      const words = new Uint32Array(batch.values.buffer)
      let duplicates = 0
      let repeated = 0
      for (let i = 0; i < batch.length; i++) {
        const verdict = add(batch.refs[i]!, batch.ts[i]!, words.subarray(i * 2, i * 2 + 2))
        if (verdict !== 'taken') duplicates++
        if (verdict === 'repeated') repeated++
      }
      const accepted = batch.length - duplicates
      return { accepted, late: 0, duplicates, repeated, outOfBounds: 0, outOfBoundsHistograms: 0 }
    },
    admit() {},
    async flushed() {},
    describe() {},
    addExemplar() {},
  }

  // A rule asks with the same matchers each time: only series that came since are looked at.
  const known = new WeakMap<object, { readonly found: Stored[]; looked: number }>()
  const selected = (matchers: Parameters<typeof compileMatchers>[0]) => {
    const memory = known.get(matchers) ?? { found: [], looked: 0 }
    known.set(matchers, memory)
    if (memory.looked < series.length) {
      const matches = compileMatchers(matchers)
      memory.found.push(...series.slice(memory.looked).filter(({ labels }) => matches(labels)))
      memory.looked = series.length
    }
    return memory.found.filter(({ ts }) => ts.length > 0)
  }

  async function* select(selection: {
    readonly matchers: Parameters<typeof compileMatchers>[0]
    readonly fromMs: number
    readonly toMs: number
  }): AsyncGenerator<SeriesBatch, void, undefined> {
    for (const { labels, ts, words } of selected(selection.matchers)) {
      const from = firstFrom(ts, selection.fromMs)
      const to = firstFrom(ts, selection.toMs + 1)
      if (from >= to) continue
      const values = new Float64Array(to - from)
      new Uint32Array(values.buffer).set(words.subarray(from * 2, to * 2))
      yield {
        count: 1,
        labels: [labels],
        starts: Uint32Array.of(0, to - from),
        ts: Float64Array.from(ts.slice(from, to)),
        values,
      }
    }
  }

  const metrics: MemoryMetrics = {
    store,
    disturb: undefined,
    get evaluations() {
      return evaluations
    },
    append(labels, ts, value) {
      const words = value === 'stale' ? STALE : new Uint32Array(Float64Array.of(value).buffer)
      add(refOf(labelsOf(labels)), ts, words)
    },
    lose(fromMs) {
      for (const { ts } of series) ts.length = firstFrom(ts, fromMs)
    },
    samples(labels) {
      const ref = refs.get(labelsOf(labels).join('\xff'))
      if (ref === undefined) return undefined
      const { ts, words } = series[ref]!
      return ts.map((time, i) => ({ ts: time, value: valueAt(words, i) }))
    },
    lastSamples: (metric) =>
      series
        .filter(({ labels, ts }) => labels[0] === '__name__' && labels[1] === metric && ts.length > 0)
        .map(({ labels, ts, words }) => ({ labels, ts: ts.at(-1)!, value: valueAt(words, ts.length - 1) })),
    queryOf(expr) {
      const needs = needsOf(expr, LOOKBACK_MS)
      return {
        async evaluate(timeMs, signal) {
          evaluations++
          await metrics.disturb?.()
          const result = await evaluateInstant(expr, { source: { select }, signal, timeMs, lookbackMs: LOOKBACK_MS })
          if (result.kind === 'scalar') return { labels: [[]], values: Float64Array.of(result.value) }
          if (result.kind !== 'vector') throw new Error('rule result is not a vector or scalar')
          return { labels: result.labels, values: result.values }
        },
        inputs: (at) =>
          checkInputs(needs, at, {
            samples: select,
            count: (matchers) => selected(matchers).length,
            known: (matchers) => selected(matchers).map(({ labels }) => labels),
          }),
        arrivals: (isLeftOut) => {
          const newest = new Map<number, Stored[]>()
          for (const { selector } of leavesOf(needs)) {
            for (const one of selected(selector.matchers)) {
              if (isLeftOut(series.indexOf(one))) continue
              const at = one.ts.at(-1)!
              newest.set(at, [...(newest.get(at) ?? []), one])
            }
          }
          return Array.from(newest, ([atMs, all]) => ({
            key: series.indexOf(all[0]!),
            atMs,
            series: all.length,
            newestMs: () => all[0]!.ts.at(-1)!,
          }))
        },
      }
    },
  }
  return metrics
}

/** Index of the first of sorted times that is at `ms` or later. */
function firstFrom(ts: readonly number[], ms: number): number {
  let [low, high] = [0, ts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ts[middle]! < ms) low = middle + 1
    else high = middle
  }
  return low
}

function valueAt(words: Uint32Array, i: number): number | 'stale' {
  if (words[i * 2] === STALE[0] && words[i * 2 + 1] === STALE[1]) return 'stale'
  return new Float64Array(words.slice(i * 2, i * 2 + 2).buffer)[0]!
}
