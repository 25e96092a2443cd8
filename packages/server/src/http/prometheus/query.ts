import type { PromqlFeatures } from '@binnacle/promql'
import type { InstantQuery, Querier, QueryAnswer, QueryStats, RangeQuery } from '../../metrics/query/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import type { HttpParts } from '../parts.ts'
import { type ApiAnswer, type ApiDeps, type ApiRequest, api, type HttpApp, route } from './api.ts'
import { withField } from './json.ts'
import {
  badParameter,
  badRequest,
  durationParameter,
  flagParameter,
  limitParameter,
  requiredTime,
  stepOf,
  timeParameter,
} from './params.ts'

const MAX_POINTS = 11_000

/** `/query` and `/query_range`. Source: prometheus.io, "HTTP API", expression queries. */
export function mountQueries(
  app: HttpApp,
  deps: ApiDeps,
  { querier, features }: Pick<HttpParts, 'querier' | 'features'>,
): void {
  route(
    app,
    ['GET', 'POST'],
    '/api/v1/query',
    api(deps, (request) => instant(request, querier, { clock: deps.clock, features })),
  )
  route(
    app,
    ['GET', 'POST'],
    '/api/v1/query_range',
    api(deps, (request) => range(request, querier, features)),
  )
}

async function instant(
  { params, signal, isRehearsal }: ApiRequest,
  querier: Querier,
  { clock, features }: { clock: Clock; features: PromqlFeatures },
): Promise<ApiAnswer> {
  const query = { ...readInstant(params, clock), isRehearsal }
  const steps = wantsSteps(params, features) ? { startMs: query.timeMs, stepMs: 1 } : undefined
  return toAnswer(await querier.instant(query, signal), params, steps)
}

async function range(
  { params, signal, isRehearsal }: ApiRequest,
  querier: Querier,
  features: PromqlFeatures,
): Promise<ApiAnswer> {
  const query = { ...readRange(params), isRehearsal }
  return toAnswer(await querier.range(query, signal), params, wantsSteps(params, features) ? query : undefined)
}

/** What `/query` is asked. Throws `BinnacleError`. */
export function readInstant(params: URLSearchParams, clock: Clock): InstantQuery {
  const limit = limitParameter(params)
  const timeMs = timeParameter(params, 'time', clock.now())
  return { query: params.get('query') ?? '', timeMs, limit, ...queryOptions(params) }
}

/** What `/query_range` is asked. Throws `BinnacleError`. */
export function readRange(params: URLSearchParams): RangeQuery {
  const limit = limitParameter(params)
  const startMs = requiredTime(params, 'start')
  const endMs = requiredTime(params, 'end')
  if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start time')
  const stepMs = stepOf(params.get('step') ?? '', (message) => badParameter('step', message))
  if (stepMs <= 0) {
    const message = 'zero or negative query resolution step widths are not accepted. Try a positive integer'
    throw badParameter('step', message)
  }
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    throw badRequest(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  }
  const options = queryOptions(params)
  // Times are whole ms below the API, as in Prometheus, whose steps shorter than that make no progress.
  const wholeStepMs = Math.max(1, Math.floor(stepMs))
  const query = params.get('query') ?? ''
  const noCache = flagParameter(params, 'nocache')
  return { query, startMs, endMs, stepMs: wholeStepMs, limit, ...options, noCache }
}

function queryOptions(params: URLSearchParams): {
  countSamples: boolean
  lookbackMs?: number
  limits?: { timeoutMs: number }
} {
  const timeoutMs = durationParameter(params, 'timeout')
  const text = params.get('lookback_delta') ?? ''
  const lookbackMs =
    text === '' ? 0 : stepOf(text, (message) => badRequest(`error parsing lookback delta duration: ${message}`))
  return {
    countSamples: wantsStats(params),
    ...(timeoutMs === undefined ? {} : { limits: { timeoutMs: Math.max(0, timeoutMs) } }),
    ...(lookbackMs > 0 ? { lookbackMs } : {}),
  }
}

function toAnswer(answer: QueryAnswer, params: URLSearchParams, steps: Steps | undefined): ApiAnswer {
  const json = wantsStats(params)
    ? withField(answer.dataJson, 'stats', statsFields(answer.stats, steps))
    : answer.dataJson
  return { json, warnings: atMostTen(answer.warnings, 'warning'), infos: atMostTen(answer.infos, 'info') }
}

/** As Prometheus, which keeps any ten; the last is where it says that the answer was cut. */
function atMostTen(remarks: readonly string[], kind: 'warning' | 'info'): readonly string[] {
  if (remarks.length <= 10) return remarks
  return [...remarks.slice(-10), `${remarks.length - 10} more ${kind} annotations omitted`]
}

/** Any text asks for the stats. */
const wantsStats = (params: URLSearchParams) => (params.get('stats') ?? '') !== ''

const wantsSteps = (params: URLSearchParams, features: PromqlFeatures) =>
  params.get('stats') === 'all' && features.has('promql-per-step-stats')

/** The moments of the steps, where their samples are to be told one by one. */
type Steps = { readonly startMs: number; readonly stepMs: number }

/** Prometheus's `stats`, then ours. Times are seconds. */
function statsFields(stats: QueryStats, steps: Steps | undefined): unknown {
  const { elapsedMs, queueMs, resolveMs, sortMs, queryableSamples = new Float64Array(), peakSamples } = stats
  const evaluationMs = elapsedMs - queueMs
  const perStep = steps && Array.from(queryableSamples, (n, i) => [(steps.startMs + i * steps.stepMs) / 1000, n])
  return {
    timings: {
      evalTotalTime: evaluationMs / 1000,
      resultSortTime: sortMs / 1000,
      queryPreparationTime: resolveMs / 1000,
      innerEvalTime: (evaluationMs - resolveMs - sortMs) / 1000,
      execQueueTime: queueMs / 1000,
      execTotalTime: elapsedMs / 1000,
    },
    samples: {
      ...(perStep === undefined ? {} : { totalQueryableSamplesPerStep: perStep }),
      totalQueryableSamples: queryableSamples.reduce((sum, n) => sum + n, 0),
      peakSamples,
    },
    binnacle: {
      series: stats.seriesRead,
      samples: stats.samplesRead,
      sources: stats.sources,
      ...(stats.cached && { cached: stats.cached }),
    },
  }
}
