import { compileMatchers, type Matcher } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { nextTurn } from '../../telemetry/index.ts'
import {
  type Exemplar,
  type FoundSeries,
  findSeries,
  findSeriesWithExemplars,
  type MetricsReadView,
  metricHash,
} from '../store/index.ts'
import { collectSeries } from './collect-series.ts'

/** Up to so many selected series each is asked for by its key: one read of the engine. */
const FEW_SERIES = 5_000
/** Series with exemplars that are looked at one by one; of more, the selected series are read instead. */
const MOST_WITH_EXEMPLARS = 100_000
/** Series held against the matchers between two pauses. */
const SLICE = 2_048

export type ExemplarSeriesQuery = {
  /** Alternatives. */
  readonly matcherSets: readonly (readonly Matcher[])[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The selected series, those without exemplars left out where they are many: a selector of a histogram may have
 * 100,000s of series, of which some thousand ever had an exemplar. `waiting` are the exemplars in memory.
 */
export async function findExemplarSeries(
  deps: { readonly view: MetricsReadView; readonly client: EngineClient },
  query: ExemplarSeriesQuery,
  waiting: readonly Exemplar[],
  signal: AbortSignal,
): Promise<FoundSeries[]> {
  const { view, client } = deps
  const { matcherSets, fromMs, toMs } = query
  const all = () => collectSeries(deps, query, Number.POSITIVE_INFINITY, signal)
  let selected = 0
  for (const matchers of matcherSets) {
    for (const _ of view.index.prepare(matchers)) await nextTurn()
    selected += view.index.select(matchers).length
  }
  if (selected <= FEW_SERIES) return all()

  const range = { metrics: metricsOf(matcherSets), fromMs, toMs }
  const keys = await findSeriesWithExemplars(client, waiting, range, MOST_WITH_EXEMPLARS, signal)
  if (keys === undefined) return all()
  const tests = matcherSets.map(compileMatchers)
  const found: FoundSeries[] = []
  const unknown = new Set<string>()
  for (let i = 0; i < keys.length; i++) {
    if (i % SLICE === SLICE - 1) {
      await nextTurn()
      if (signal.aborted) throw signal.reason
    }
    const key = keys[i]!
    const ref = view.index.refById(key.idHi, key.idLo)
    if (ref === undefined) {
      unknown.add(nameOf(key))
      continue
    }
    const labels = view.index.labelsOf(ref)
    if (tests.some((matches) => matches(labels))) found.push({ labels, key })
  }
  if (unknown.size === 0 || fromMs >= view.indexCompleteFromMs()) return found
  // Of series that left the index only the engine still has the labels.
  for (const matchers of matcherSets) {
    for (const one of await findSeries(client, matchers, fromMs, signal)) {
      // Each once, whichever sets select it.
      if (unknown.delete(nameOf(one.key))) found.push(one)
    }
  }
  return found
}

function nameOf({ idHi, idLo }: FoundSeries['key']): string {
  return `${idHi}:${idLo}`
}

/** Hashes of the names that the sets ask for; undefined when one of them asks for no single name. */
function metricsOf(matcherSets: ExemplarSeriesQuery['matcherSets']): Uint32Array | undefined {
  const metrics = new Set<number>()
  for (const matchers of matcherSets) {
    const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=')
    if (name === undefined) return undefined
    metrics.add(metricHash(name.value))
  }
  return Uint32Array.from(metrics)
}
