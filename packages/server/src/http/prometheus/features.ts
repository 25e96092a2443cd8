import { describeFeatures, type PromqlFeatures } from '@binnacle/promql'
import { type ApiDeps, api, dataAnswer, type HttpApp, route } from './api.ts'

/** `/features`: what of the language can be used, by category. Source: Prometheus, HTTP API, features. */
export function mountFeatures(app: HttpApp, deps: ApiDeps, features: PromqlFeatures): void {
  route(
    app,
    ['GET'],
    '/api/v1/features',
    api(deps, () => dataAnswer(describeFeatures(features))),
  )
}
