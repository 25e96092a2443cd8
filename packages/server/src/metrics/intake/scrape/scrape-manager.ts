import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import { type Labels, labelsOf } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import { type Clock, type Logger, type Registry, withDeadline } from '../../../telemetry/index.ts'
import type { MetricsStore } from '../../store/index.ts'
import { createSampleBatch } from '../batch/index.ts'
import { ByteStrings, type ExposedFamily } from '../exposition/index.ts'
import type { PrometheusConfig } from '../prometheus-config/index.ts'
import type { RelabelRule } from '../relabel/index.ts'
import { createDepartedSeries } from './departed-series.ts'
import type { InternalTarget } from './internal-target.ts'
import { createScrapePlaces, type ScrapePlaces } from './places.ts'
import { asTimeout, createScrapeLoop, type LoopDeps, type LoopState, type ScrapeLoop } from './scrape-loop.ts'
import { createScrapeMetrics } from './scrape-metrics.ts'
import { createScrapePool, type ScrapePool } from './scrape-pool.ts'
import { targetId } from './target.ts'

export type ScrapeManagerDeps = {
  readonly store: MetricsStore
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type ScrapeManagerOptions = {
  /** Default: by the host's name, so that several servers do not ask at the same moment. */
  readonly places?: ScrapePlaces
  /** A scrape at most this far from its grid gets the grid's timestamp, default 2 ms (and at most 1 % of the interval). */
  readonly timestampToleranceMs?: number
  /** Adds scrape_timeout_seconds, scrape_sample_limit and scrape_body_size_bytes, as Prometheus' extra-scrape-metrics. */
  readonly extraMetrics?: boolean
  /** Default `Binnacle`. */
  readonly userAgent?: string
}

export type ActiveTarget = LoopState & {
  readonly id: string
  readonly scrapePool: string
  readonly labels: Labels
  readonly discoveredLabels: Labels
  /** Empty for a part of Binnacle itself. */
  readonly scrapeUrl: string
  /** The same as others reach it: a loopback host is replaced by this machine's name. */
  readonly globalUrl: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly internal: boolean
}

export type DroppedTarget = {
  readonly scrapePool: string
  readonly discoveredLabels: Labels
  /** What dropped it, and its index in relabel_configs; undefined when no label was left. */
  readonly rule: RelabelRule | undefined
  readonly ruleIndex: number | undefined
}

export type Targets = {
  readonly active: readonly ActiveTarget[]
  readonly dropped: readonly DroppedTarget[]
  readonly pools: readonly {
    readonly name: string
    readonly activeCount: number
    /** May be more than are listed in `dropped`. */
    readonly droppedCount: number
    readonly problems: readonly BinnacleError[]
  }[]
}

/** A target with what it says of its metric families; they are gathered when asked for. */
export type TargetMetadata = { readonly labels: Labels; families(): readonly ExposedFamily[] }

/** What a target answers at this moment; nothing of it is stored. */
export type RawAnswer = {
  readonly contentType: string | undefined
  readonly durationMs: number
  /** Bytes of the whole answer; `text` is cut at 1 MiB. */
  readonly sizeBytes: number
  readonly text: string
  readonly truncated: boolean
}

export type ScrapeManager = {
  start(signal: AbortSignal): void
  /** Makes the jobs those of `config`. Targets that stay keep their memory and their schedule. May be called anytime. */
  apply(config: Pick<PrometheusConfig, 'scrapeConfigs'>): void
  /** Scrapes a part of Binnacle too, the first time at once; the returned function ends that, its series go stale. */
  addInternal(target: InternalTarget): () => Promise<void>
  targets(): Targets
  /** All active targets with their metadata, pool by pool. The targets are those of the moment of the call. */
  metadata(): readonly TargetMetadata[]
  /** Rejects with `BinnacleError`: kind `missing` for an unknown id, otherwise what the target did wrong. */
  scrapeNow(id: string, signal: AbortSignal): Promise<RawAnswer>
  /** Waits for scrapes in flight; nothing is appended afterwards. Series are not marked stale: we mean to come back. */
  stop(): Promise<void>
}

const MAX_RAW_BYTES = 1024 * 1024
const DEFAULT_TIMEOUT_MS = 10_000

export function createScrapeManager(deps: ScrapeManagerDeps, options: ScrapeManagerOptions = {}): ScrapeManager {
  const { store, clock, log, registry } = deps
  const batch = createSampleBatch()
  const departed = createDepartedSeries({ store, clock, batch: createSampleBatch(64) })
  const loopDeps: LoopDeps & { userAgent: string } = {
    store,
    clock,
    log,
    metrics: createScrapeMetrics(registry),
    departed,
    strings: new ByteStrings(),
    batch,
    places: options.places ?? createScrapePlaces({ seed: hostname() }),
    toleranceMs: options.timestampToleranceMs ?? 2,
    extraMetrics: options.extraMetrics ?? false,
    userAgent: options.userAgent ?? 'Binnacle',
  }
  const pools = new Map<string, ScrapePool>()
  const internals = new Map<string, { given: InternalTarget; labels: Labels; loop: ScrapeLoop; timeoutMs: number }>()
  const leaving = new Set<Promise<void>>()
  const own = new AbortController()
  // Every loop listens to it: that is no leak, and Node need not warn of one.
  setMaxListeners(0, own.signal)
  let wanted: PrometheusConfig['scrapeConfigs'] = []
  let started = false
  let stopping: Promise<void> | undefined

  registry.observe('binnacle_scrape_targets', 'Targets by health of their last scrape.', 'gauge', ['health'], () => {
    const count = { up: 0, down: 0, unknown: 0 }
    for (const pool of pools.values()) for (const { loop } of pool.active()) count[loop.state.health]++
    for (const { loop } of internals.values()) count[loop.state.health]++
    return Object.entries(count).map(([health, n]) => [[health], n] as const)
  })
  registry.observe('binnacle_scrape_targets_dropped', 'Targets dropped by relabelling.', 'gauge', [], () => {
    let n = 0
    for (const pool of pools.values()) n += pool.droppedCount
    return [[[], n] as const]
  })

  function reconcile(): void {
    if (!started || stopping) return
    const names = new Set(wanted.map((config) => config.jobName))
    for (const [name, pool] of pools) {
      if (names.has(name)) continue
      pools.delete(name)
      const left = pool.stop({ departs: true }).finally(() => leaving.delete(left))
      leaving.add(left)
    }
    for (const config of wanted) {
      const pool = pools.get(config.jobName)
      if (pool) pool.reload(config)
      else pools.set(config.jobName, createScrapePool(loopDeps, config, own.signal))
    }
    for (const pool of pools.values()) pool.begin()
  }

  function addInternal(given: InternalTarget): () => Promise<void> {
    const publicLabels = labelsOf({ ...given.labels, job: given.job, instance: given.instance })
    const id = targetId(`internal/${given.job}`, publicLabels, '')
    if (internals.has(id)) throw new Error(`internal target ${given.job} ${given.instance} was added twice`)
    const timeoutMs = given.timeoutMs ?? Math.min(DEFAULT_TIMEOUT_MS, given.intervalMs)
    const loop = createScrapeLoop(
      loopDeps,
      { id, publicLabels, url: '', intervalMs: given.intervalMs, atOnce: true },
      {
        timeoutMs,
        honorLabels: false,
        legacyNames: false,
        metricRelabelRules: [],
        cacheOptions: {},
        seriesKey: '',
        forcedError: undefined,
        fetch: (atMs, signal) => collect(given, atMs, signal),
      },
    )
    internals.set(id, { given, labels: publicLabels, loop, timeoutMs })
    if (started && !stopping) loop.start(own.signal)
    return async () => {
      internals.delete(id)
      await loop.stop({ departs: true })
    }
  }

  async function scrapeNow(id: string, signal: AbortSignal): Promise<RawAnswer> {
    const begin = clock.monotonic()
    const ask = async (
      timeoutMs: number,
      fetch: (inner: AbortSignal) => Promise<{ body: Buffer; contentType: string | undefined }>,
    ): Promise<RawAnswer> => {
      const { body, contentType } = await withDeadline(clock, signal, timeoutMs, fetch).catch((error: unknown) => {
        throw asTimeout(error, timeoutMs)
      })
      return {
        contentType,
        durationMs: clock.monotonic() - begin,
        sizeBytes: body.length,
        text: body.toString('utf8', 0, Math.min(body.length, MAX_RAW_BYTES)),
        truncated: body.length > MAX_RAW_BYTES,
      }
    }
    const internal = internals.get(id)
    if (internal) {
      const contentType = internal.given.format === 'openmetrics' ? 'application/openmetrics-text' : 'text/plain'
      return ask(internal.timeoutMs, async (inner) => {
        const { body } = await collect(internal.given, Math.floor(clock.now()), inner)
        return { body, contentType }
      })
    }
    for (const pool of pools.values()) {
      const found = pool.active().find(({ target }) => target.id === id)
      if (found) return ask(found.target.timeoutMs, (inner) => pool.fetch(found.target, inner))
    }
    throw new BinnacleError('scrape.unknown_target', `no target with the id "${id}"`, { kind: 'missing' })
  }

  return {
    start(signal) {
      if (started) return
      started = true
      if (signal.aborted) own.abort(signal.reason)
      else {
        const leave = () => own.abort(signal.reason)
        signal.addEventListener('abort', leave, { once: true })
        own.signal.addEventListener('abort', () => signal.removeEventListener('abort', leave), { once: true })
      }
      reconcile()
      for (const { loop } of internals.values()) loop.start(own.signal)
    },
    apply(config) {
      wanted = config.scrapeConfigs
      reconcile()
    },
    addInternal,
    targets() {
      const active: ActiveTarget[] = []
      const dropped: DroppedTarget[] = []
      for (const [scrapePool, pool] of pools) {
        for (const { target, loop } of pool.active()) {
          active.push({
            ...loop.state,
            id: target.id,
            scrapePool,
            labels: target.publicLabels,
            discoveredLabels: target.discoveredLabels,
            scrapeUrl: target.url,
            globalUrl: globalUrl(target.url),
            intervalMs: target.intervalMs,
            timeoutMs: target.timeoutMs,
            internal: false,
          })
        }
        for (const entry of pool.dropped()) dropped.push({ scrapePool, ...entry })
      }
      for (const [id, { given, labels, loop, timeoutMs }] of internals) {
        active.push({
          ...loop.state,
          id,
          scrapePool: given.job,
          labels,
          discoveredLabels: labels,
          scrapeUrl: '',
          globalUrl: '',
          intervalMs: given.intervalMs,
          timeoutMs,
          internal: true,
        })
      }
      return {
        active,
        dropped,
        pools: Array.from(pools, ([name, pool]) => ({
          name,
          activeCount: pool.active().length,
          droppedCount: pool.droppedCount,
          problems: pool.problems(),
        })),
      }
    },
    metadata: () => [
      ...[...pools.values()].flatMap((pool) =>
        pool.active().map(({ target, loop }) => ({ labels: target.publicLabels, families: loop.families })),
      ),
      ...Array.from(internals.values(), ({ labels, loop }) => ({ labels, families: loop.families })),
    ],
    scrapeNow,
    stop() {
      stopping ??= (async () => {
        departed.stop()
        own.abort(new DOMException('scraping was stopped', 'AbortError'))
        const loops = [...internals.values()].map(({ loop }) => loop.stop({ departs: false }))
        await Promise.all([...leaving, ...loops, ...[...pools.values()].map((pool) => pool.stop({ departs: false }))])
        departed.stop()
      })()
      return stopping
    },
  }
}

async function collect(given: InternalTarget, nowMs: number, signal: AbortSignal) {
  // A collector that hangs must not hold its loop; what it gives later is dropped.
  const page = await new Promise<string | Buffer>((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    given
      .collect(nowMs)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', leave))
  })
  const body = typeof page === 'string' ? Buffer.from(page) : page
  return { body, format: () => given.format ?? 'text' }
}

function globalUrl(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return text
  return text.replace(`//${url.hostname}`, `//${hostname()}`)
}
