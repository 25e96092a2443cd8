import { hostname } from 'node:os'
import type { PromqlFeature } from '@binnacle/promql'
import type { Engine } from '../engine/index.ts'
import type { DiscoveryProblem, SelfReport } from '../http/index.ts'
import type { ScrapeManager } from '../metrics/intake/scrape/index.ts'
import type { MetricsStorePart } from '../metrics/store/index.ts'
import type { Clock, Registry } from '../telemetry/index.ts'
import type { ConfigState } from './config-state.ts'
import type { StorageWatch } from './storage-watch.ts'

/** The ingest rate is taken over at least so long. */
const RATE_OVER_MS = 5_000
/** One bad list may name thousands of targets; the first ones tell what is wrong. */
const MAX_PROBLEMS = 200

/** What the shell of the pages shows all the time; cheap enough to be asked every second. */
export function createSelfReport(deps: {
  readonly version: string
  readonly startedAtMs: number
  readonly clock: Clock
  readonly isStarting: () => boolean
  readonly registry: Registry
  readonly engine: Engine
  readonly store: MetricsStorePart
  readonly storage: StorageWatch
  readonly config: ConfigState
  readonly scrape: ScrapeManager
  readonly promqlFeatures: readonly PromqlFeature[]
}): () => SelfReport {
  const { clock, store, engine, storage, config, registry, scrape } = deps
  let before = { at: clock.monotonic(), samples: 0 }
  let rate = 0

  return () => {
    const stats = store.stats()
    const now = clock.monotonic()
    if (now - before.at >= RATE_OVER_MS) {
      rate = ((stats.samplesAppended - before.samples) / (now - before.at)) * 1000
      before = { at: now, samples: stats.samplesAppended }
    } else if (rate === 0 && now > before.at) {
      rate = ((stats.samplesAppended - before.samples) / (now - before.at)) * 1000
    }
    const facts = storage.latest
    const watchBytes = process.memoryUsage.rss()
    const engineBytes = engine.memoryBytes ?? null
    const { lastReload } = config
    return {
      version: deps.version,
      startedAt: deps.startedAtMs,
      now: clock.now(),
      starting: deps.isStarting(),
      host: { name: hostname() },
      ingest: { samplesPerSecond: rate },
      series: stats.series,
      storage: {
        bytesPerSample: facts && Number.isFinite(facts.bytesPerSample) ? facts.bytesPerSample : null,
        bytes: facts?.tables.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
        samples: facts?.samples ?? 0,
      },
      memory: {
        rssBytes: watchBytes + (engineBytes ?? 0),
        pssBytes: pssOf(registry, engine.pid !== undefined),
        watchBytes,
        engineBytes,
      },
      queue: {
        pendingSamples: stats.log.pendingSamples,
        maxPendingSamples: stats.log.maxPendingSamples,
      },
      engine: { state: engine.state() },
      promqlFeatures: deps.promqlFeatures,
      config: {
        warnings: config.warnings,
        errors: config.errors,
        lastReload: {
          ok: lastReload.ok,
          at: lastReload.atMs,
          ...(lastReload.error === undefined ? {} : { error: lastReload.error }),
        },
        problems: problemsOf(scrape),
      },
    }
  }
}

function problemsOf(scrape: ScrapeManager): DiscoveryProblem[] {
  const found: DiscoveryProblem[] = []
  for (const { name, problems } of scrape.targets().pools) {
    for (const { message, place } of problems) {
      if (found.length === MAX_PROBLEMS) return found
      found.push({
        pool: name,
        message,
        ...(place?.file === undefined ? {} : { file: place.file }),
        ...(place?.line === undefined ? {} : { line: place.line }),
        ...(place?.column === undefined ? {} : { column: place.column }),
      })
    }
  }
  return found
}

/** Shared pages counted once, of all processes together; null while one of them is not counted yet. */
function pssOf(registry: Registry, withEngine: boolean): number | null {
  const family = registry.collect().find(({ name }) => name === 'binnacle_process_memory_bytes')
  const counted = (family?.lines ?? []).filter(({ labels }) => labels.includes('pss'))
  if (counted.length < (withEngine ? 2 : 1)) return null
  return counted.reduce((sum, { value }) => sum + value, 0)
}
