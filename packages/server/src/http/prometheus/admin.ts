import { BinnacleError } from '../../config/index.ts'
import type { AdminPart, StoragePart } from '../parts.ts'
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
import { badRequest, booleanParameter, MAX_TIME_MS, MIN_TIME_MS, timeParameter } from './params.ts'
import { anyMatcherSets } from './selectors.ts'

/** Ours: what storage keeps, and cutting all open chunks now. */
export function mountStorage(app: HttpApp, deps: ApiDeps, storage: StoragePart): void {
  const guarded = { sameSite: true }
  route(
    app,
    ['GET'],
    '/api/v1/admin/storage',
    api(deps, async ({ signal }) => dataAnswer(await storage.report(signal))),
    guarded,
  )
  route(
    app,
    ['POST', 'PUT'],
    '/api/v1/admin/storage/cut',
    api(deps, async ({ signal }) => dataAnswer(await storage.cut(signal))),
    guarded,
  )
}

/** Prometheus's admin API; all of it refuses while it is off. Source: prometheus.io, "HTTP API", TSDB admin APIs. */
export function mountAdmin(app: HttpApp, deps: ApiDeps, admin: AdminPart | undefined): void {
  const call = (name: string, handle: (admin: AdminPart, request: ApiRequest) => Promise<ApiAnswer>) =>
    route(
      app,
      ['POST', 'PUT'],
      `/api/v1/admin/tsdb/${name}`,
      api(deps, (request) => {
        if (admin) return handle(admin, request)
        throw new BinnacleError('http.not_offered', 'admin APIs disabled', {
          kind: 'unavailable',
          hint: 'set admin_api.enabled, or start with --web.enable-admin-api',
        })
      }),
      { sameSite: true },
    )

  call('delete_series', async (admin, { params, signal }) => {
    const selectors = params.getAll('match[]')
    if (selectors.length === 0) throw badRequest('no match[] parameter provided')
    const fromMs = timeParameter(params, 'start', MIN_TIME_MS)
    const toMs = timeParameter(params, 'end', MAX_TIME_MS)
    await admin.deleteSeries({ matcherSets: anyMatcherSets(selectors, 'match[]'), fromMs, toMs }, signal)
    return NO_CONTENT
  })
  call('clean_tombstones', async (admin) => {
    await admin.cleanTombstones()
    return NO_CONTENT
  })
  call('snapshot', async (admin, { params, signal }) => {
    const { name } = await admin.snapshot({ skipHead: booleanParameter(params, 'skip_head') }, signal)
    return dataAnswer({ name })
  })
}
