import type { AlertGroupView, Alerting, AlertView } from '../../alerting/index.ts'
import { BinnacleError } from '../../config/index.ts'
import type { HttpAnswer } from '../http-answer.ts'
import type { HttpRequest } from '../http-request.ts'
import type { HttpParts } from '../parts.ts'
import { type ApiDeps, jsonList, labelsJson, listed, mountManagement, textPieces } from '../prometheus/index.ts'
import { type Handler, type HttpApp, route } from '../router.ts'
import { alertJson, silenceJson } from './alert-json.ts'
import { BadForm, emptyAnswer, formAnswer, jsonAnswer, statusOf } from './answers.ts'
import { filterOf, labelsOfReceiver, receiverOf, receiverTest, switchOf } from './filters.ts'
import { parseBody, readAlerts, readSilence } from './read-body.ts'

/** Grafana and Prometheus may be told a path before the API; ours is at both. */
const PREFIXES = ['', '/alertmanager'] as const

/** What clients see as the version of Alertmanager: the one whose API this is. */
const API_VERSION = '0.33.1'

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** Mounts API v2 at `/api/v2/` and `/alertmanager/api/v2/`. Source: Alertmanager's API v2, openapi.yaml. */
export function mountAlertmanagerApi(app: HttpApp, deps: ApiDeps, parts: HttpParts): void {
  const { alerting } = parts
  const notFound: Handler = ({ path }) =>
    formAnswer(new BadForm(404, `path ${path.replace(/^\/alertmanager/, '')} was not found`))
  for (const prefix of PREFIXES) app.otherwise(`${prefix}/api/v2/`, notFound)
  if (alerting === undefined) return
  for (const prefix of PREFIXES) mountAt(prefix, { app, deps, parts, alerting })
  mountManagement(app, deps, parts.lifecycle, '/alertmanager')
  // Links to its pages: what stands behind the `#` comes along, and our pages know it.
  route(app, ['GET'], '/alertmanager', () => ({ status: 302, headers: { location: '/' } }))
  app.otherwise('/alertmanager/api/v1/', () => jsonAnswer(V1_IS_GONE, 410))
}

const V1_IS_GONE = JSON.stringify({
  status: 'deprecated',
  error: 'Alertmanager removed its API v1 in 0.27.0; use API v2 (/api/v2/alerts)',
})

type Context = {
  readonly app: HttpApp
  readonly deps: ApiDeps
  readonly parts: HttpParts
  readonly alerting: Alerting
}

function mountAt(prefix: string, { app, deps, parts, alerting }: Context): void {
  const at = (path: string) => `${prefix}/api/v2${path}`
  const guarded =
    (handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>): Handler =>
    async (request) => {
      try {
        return await handle(request)
      } catch (error) {
        return failure(deps, request, error)
      }
    }
  const withBody = (name: string, handle: (given: unknown) => Promise<HttpAnswer>): Handler =>
    guarded((request) => {
      checkType(request)
      const bound = { maxBytes: deps.limits.maxWriteBytes, limitName: 'limits.max_write_size' }
      return deps.bodies.withBody(request.incoming, bound, (body) => handle(parseBody(body, name)))
    })
  const change = { sameSite: true }

  route(
    app,
    ['GET'],
    at('/status'),
    guarded(() => jsonAnswer(statusJson(parts, alerting))),
  )
  route(
    app,
    ['GET'],
    at('/receivers'),
    guarded((request) => jsonAnswer(receiversJson(request, alerting))),
  )
  route(
    app,
    ['GET'],
    at('/alerts'),
    guarded(async (request) => jsonAnswer(jsonList(await alertLines(request, alerting)))),
  )
  route(
    app,
    ['GET'],
    at('/alerts/groups'),
    guarded(async (request) => jsonAnswer(textPieces(await groupParts(request, alerting)))),
  )
  const receive = async (given: unknown) => {
    await alerting.receive(await readAlerts(given))
    return emptyAnswer(200)
  }
  route(app, ['POST'], at('/alerts'), withBody('alerts', receive), change)
  route(
    app,
    ['GET'],
    at('/silences'),
    guarded(({ search }) => jsonAnswer(jsonList(alerting.silences.list(filterOf(search)).map(silenceJson)))),
  )
  const silence = async (given: unknown) => {
    try {
      const silenceID = await alerting.silences.set(readSilence(given))
      return jsonAnswer(JSON.stringify({ silenceID }))
    } catch (error) {
      if (!(error instanceof BinnacleError) || error.kind !== 'missing') throw error
      return jsonAnswer(JSON.stringify('silence not found'), 404)
    }
  }
  route(app, ['POST'], at('/silences'), withBody('silence', silence), change)
  route(
    app,
    ['GET'],
    at('/silence/:id'),
    guarded((request) => {
      const found = alerting.silences.get(idOf(request))
      return found ? jsonAnswer(silenceJson(found)) : emptyAnswer(404)
    }),
  )
  route(
    app,
    ['DELETE'],
    at('/silence/:id'),
    guarded(async (request) => {
      const id = idOf(request)
      try {
        await alerting.silences.expire(id)
      } catch (error) {
        // Alertmanager says nothing more of a silence that is not there.
        if (error instanceof BinnacleError && error.kind === 'missing') return emptyAnswer(404)
        throw error
      }
      return emptyAnswer(200)
    }),
    change,
  )
}

function failure(deps: ApiDeps, request: HttpRequest, error: unknown): HttpAnswer {
  if (error instanceof BadForm) return formAnswer(error)
  if (error instanceof BinnacleError) {
    const headers: Record<string, string> = { 'binnacle-error-code': error.code }
    if (error.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000))
    return jsonAnswer(JSON.stringify(error.message), statusOf(error), headers)
  }
  deps.log.error({ error, path: request.path }, 'request failed')
  return jsonAnswer(JSON.stringify('internal error; the log of Binnacle has the details'), 500)
}

function checkType(request: HttpRequest): void {
  const type = (request.header('content-type') ?? 'application/octet-stream').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/json') return
  throw new BadForm(415, `unsupported media type ${JSON.stringify(type)}, only [application/json] are allowed`)
}

function idOf(request: HttpRequest): string {
  const id = request.param('id')
  if (UUID.test(id)) return id.toLowerCase()
  throw new BadForm(422, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`, 601)
}

function statusJson({ status }: HttpParts, alerting: Alerting): string {
  return JSON.stringify({
    cluster: { peers: [], status: 'disabled' },
    config: { original: alerting.configYaml() },
    uptime: new Date(status.startedAtMs).toISOString(),
    versionInfo: {
      branch: 'binnacle',
      buildDate: '',
      buildUser: '',
      goVersion: '',
      revision: status.version,
      version: API_VERSION,
    },
  })
}

function receiversJson({ search }: HttpRequest, alerting: Alerting): string {
  const receivers = alerting.receivers()
  const wanted = receiverTest(search, () => receivers)
  return JSON.stringify(
    receivers
      .filter(({ name }) => wanted?.(name) ?? true)
      .map((receiver) => ({ labels: labelsOfReceiver(receiver), name: receiver.name })),
  )
}

/** What both lists of alerts ask for. */
function conditions({ search }: HttpRequest) {
  const receiver = receiverOf(search)
  return {
    matchers: filterOf(search),
    ...(receiver === undefined ? {} : { receiver }),
    active: switchOf(search, 'active'),
    silenced: switchOf(search, 'silenced'),
    inhibited: switchOf(search, 'inhibited'),
  }
}

async function alertLines(request: HttpRequest, alerting: Alerting): Promise<Iterable<string>> {
  const wanted = receiverTest(request.search, () => alerting.receivers())
  const unprocessed = switchOf(request.search, 'unprocessed')
  const alerts = await alerting.alerts({ ...conditions(request), unprocessed })
  return lines(
    wanted === undefined ? alerts : alerts.filter(({ receivers }) => receivers.some(wanted)),
    // Alertmanager tells of time intervals with groups only.
    (alert) => alertJson(alert, []),
  )
}

async function groupParts(request: HttpRequest, alerting: Alerting): Promise<Iterable<string>> {
  const wanted = receiverTest(request.search, () => alerting.receivers())
  const groups = await alerting.groups({ ...conditions(request), muted: switchOf(request.search, 'muted') })
  return parts(wanted === undefined ? groups : groups.filter(({ receiver }) => wanted(receiver)), wanted)
}

/** A group may hold all alerts that there are: it is made alert by alert. */
function* parts(groups: readonly AlertGroupView[], wanted: ((name: string) => boolean) | undefined): Generator<string> {
  // Alerts name the receivers of the routes that were asked for, and no others.
  const narrowed = (alert: AlertView) => (wanted ? { ...alert, receivers: alert.receivers.filter(wanted) } : alert)
  let before = '['
  for (const { alerts, labels, receiver } of groups) {
    yield `${before}{"alerts":`
    yield* listed(lines(alerts, (alert) => alertJson(narrowed(alert), alert.mutedBy)))
    yield `,"labels":${labelsJson(labels)},"receiver":${JSON.stringify({ name: receiver })}}`
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

function* lines<T>(items: Iterable<T>, toJson: (item: T) => string): Generator<string> {
  for (const item of items) yield toJson(item)
}
