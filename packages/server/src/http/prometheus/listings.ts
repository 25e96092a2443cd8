import type { Querier } from '../../metrics/query/index.ts'
import {
  type ApiAnswer,
  type ApiDeps,
  type ApiRequest,
  api,
  dataAnswer,
  type HttpApp,
  route,
  TRUNCATED,
} from './api.ts'
import { labelsJson } from './json.ts'
import {
  badRequest,
  countParameter,
  limitParameter,
  MAX_TIME_MS,
  MIN_TIME_MS,
  timeParameter,
  unescapeLabelName,
} from './params.ts'
import { matcherSets } from './selectors.ts'

/** `/series`, `/labels`, `/label/<name>/values`, `/metadata`. Source: prometheus.io, "HTTP API", querying metadata. */
export function mountListings(app: HttpApp, deps: ApiDeps, querier: Querier): void {
  route(
    app,
    ['GET', 'POST'],
    '/api/v1/series',
    api(deps, (request) => series(request, querier)),
  )
  route(
    app,
    ['GET', 'POST'],
    '/api/v1/labels',
    api(deps, (request) => labelNames(request, querier)),
  )
  route(
    app,
    ['GET'],
    '/api/v1/label/:name/values',
    api(deps, (request) => labelValues(request, querier)),
  )
  route(
    app,
    ['GET'],
    '/api/v1/metadata',
    api(deps, (request) => metadata(request, querier)),
  )
}

async function series({ params, signal }: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  if (params.getAll('match[]').length === 0) throw badRequest('no match[] parameter provided')
  const query = metadataQuery(params, 'match[]')
  const { items, truncated } = await querier.series(query, signal)
  return { json: `[${items.map(labelsJson).join(',')}]`, warnings: truncated ? [TRUNCATED] : [] }
}

async function labelNames({ params, signal }: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  const { items, truncated } = await querier.labelNames(metadataQuery(params), signal)
  return { json: JSON.stringify(items), warnings: truncated ? [TRUNCATED] : [] }
}

async function labelValues({ params, signal, path }: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  const name = unescapeLabelName(path('name'))
  if (name === '' || /[\ud800-\udfff]/u.test(name)) throw badRequest(`invalid label name: ${JSON.stringify(name)}`)
  const { items, truncated } = await querier.labelValues(name, metadataQuery(params), signal)
  return { json: JSON.stringify(items), warnings: truncated ? [TRUNCATED] : [] }
}

function metadata({ params }: ApiRequest, querier: Querier): ApiAnswer {
  const limit = countParameter(params, 'limit') ?? -1
  const limitPerMetric = countParameter(params, 'limit_per_metric') ?? -1
  const metric = params.get('metric') ?? ''
  // Prometheus answers `limit=0` with nothing; further down 0 means all.
  if (limit === 0) return dataAnswer({})
  const found = querier.metadata({
    ...(metric === '' ? {} : { metric }),
    limit: Math.max(0, limit),
    limitPerMetric: Math.max(0, limitPerMetric),
  })
  const entries = Array.from(found, ([name, list]) => {
    const values = list.map(({ type, help, unit }) => ({ type, help, unit }))
    return `${JSON.stringify(name)}:${JSON.stringify(values)}`
  })
  return { json: `{${entries.join(',')}}` }
}

function metadataQuery(params: URLSearchParams, matchParameter?: string) {
  const limit = limitParameter(params)
  const fromMs = timeParameter(params, 'start', MIN_TIME_MS)
  const toMs = timeParameter(params, 'end', MAX_TIME_MS)
  return { matcherSets: matcherSets(params.getAll('match[]'), matchParameter), fromMs, toMs, limit }
}
