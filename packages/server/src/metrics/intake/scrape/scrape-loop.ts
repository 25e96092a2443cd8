import type { Labels } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../../config/index.ts'
import { type Clock, type Logger, withDeadline } from '../../../telemetry/index.ts'
import type { MetricsStore, SampleBatch, SeriesRef } from '../../store/index.ts'
import { addStaleMarkers, growSampleBatch } from '../batch/index.ts'
import {
  type ByteStrings,
  createScrapeCache,
  type ExposedFamily,
  type ExpositionFormat,
  type ScrapeCache,
  type ScrapeCacheOptions,
} from '../exposition/index.ts'
import type { RelabelRule } from '../relabel/index.ts'
import type { DepartedSeries } from './departed-series.ts'
import type { PlacedTarget, ScrapePlaces } from './places.ts'
import { reportLabels, sampleLabels } from './sample-labels.ts'
import { alignToGrid, nextOfPhase } from './schedule.ts'
import { reasonOf, type ScrapeMetrics } from './scrape-metrics.ts'

export type Answer = {
  readonly body: Buffer
  /** Called only for a body that is not empty; throws when the Content-Type is not one that we read. */
  format(): ExpositionFormat
}

/** What may change while a loop runs: it is read anew at each scrape. */
export type LoopSettings = {
  readonly timeoutMs: number
  readonly honorLabels: boolean
  /** Names outside the old character set fail the scrape. */
  readonly legacyNames: boolean
  readonly metricRelabelRules: readonly RelabelRule[]
  readonly cacheOptions: ScrapeCacheOptions
  /** Changes when the same page would give other series: the memory of the target is then void. */
  readonly seriesKey: string
  /** Fails every scrape without asking the target (target_limit). */
  readonly forcedError: BinnacleError | undefined
  fetch(atMs: number, signal: AbortSignal): Promise<Answer>
}

export type LoopTarget = PlacedTarget & {
  readonly publicLabels: Labels
  /** Scraped as soon as it is known too, not only from its place in the interval on. */
  readonly atOnce?: boolean
}

export type LoopDeps = {
  readonly store: MetricsStore
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: ScrapeMetrics
  readonly departed: DepartedSeries
  readonly strings: ByteStrings
  /** Shared by all loops: filled and appended without a pause between. */
  readonly batch: SampleBatch
  readonly places: ScrapePlaces
  readonly toleranceMs: number
  /** Also scrape_timeout_seconds, scrape_sample_limit and scrape_body_size_bytes. */
  readonly extraMetrics: boolean
}

export type LoopState = {
  readonly health: 'unknown' | 'up' | 'down'
  readonly lastError: string
  /** Unix ms of the last scrape's begin, 0 before the first. */
  readonly lastScrapeMs: number
  readonly lastDurationMs: number
  /** Samples on the page, and after metric relabelling. */
  readonly samplesScraped: number
  readonly samplesKept: number
  readonly seriesAdded: number
  readonly bodyBytes: number
  /** Samples of the last scrape that the store did not take. */
  readonly samplesRejected: number
}

export type ScrapeLoop = {
  start(signal: AbortSignal): void
  configure(settings: LoopSettings): void
  readonly state: LoopState
  /** What the target says of its metric families, by its last good answer. */
  families(): ExposedFamily[]
  /** Ends the loop; resolves when the scrape in flight is over. Its series are marked stale later when `departs`. */
  stop(options: { departs: boolean }): Promise<void>
}

const REPORTS = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const
const MAX_TIMER_MS = 2 ** 31 - 1
/** The wall clock jumped when it went so much of the interval further than time did. */
const JUMPED = 1 / 20
const EXTRA_REPORTS = ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes'] as const

/** Scrapes one target again and again. Source: prometheus scrape/scrape.go, `scrapeLoop`. */
export function createScrapeLoop(deps: LoopDeps, target: LoopTarget, initial: LoopSettings): ScrapeLoop {
  const { store, clock, metrics, batch, departed } = deps
  const { intervalMs } = target
  const own = new AbortController()
  let settings = initial
  let cache = createCache()
  /** Series of a memory that became void, until the next good scrape shows which of them are still there. */
  let orphans: { refs: Uint32Array; epoch: number; labels: Labels[] } | undefined
  let reportRefs: { epoch: number; refs: Uint32Array } | undefined
  let cancelTimer = () => {}
  let running: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  let ended = false
  let scraped = false
  let phaseMs = 0
  /** A planned moment, Unix ms, and the same on the clock that never jumps; the others lie whole intervals from it. */
  let gridMs = 0
  let gridTick = 0
  /** Intervals from there to the last tick. */
  let tick = -1
  let state: LoopState = {
    health: 'unknown',
    lastError: '',
    lastScrapeMs: 0,
    lastDurationMs: 0,
    samplesScraped: 0,
    samplesKept: 0,
    seriesAdded: 0,
    bodyBytes: 0,
    samplesRejected: 0,
  }

  function createCache(): ScrapeCache {
    const { honorLabels, legacyNames, metricRelabelRules: rules, cacheOptions } = settings
    const relabel = (labels: Labels) => sampleLabels(labels, target.publicLabels, { honorLabels, legacyNames, rules })
    return createScrapeCache({ store, relabel, strings: deps.strings }, cacheOptions)
  }

  function onTick(): void {
    if (ended || running) return
    const atMs = tick < 0 ? Math.floor(clock.now()) : alignToGrid(clock.now(), gridMs, intervalMs, deps.toleranceMs)
    scraped = true
    running = scrape(atMs)
      .catch((error: unknown) => deps.log.error({ error, target: target.id }, 'scrape broke'))
      .finally(() => {
        running = undefined
        if (!ended) scheduleNext()
      })
  }

  /** A timer takes at most 2^31 - 1 ms and fires at once beyond: an interval of a month is waited for in steps. */
  function arm(ms: number): void {
    cancelTimer = ms > MAX_TIMER_MS ? clock.after(MAX_TIMER_MS, () => arm(ms - MAX_TIMER_MS)) : clock.after(ms, onTick)
  }

  /** Lays the grid by the wall clock, from the next moment of the target's phase on. */
  function layGrid(): void {
    const now = clock.now()
    gridMs = nextOfPhase(now, phaseMs, intervalMs)
    gridTick = clock.monotonic() + (gridMs - now)
    tick = -1
  }

  // Ticks stay on the grid. One that passed during a scrape is made up at once, further ones are lost.
  function scheduleNext(): void {
    const jumpedMs = clock.now() - gridMs - (clock.monotonic() - gridTick)
    // The machine slept or its clock was set: on the old grid the target would be scraped apart from all that begin now.
    if (Math.abs(jumpedMs) > intervalMs * JUMPED) layGrid()
    const passed = Math.floor((clock.monotonic() - gridTick) / intervalMs)
    if (passed > tick) {
      metrics.skipped.inc(passed - tick - 1)
      tick = passed
      cancelTimer = clock.after(0, onTick)
      return
    }
    tick++
    // Rounded up: a timer never fires before its time.
    arm(Math.max(0, Math.ceil(gridTick + tick * intervalMs - clock.monotonic())))
  }

  async function scrape(atMs: number): Promise<void> {
    const begin = clock.monotonic()
    let answer: Answer | undefined
    let failure: unknown
    try {
      if (settings.forcedError) throw settings.forcedError
      answer = await withDeadline(clock, own.signal, settings.timeoutMs, (signal) => settings.fetch(atMs, signal))
    } catch (error) {
      failure = asTimeout(error, settings.timeoutMs)
    }
    // Stopped while waiting: the target is gone or we are going down, its answer is nobody's any more.
    if (own.signal.aborted) return
    const parseBegin = clock.monotonic()
    let rejected = 0
    if (answer) {
      try {
        rejected = take(answer, atMs)
      } catch (error) {
        failure = error
      }
    }
    const bodyBytes = answer?.body.length ?? 0
    const failed = failure !== undefined
    if (failed) {
      // A failed scrape takes nothing, and all that was there is stale.
      batch.length = 0
      addStaleMarkers(batch, cache.allGone(), atMs)
      if (orphans) addStaleMarkers(batch, orphanRefs(), atMs)
      orphans = undefined
      store.append(batch)
      metrics.failures.with(reasonOf(failure)).inc()
      deps.log.debug({ target: target.id, error: failure }, 'scrape failed')
    } else {
      metrics.bodyBytes.inc(bodyBytes)
      metrics.parseSeconds.observe((clock.monotonic() - parseBegin) / 1000)
    }
    const counts = answer ? cache.counts : { scraped: 0, kept: 0, seriesAdded: 0 }
    const durationMs = clock.monotonic() - begin
    const sizeReport = (failure as { code?: unknown } | undefined)?.code === 'scrape.body_size_limit' ? -1 : bodyBytes
    report(atMs, [
      failed ? 0 : 1,
      durationMs / 1000,
      counts.scraped,
      counts.kept,
      counts.seriesAdded,
      settings.timeoutMs / 1000,
      settings.cacheOptions.sampleLimit ?? 0,
      sizeReport,
    ])
    metrics.scrapes.inc()
    metrics.scraped.inc(counts.scraped)
    metrics.seconds.observe(durationMs / 1000)
    state = {
      health: failed ? 'down' : 'up',
      lastError: failed ? describe(failure) : state.lastError,
      lastScrapeMs: atMs,
      lastDurationMs: durationMs,
      samplesScraped: counts.scraped,
      samplesKept: counts.kept,
      seriesAdded: counts.seriesAdded,
      bodyBytes,
      samplesRejected: rejected,
    }
  }

  /** Parses and appends one answer, without a pause: the batch is shared. Returns what the store did not take. */
  function take(answer: Answer, atMs: number): number {
    const format = answer.body.length === 0 ? 'text' : answer.format()
    const result = cache.parse(answer.body, { format, atMs, out: batch })
    // Whether the store lacks room shows on the target, yet what it took is there: the target is up.
    state = {
      ...state,
      lastError: result.refusal ? `${result.refused} samples left out: ${result.refusal.message}` : '',
    }
    if (orphans) {
      const here = new Set(batch.refs.subarray(0, batch.length))
      addStaleMarkers(
        batch,
        orphanRefs().filter((ref) => !here.has(ref)),
        atMs,
      )
      orphans = undefined
    }
    addStaleMarkers(batch, result.gone, atMs)
    departed.seen(batch)
    const taken = store.append(batch)
    for (const exemplar of result.exemplars) store.addExemplar(exemplar)
    metrics.appended.inc(taken.accepted)
    if (result.refused > 0) metrics.rejected.with('series_limit').inc(result.refused)
    if (result.duplicates + taken.duplicates > 0) {
      metrics.rejected.with('duplicate').inc(result.duplicates + taken.duplicates)
    }
    if (taken.outOfBounds > 0) metrics.rejected.with('out_of_bounds').inc(taken.outOfBounds)
    return result.refused + result.duplicates + taken.duplicates + taken.outOfBounds
  }

  function report(atMs: number, values: readonly number[]): void {
    const refs = reportSeries()
    batch.length = 0
    growSampleBatch(batch, refs.length)
    for (let i = 0; i < refs.length; i++) {
      batch.refs[i] = refs[i]!
      batch.ts[i] = atMs
      batch.values[i] = values[i]!
    }
    batch.length = refs.length
    departed.seen(batch)
    store.append(batch)
  }

  function reportSeries(): Uint32Array {
    for (let round = 0; reportRefs?.epoch !== store.epoch && round < 4; round++) {
      const epoch = store.epoch
      const refs: SeriesRef[] = []
      for (const name of deps.extraMetrics ? [...REPORTS, ...EXTRA_REPORTS] : REPORTS) {
        try {
          refs.push(store.refOf(reportLabels(name, target.publicLabels)))
        } catch (error) {
          // Without room not even `up` has a series; the state of the target still shows on its page.
          if (!(error instanceof BinnacleError)) throw error
          break
        }
      }
      reportRefs = { epoch, refs: Uint32Array.from(refs) }
      if (refs.length < REPORTS.length) {
        const known = reportRefs.refs
        reportRefs = undefined
        return known
      }
    }
    return reportRefs?.refs ?? new Uint32Array(0)
  }

  function orphanRefs(): Uint32Array {
    if (!orphans) return new Uint32Array(0)
    if (orphans.epoch === store.epoch) return orphans.refs
    const refs: SeriesRef[] = []
    for (const labels of orphans.labels) {
      try {
        refs.push(store.refOf(labels))
      } catch (error) {
        if (!(error instanceof BinnacleError)) throw error
      }
    }
    return Uint32Array.from(refs)
  }

  function configure(next: LoopSettings): void {
    const replaced = next.seriesKey !== settings.seriesKey
    settings = next
    if (!replaced) return
    const refs = cache.allGone()
    const before = orphanRefs()
    const all = new Uint32Array(refs.length + before.length)
    all.set(refs)
    all.set(before, refs.length)
    orphans = { refs: all, epoch: store.epoch, labels: Array.from(all, (ref) => store.labelsOf(ref)) }
    cache = createCache()
  }

  async function end(departs: boolean): Promise<void> {
    ended = true
    cancelTimer()
    own.abort(new DOMException('the scrape loop was stopped', 'AbortError'))
    await running
    if (!departs || !scraped) return
    const live = cache.allGone()
    const reports = reportSeries()
    const old = orphanRefs()
    const refs = new Uint32Array(live.length + reports.length + old.length)
    refs.set(live)
    refs.set(reports, live.length)
    refs.set(old, live.length + reports.length)
    // Marked at the time of the scrape that will not come, but only after the one behind it would have been.
    const now = clock.now()
    const nextMs = gridMs + Math.ceil((now - gridMs) / intervalMs) * intervalMs
    const atMs = nextMs > state.lastScrapeMs ? nextMs : state.lastScrapeMs + intervalMs
    departed.add(refs, atMs, atMs - now + intervalMs + intervalMs / 10)
  }

  const loop: ScrapeLoop = {
    start(signal) {
      if (ended) return
      const leave = () => void loop.stop({ departs: false })
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      own.signal.addEventListener('abort', () => signal.removeEventListener('abort', leave), { once: true })
      phaseMs = deps.places.phaseOf(target)
      layGrid()
      if (target.atOnce) cancelTimer = clock.after(0, onTick)
      else scheduleNext()
    },
    configure,
    get state() {
      return state
    },
    families: () => cache.families(),
    stop({ departs }) {
      stopping ??= end(departs)
      return stopping
    },
  }
  return loop
}

/** An error of `withDeadline` in the words of scraping; any other one as it is. */
export function asTimeout(error: unknown, timeoutMs: number): unknown {
  if (!(error instanceof DOMException) || error.name !== 'TimeoutError') return error
  return new BinnacleError('scrape.timeout', `no answer within ${timeoutMs} ms (scrape_timeout)`, {
    kind: 'unavailable',
  })
}

function describe(error: unknown): string {
  if (error instanceof BinnacleError) {
    const { place } = error
    const where = place?.line === undefined ? '' : `line ${place.line}, column ${place.column}: `
    return `${where}${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`
  }
  return messageOf(error)
}
