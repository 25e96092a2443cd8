import type { InstantQuery, JsonPieces, Querier, QueryAnswer, RangeQuery } from '../../metrics/query/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import { type ApiAnswer, type ApiDeps, type ApiRequest, api, type HttpApp, route } from './api.ts'
import { withField } from './json.ts'
import {
  badParameter,
  badRequest,
  durationParameter,
  limitParameter,
  parseStep,
  requiredTime,
  timeParameter,
} from './params.ts'

const MAX_POINTS = 11_000

/** `/query` and `/query_range`. Source: prometheus.io, "HTTP API", expression queries. */
export function mountQueries(app: HttpApp, deps: ApiDeps, querier: Querier): void {
  route(
    app,
    ['GET', 'POST'],
    '/api/v1/query',
    api(deps, (request) => instant(request, querier, deps.clock)),
  )
  route(
    app,
    ['GET', 'POST'],
    '/api/v1/query_range',
    api(deps, (request) => range(request, querier)),
  )
}

async function instant({ params, signal }: ApiRequest, querier: Querier, clock: Clock): Promise<ApiAnswer> {
  return toAnswer(await querier.instant(readInstant(params, clock), signal), params)
}

async function range({ params, signal }: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  return toAnswer(await querier.range(readRange(params), signal), params)
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
  const step = params.get('step') ?? ''
  const stepMs = parseStep(step)
  if (stepMs === undefined) throw badParameter('step', `cannot parse ${JSON.stringify(step)} to a valid duration`)
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
  return { query, startMs, endMs, stepMs: wholeStepMs, limit, ...options }
}

function queryOptions(params: URLSearchParams): { lookbackMs?: number; limits?: { timeoutMs: number } } {
  const timeoutMs = durationParameter(params, 'timeout')
  const text = params.get('lookback_delta') ?? ''
  const lookbackMs = text === '' ? 0 : parseStep(text)
  if (lookbackMs === undefined) {
    throw badRequest(`error parsing lookback delta duration: cannot parse ${JSON.stringify(text)} to a valid duration`)
  }
  return {
    ...(timeoutMs === undefined ? {} : { limits: { timeoutMs: Math.max(0, timeoutMs) } }),
    ...(lookbackMs > 0 ? { lookbackMs } : {}),
  }
}

function toAnswer(answer: QueryAnswer, params: URLSearchParams): ApiAnswer {
  const wantsStats = (params.get('stats') ?? '') !== ''
  const json = wantsStats ? withStats(answer) : answer.dataJson
  return { json, warnings: answer.warnings, infos: answer.infos }
}

/** The answer's object with Prometheus's `stats` as last field; of the timings only the whole is measured. */
function withStats({ dataJson, stats }: QueryAnswer): JsonPieces {
  const seconds = stats.elapsedMs / 1000
  return withField(dataJson, 'stats', {
    timings: {
      evalTotalTime: seconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: seconds,
      execQueueTime: 0,
      execTotalTime: seconds,
    },
    samples: { totalQueryableSamples: stats.samplesRead, peakSamples: stats.samplesRead },
    binnacle: { series: stats.seriesRead, sources: stats.sources },
  })
}
