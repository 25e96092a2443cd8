import { formatPretty, formatSample, PromqlError, type PromqlFeatures, parseExpr } from '@binnacle/promql'
import type { ExemplarReader } from '../../metrics/query/index.ts'
import type { HttpParts } from '../parts.ts'
import {
  type ApiAnswer,
  type ApiDeps,
  type ApiRequest,
  api,
  dataAnswer,
  type HttpApp,
  NO_CONTENT,
  route,
} from './api.ts'
import { astJson, selectorsOf } from './ast-json.ts'
import { labelsJson } from './json.ts'
import { badParameter, badRequest, MAX_TIME_MS, MIN_TIME_MS, timeParameter } from './params.ts'

/** `/format_query`, `/parse_query`, `/query_exemplars`: what needs the language but no samples. Source: prometheus.io, "HTTP API". */
export function mountExpressions(
  app: HttpApp,
  deps: ApiDeps,
  { exemplars, features }: Pick<HttpParts, 'exemplars' | 'features'>,
): void {
  const parse = ({ params }: ApiRequest) => parseQuery(params, features, (message) => badParameter('query', message))
  const methods = ['GET', 'POST']
  route(
    app,
    methods,
    '/api/v1/format_query',
    api(deps, (request) => dataAnswer(formatPretty(parse(request)))),
  )
  route(
    app,
    methods,
    '/api/v1/parse_query',
    api(deps, (request) => dataAnswer(astJson(parse(request)))),
  )
  route(
    app,
    methods,
    '/api/v1/query_exemplars',
    api(deps, (request) => queryExemplars(request, exemplars, features)),
  )
}

async function queryExemplars(
  { params, signal }: ApiRequest,
  exemplars: ExemplarReader,
  features: PromqlFeatures,
): Promise<ApiAnswer> {
  const fromMs = timeParameter(params, 'start', MIN_TIME_MS)
  const toMs = timeParameter(params, 'end', MAX_TIME_MS)
  if (toMs < fromMs) throw badRequest('end timestamp must not be before start timestamp')
  const matcherSets = selectorsOf(parseQuery(params, features, badRequest))
  if (matcherSets.length === 0) return NO_CONTENT
  const answer = await exemplars.select({ matcherSets, fromMs, toMs }, signal)
  const series = answer.series.map((one) => {
    const list = one.exemplars.map(
      ({ labels, value, ts }) =>
        `{"labels":${labelsJson(labels)},"value":"${formatSample(value)}","timestamp":${ts / 1000}}`,
    )
    return `{"seriesLabels":${labelsJson(one.seriesLabels)},"exemplars":[${list.join(',')}]}`
  })
  const cut = `exemplars truncated: the newest ${exemplars.maxExemplars} are given (query.max_exemplars)`
  return { json: `[${series.join(',')}]`, warnings: answer.truncated ? [cut] : [] }
}

function parseQuery(params: URLSearchParams, features: PromqlFeatures, refuse: (message: string) => Error) {
  try {
    return parseExpr(params.get('query') ?? '', { features })
  } catch (error) {
    throw error instanceof PromqlError ? refuse(error.message) : error
  }
}
