import type { Querier } from '../../metrics/query/index.ts'
import type { MetadataPart } from '../parts.ts'
import { type ApiAnswer, type ApiDeps, type ApiRequest, api, type HttpApp, route, TRUNCATED } from './api.ts'
import { namesJson, seriesJson } from './list-json.ts'
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
export function mountListings(app: HttpApp, deps: ApiDeps, querier: Querier, part: MetadataPart): void {
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
    api(deps, (request) => metadata(request, part)),
  )
}

async function series(request: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  const { params } = request
  if (params.getAll('match[]').length === 0) throw badRequest('no match[] parameter provided')
  const query = metadataQuery(params, 'match[]')
  const { count, truncated, slices } = await querier.series(query, request)
  const json = await seriesJson(count, slices)
  return { json, warnings: truncated ? [TRUNCATED] : [] }
}

async function labelNames(request: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  const { items, truncated } = await querier.labelNames(metadataQuery(request.params), request)
  return { json: namesJson(items), warnings: truncated ? [TRUNCATED] : [] }
}

async function labelValues(request: ApiRequest, querier: Querier): Promise<ApiAnswer> {
  const name = unescapeLabelName(request.path('name'))
  if (name === '' || /[\ud800-\udfff]/u.test(name)) throw badRequest(`invalid label name: ${JSON.stringify(name)}`)
  const { items, truncated } = await querier.labelValues(name, metadataQuery(request.params), request)
  return { json: namesJson(items), warnings: truncated ? [TRUNCATED] : [] }
}

async function metadata({ params }: ApiRequest, part: MetadataPart): Promise<ApiAnswer> {
  const limit = countParameter(params, 'limit') ?? -1
  const limitPerMetric = countParameter(params, 'limit_per_metric') ?? -1
  const metric = params.get('metric') ?? ''
  const found = await part.find({
    ...(metric === '' ? {} : { metric }),
    ...(limit < 0 ? {} : { limit }),
    limitPerMetric,
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
