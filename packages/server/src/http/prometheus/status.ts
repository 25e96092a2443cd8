import type { HttpParts, NamedCount } from '../parts.ts'
import { type ApiDeps, api, dataAnswer, type HttpApp, route } from './api.ts'
import { goTime } from './json.ts'
import { badRequest } from './params.ts'

const MAX_LIST = 10_000
/** The Prometheus whose language and API we speak: clients switch features by `buildinfo`'s version. */
const PROMETHEUS_VERSION = '3.5.0'

/** `/status/*`, `/notifications`, `/alertmanagers`. Source: prometheus.io, "HTTP API", status. */
export function mountStatus(
  app: HttpApp,
  deps: ApiDeps,
  { status, alertmanagers }: Pick<HttpParts, 'status' | 'alertmanagers'>,
): void {
  const get = (path: string, data: () => unknown) =>
    route(
      app,
      ['GET'],
      path,
      api(deps, () => dataAnswer(data())),
    )

  get('/api/v1/status/config', () => ({ yaml: status.configYaml() }))
  get('/api/v1/status/flags', () => status.flags())
  get('/api/v1/status/buildinfo', () => ({
    version: PROMETHEUS_VERSION,
    revision: `binnacle-${status.version}`,
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  }))
  get('/api/v1/status/runtimeinfo', () => {
    const reload = status.lastReload()
    return {
      startTime: goTime(status.startedAtMs),
      CWD: status.workingDirectory,
      hostname: '',
      serverTime: goTime(deps.clock.now()),
      reloadConfigSuccess: reload.ok,
      lastConfigTime: goTime(Math.floor(reload.atMs / 1000) * 1000),
      corruptionCount: 0,
      goroutineCount: 0,
      GOMAXPROCS: 1,
      GOMEMLIMIT: 0,
      GOGC: '',
      GODEBUG: '',
      storageRetention: status.retention(),
    }
  })
  // The log is replayed before the server listens: there is nothing left to replay when this can be asked.
  get('/api/v1/status/walreplay', () => ({ min: 0, max: 0, current: 0 }))
  route(
    app,
    ['GET'],
    '/api/v1/status/tsdb',
    api(deps, async ({ params }) => {
      const text = params.get('limit') ?? ''
      const limit = text === '' ? 10 : Number(/^\+?\d+$/.test(text) ? text : Number.NaN)
      if (!(limit >= 1)) throw badRequest('limit must be a positive number')
      const head = await status.head(Math.min(limit, MAX_LIST))
      const list = (counts: readonly NamedCount[]) => counts.map(({ name, value }) => ({ name, value }))
      return dataAnswer({
        headStats: {
          numSeries: head.series,
          numLabelPairs: head.labelPairs,
          chunkCount: head.chunks,
          minTime: head.minTimeMs,
          maxTime: head.maxTimeMs,
        },
        seriesCountByMetricName: list(head.seriesByMetric),
        labelValueCountByLabelName: list(head.valuesByLabel),
        memoryInBytesByLabelName: list(head.bytesByLabel),
        seriesCountByLabelValuePair: list(head.seriesByLabelPair),
      })
    }),
  )
  get('/api/v1/notifications', () => {
    const { ok, atMs } = status.lastReload()
    return ok ? [] : [{ text: 'Configuration reload has failed.', date: goTime(atMs), active: true }]
  })
  get('/api/v1/alertmanagers', () => {
    const { active, dropped } = alertmanagers()
    const list = (urls: readonly string[]) => urls.map((url) => ({ url }))
    return { activeAlertmanagers: list(active), droppedAlertmanagers: list(dropped) }
  })
}
