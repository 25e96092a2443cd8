import { BinnacleError } from '../../config/index.ts'
import { sameSiteGuard } from '../guard.ts'
import type { StoragePart } from '../parts.ts'
import { type ApiDeps, api, dataAnswer, type HttpApp, route, sendFailure } from './api.ts'

/** Ours: what storage keeps, and cutting all open chunks now. Prometheus's own admin calls answer as when they are off. */
export function mountAdmin(app: HttpApp, deps: ApiDeps, storage: StoragePart): void {
  app.use('/api/v1/admin/*', sameSiteGuard)
  route(
    app,
    ['GET'],
    '/api/v1/admin/storage',
    api(deps, async ({ signal }) => dataAnswer(await storage.report(signal))),
  )
  route(
    app,
    ['POST', 'PUT'],
    '/api/v1/admin/storage/cut',
    api(deps, async ({ signal }) => dataAnswer(await storage.cut(signal))),
  )
  for (const call of ['delete_series', 'clean_tombstones', 'snapshot']) {
    route(app, ['POST', 'PUT'], `/api/v1/admin/tsdb/${call}`, (c) =>
      sendFailure(deps, c, new BinnacleError('http.not_offered', 'admin APIs disabled', { kind: 'unavailable' })),
    )
  }
}
