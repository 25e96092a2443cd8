import { labelValue } from '@binnacle/promql'
import type { ActiveTargetView, TargetsPart } from '../parts.ts'
import { type ApiAnswer, type ApiDeps, type ApiRequest, api, dataAnswer, type HttpApp, route } from './api.ts'
import { goTime, jsonList, labelsJson } from './json.ts'
import { countParameter } from './params.ts'
import { matchesLabels } from './selectors.ts'

/** `/targets`, `/targets/metadata`, `/scrape_pools`. Source: prometheus.io, "HTTP API", targets. */
export function mountTargets(app: HttpApp, deps: ApiDeps, targets: TargetsPart): void {
  route(
    app,
    ['GET'],
    '/api/v1/targets',
    api(deps, (request) => listTargets(request, targets)),
  )
  route(
    app,
    ['GET'],
    '/api/v1/targets/metadata',
    api(deps, (request) => targetMetadata(request, targets)),
  )
  route(
    app,
    ['GET'],
    '/api/v1/scrape_pools',
    api(deps, () => dataAnswer({ scrapePools: [...targets.pools()].sort() })),
  )
}

function listTargets({ search }: ApiRequest, targets: TargetsPart): ApiAnswer {
  const pool = search.get('scrapePool') ?? ''
  const state = (search.get('state') ?? '').toLowerCase()
  const all = state === '' || state === 'any'
  const ofPool = (target: { scrapePool: string }) => pool === '' || target.scrapePool === pool
  const byPool = (a: { scrapePool: string }, b: { scrapePool: string }) =>
    a.scrapePool < b.scrapePool ? -1 : a.scrapePool > b.scrapePool ? 1 : 0
  const active = all || state === 'active' ? targets.active().filter(ofPool).sort(byPool).map(activeJson) : []
  const showDropped = all || state === 'dropped'
  const dropped = showDropped
    ? targets
        .dropped()
        .filter(ofPool)
        .sort(byPool)
        .map(
          (target) =>
            `{"discoveredLabels":${labelsJson(target.discoveredLabels)},"scrapePool":${JSON.stringify(target.scrapePool)},` +
            `"droppedBy":${JSON.stringify(target.droppedBy)}}`,
        )
    : []
  const counts = showDropped ? JSON.stringify(targets.droppedCounts()) : 'null'
  return {
    json: `{"activeTargets":[${active.join(',')}],"droppedTargets":[${dropped.join(',')}],"droppedTargetCounts":${counts}}`,
  }
}

/** Prometheus's fields, then ours (`id`, `lastSamples`), which its clients do not look at. */
function activeJson(target: ActiveTargetView): string {
  const rest = JSON.stringify({
    scrapePool: target.scrapePool,
    scrapeUrl: target.scrapeUrl,
    globalUrl: target.globalUrl,
    lastError: target.lastError,
    lastScrape: goTime(target.lastScrapeMs),
    lastScrapeDuration: target.lastScrapeDurationMs / 1000,
    health: target.health,
    scrapeInterval: target.scrapeInterval,
    scrapeTimeout: target.scrapeTimeout,
    id: target.id,
    lastSamples: target.lastSamples,
  })
  return `{"discoveredLabels":${labelsJson(target.discoveredLabels)},"labels":${labelsJson(target.labels)},${rest.slice(1)}`
}

function targetMetadata({ params }: ApiRequest, targets: TargetsPart): ApiAnswer {
  const limit = countParameter(params, 'limit') ?? -1
  const matches = matchesLabels(params.get('match_target') ?? '', 'match_target')
  return { json: jsonList(metadataLines(targets, matches, { limit, metric: params.get('metric') ?? '' })) }
}

function* metadataLines(
  targets: TargetsPart,
  matches: (valueFor: (name: string) => string) => boolean,
  { limit, metric }: { limit: number; metric: string },
): Generator<string> {
  let count = 0
  for (const { labels, families } of targets.metadata()) {
    // Prometheus looks at its limit between targets: the last one is listed whole.
    if (limit >= 0 && count >= limit) return
    if (!matches((name) => labelValue(labels, name))) continue
    const target = labelsJson(labels)
    for (const { metric: family, type, help, unit } of families()) {
      if (metric !== '' && family !== metric) continue
      const named = metric === '' ? { metric: family, type, help, unit } : { type, help, unit }
      yield `{"target":${target},${JSON.stringify(named).slice(1)}`
      count++
    }
  }
}
