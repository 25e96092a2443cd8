import type { Registry } from '../../telemetry/index.ts'
import type { HttpParts } from '../parts.ts'
import { mountAdmin, mountStorage } from './admin.ts'
import type { ApiDeps, HttpApp } from './api.ts'
import { mountExpressions } from './expressions.ts'
import { mountFeatures } from './features.ts'
import { mountFederate } from './federate.ts'
import { mountLifecycle } from './lifecycle.ts'
import { mountListings } from './listings.ts'
import { mountQueries } from './query.ts'
import { mountRead } from './read.ts'
import { mountRules } from './rules.ts'
import { mountStatus } from './status.ts'
import { mountTargets } from './targets.ts'
import { mountWrite } from './write.ts'

export function mountPrometheusApi(app: HttpApp, deps: ApiDeps, parts: HttpParts, registry: Registry): void {
  mountQueries(app, deps, parts)
  mountListings(app, deps, parts.querier, parts.metadata)
  mountExpressions(app, deps, parts)
  mountFeatures(app, deps, parts.features)
  mountTargets(app, deps, parts.targets)
  mountRules(app, deps, parts.rules)
  mountStatus(app, deps, parts)
  mountWrite(app, deps, parts.write)
  mountRead(app, deps, { series: parts.series, limits: parts.readLimits })
  mountStorage(app, deps, parts.storage)
  mountAdmin(app, deps, parts.admin)
  mountFederate(app, deps, parts.series)
  mountLifecycle(app, deps, parts.lifecycle, registry)
}
