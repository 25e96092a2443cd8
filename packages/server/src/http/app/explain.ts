import type { Querier } from '../../metrics/query/index.ts'
import { type ApiDeps, api, dataAnswer, readInstant, readRange } from '../prometheus/index.ts'
import { type HttpApp, route } from '../router.ts'

/** `/explain`: takes what `/query` or, with `start`, `/query_range` takes, and tells how that is evaluated. */
export function mountExplain(app: HttpApp, deps: ApiDeps, querier: Querier): void {
  route(
    app,
    ['GET', 'POST'],
    '/api/app/explain',
    api(deps, async ({ params, signal }) => {
      const query = params.has('start') ? readRange(params) : readInstant(params, deps.clock)
      return dataAnswer(await querier.explain(query, signal))
    }),
  )
}
