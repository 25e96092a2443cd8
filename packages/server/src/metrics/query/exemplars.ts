import { compareLabels, type Labels, type Matcher } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { type Clock, withDeadline } from '../../telemetry/index.ts'
import { type MetricsReadView, readExemplars } from '../store/index.ts'
import { collectSeries } from './collect-series.ts'
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
  async function select({ matcherSets, fromMs, toMs }: ExemplarsQuery, signal: AbortSignal): Promise<ExemplarsAnswer> {
    // As many as there are: of most of them nothing is read, as few series have exemplars.
    const list = await collectSeries({ view, client }, { matcherSets, fromMs }, Number.POSITIVE_INFINITY, signal)
    const { byRow, truncated } = await readExemplars(
      client,
      view.exemplars.unconfirmed(),
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
