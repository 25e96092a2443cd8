import { compareLabels, type Labels, type Matcher } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { type Clock, withDeadline } from '../../telemetry/index.ts'
import { type MetricsReadView, readExemplars } from '../store/index.ts'
import { findExemplarSeries } from './exemplar-series.ts'
import { toQueryError } from './query-errors.ts'

export type ExemplarsQuery = {
  /** Alternatives: a series that all matchers of one set hold for is selected. */
  readonly matcherSets: readonly (readonly Matcher[])[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
}

export type ExemplarSeries = {
  readonly seriesLabels: Labels
  /** By time, then value. */
  readonly exemplars: readonly { readonly labels: Labels; readonly value: number; readonly ts: number }[]
}

export type ExemplarsAnswer = {
  /** By labels. */
  readonly series: readonly ExemplarSeries[]
  /** Of more exemplars than the limit the oldest are left out. */
  readonly truncated: boolean
}

/** Answers from memory and engine; errors are those of `Querier`. */
export type ExemplarReader = {
  select(query: ExemplarsQuery, signal: AbortSignal): Promise<ExemplarsAnswer>
  /** The limit (`query.max_exemplars`). */
  readonly maxExemplars: number
}

export function createExemplarReader(
  { view, client, clock }: { view: MetricsReadView; client: EngineClient; clock: Clock },
  options: { readonly maxExemplars: number; readonly timeoutMs: number },
): ExemplarReader {
  async function select(query: ExemplarsQuery, signal: AbortSignal): Promise<ExemplarsAnswer> {
    const { fromMs, toMs } = query
    // What comes later is not in the answer; what is written meanwhile is met in either place.
    const waiting = view.exemplars.unconfirmed()
    const list = await findExemplarSeries({ view, client }, query, waiting, signal)
    const { byRow, truncated } = await readExemplars(
      client,
      waiting,
      { series: list.map(({ key }) => key), fromMs, toMs, limit: options.maxExemplars },
      signal,
    )
    const series = Array.from(byRow, ([row, exemplars]) => ({ seriesLabels: list[row]!.labels, exemplars }))
    return { series: series.sort((a, b) => compareLabels(a.seriesLabels, b.seriesLabels)), truncated }
  }

  return {
    maxExemplars: options.maxExemplars,
    async select(query, signal) {
      try {
        return await withDeadline(clock, signal, options.timeoutMs, (deadline) => select(query, deadline))
      } catch (error) {
        throw toQueryError(error, options, signal)
      }
    },
  }
}
