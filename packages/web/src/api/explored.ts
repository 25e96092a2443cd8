import { queryOptions } from '@tanstack/react-query'
import { alignTo, type RangeText, resolveTime, stepFor } from '../time/index.ts'
import { callForBytes, callPrometheus } from './client.ts'
import { createMatrixReader, type NativeHistogram, type RankBy, type Spread } from './matrix/index.ts'
import type { Frame } from './query.ts'

export type ExploreRequest = {
  readonly expr: string
  readonly range: RangeText
  readonly widthPx: number
  /** Seconds between points, chosen by hand; otherwise the width decides. */
  readonly stepS: number | undefined
  /** Series kept at most, those that rank highest. */
  readonly keep: number
  readonly rank: RankBy
  /** Adds up by this label instead. */
  readonly sumBy?: string
}

/** A range answer of any size. `series` holds those that rank highest, `spread` what all of them do. */
export type ExploredFrame = Frame & {
  /** Series in the answer. */
  readonly total: number
  /** The server stopped at the limit of the page: there are more series than `total`. */
  readonly truncated: boolean
  readonly spread: Spread | undefined
  readonly histograms: readonly NativeHistogram[]
  /** Where the samples came from (`head`, `engine`, `cache`), where the server tells. */
  readonly sources: readonly string[]
  /** Points that the server had from earlier answers; the rest it evaluated. */
  readonly cachedPoints: number
}

/** Series asked for: past it, drawing each says nothing any more, and reading them takes seconds. */
export const MAX_SERIES = 10_000
const MAX_POINTS = 11_000
const TRUNCATED = 'results truncated due to limit'

const readMatrix = createMatrixReader()

type Envelope = {
  readonly data?: {
    readonly stats?: {
      readonly binnacle?: { readonly sources?: readonly string[]; readonly cached?: { readonly steps: number } }
    }
  }
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

/** Ends and step of a request at this moment, both ends on the step's own grid, so that points keep their place. */
export function gridOf(
  { range, widthPx, stepS }: Pick<ExploreRequest, 'range' | 'widthPx' | 'stepS'>,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number; readonly stepS: number } {
  const asked = {
    fromMs: resolveTime(range.from, nowMs, 'start') ?? nowMs - 3_600_000,
    toMs: resolveTime(range.to, nowMs, 'end') ?? nowMs,
  }
  const least = Math.ceil((asked.toMs - asked.fromMs) / 1000 / MAX_POINTS)
  const step = stepS === undefined ? stepFor(asked, widthPx) : Math.max(stepS, least)
  return { ...alignTo(asked, step), stepS: step }
}

async function exploreRange(request: ExploreRequest, signal: AbortSignal): Promise<ExploredFrame> {
  const { fromMs, toMs, stepS } = gridOf(request, Date.now())
  const fromS = fromMs / 1000
  const count = Math.round((toMs - fromMs) / 1000 / stepS) + 1
  const params = {
    query: request.expr,
    start: fromS,
    end: toMs / 1000,
    step: stepS,
    limit: MAX_SERIES,
    stats: 'all',
  }
  const { bytes, durationMs } = await callForBytes('/api/v1/query_range', params, signal)
  const { keep, rank, sumBy } = request
  const reduced = await readMatrix(bytes, {
    fromS,
    stepS,
    count,
    keep,
    rank,
    ...(sumBy === undefined ? {} : { sumBy }),
  })
  signal.throwIfAborted()
  const { data, warnings = [], infos = [] } = reduced.envelope as Envelope
  return {
    fromMs,
    toMs,
    stepS,
    times: Array.from({ length: count }, (_x, i) => fromS + i * stepS),
    series: reduced.series,
    total: reduced.total,
    truncated: warnings.includes(TRUNCATED),
    spread: reduced.spread,
    histograms: reduced.histograms,
    notes: [...warnings.filter((note) => note !== TRUNCATED), ...infos],
    sources: data?.stats?.binnacle?.sources ?? [],
    cachedPoints: data?.stats?.binnacle?.cached?.steps ?? 0,
    durationMs,
  }
}

export const explored = {
  all: ['explored'] as const,
  range: (request: ExploreRequest) =>
    queryOptions({
      queryKey: [...explored.all, 'range', request] as const,
      queryFn: ({ signal }) => exploreRange(request, signal),
      // Tens of thousands of numbers: comparing them with the last answer costs more than drawing them.
      structuralSharing: false,
    }),
  /** How many series a query has at a moment (Unix ms): asked where an answer was cut. */
  count: (expr: string, atMs: number) =>
    queryOptions({
      queryKey: [...explored.all, 'count', expr, Math.floor(atMs / 60_000)] as const,
      queryFn: async ({ signal }): Promise<number | undefined> => {
        const params = { query: `count(${expr})`, time: atMs / 1000 }
        const { data } = await callPrometheus<{ result: { value: [number, string] }[] }>(
          '/api/v1/query',
          params,
          signal,
        )
        const count = Number(data.result[0]?.value[1])
        return Number.isFinite(count) ? count : undefined
      },
      staleTime: 60_000,
      retry: false,
    }),
}
