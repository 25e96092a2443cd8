import { compileMatchers, type Labels, type Matcher } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { EngineClient } from '../../engine/index.ts'
import { nextTurn } from '../../telemetry/index.ts'
import { type FoundSeries, findSeries, type MetricsReadView, type SeriesKey } from '../store/index.ts'

/** Work between two pauses: about a millisecond. */
const SLICE = 2_048

/**
 * All series that some set of matchers selects, each once, from memory and, where the range reaches back so far, from the
 * engine. Throws once they are more than `maxSeries`. Pauses now and then: many series take a while.
 */
export async function collectSeries(
  { view, client }: { readonly view: MetricsReadView; readonly client: EngineClient },
  { matcherSets, fromMs }: { readonly matcherSets: readonly (readonly Matcher[])[]; readonly fromMs: number },
  maxSeries: number,
  signal: AbortSignal,
): Promise<FoundSeries[]> {
  const found = new Map<string, FoundSeries>()
  const add = (labels: Labels, key: SeriesKey) => {
    found.set(`${key.idHi}:${key.idLo}`, { labels, key })
    if (found.size > maxSeries) throw tooManySeries(maxSeries)
  }
  const { index } = view
  for (const matchers of matcherSets) {
    for (const _ of index.prepare(matchers)) await nextTurn()
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
  if (fromMs < view.indexCompleteFromMs()) {
    for (const matchers of matcherSets) {
      for (const { labels, key } of await findSeries(client, matchers, fromMs, signal)) add(labels, key)
    }
  }
  return [...found.values()]
}

export function tooManySeries(maxSeries: number): BinnacleError {
  return new BinnacleError('query.max_read_series', `more than ${maxSeries} series are selected`, {
    kind: 'limit',
    hint: `query.max_read_series is ${maxSeries}: select fewer series, or raise it`,
  })
}
