import { BinnacleError } from '../../config/index.ts'
import type { StoragePart } from '../parts.ts'
import { type ApiDeps, api, dataAnswer, failureAnswer, type HttpApp, route } from './api.ts'

/** Ours: what storage keeps, and cutting all open chunks now. Prometheus's own admin calls answer as when they are off. */
export function mountAdmin(app: HttpApp, deps: ApiDeps, storage: StoragePart): void {
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
  for (const call of ['delete_series', 'clean_tombstones', 'snapshot']) {
    route(
      app,
      ['POST', 'PUT'],
      `/api/v1/admin/tsdb/${call}`,
      (request) => {
        const off = new BinnacleError('http.not_offered', 'admin APIs disabled', { kind: 'unavailable' })
        return failureAnswer(deps, request, off)
      },
      guarded,
    )
  }
}
