import type { OtherAlerts, Sending } from '../alerting/index.ts'
import { messageOf } from '../config/index.ts'
import { createPauser } from '../metrics/store/index.ts'
import type { LintFile } from '../rules/lint/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'
import { diagnose } from './diagnose.ts'
import type { RoutingToExamine } from './examine-routing.ts'
import { createLiveCatalogue, type OlderSeries, type SeriesSource } from './live-catalogue.ts'
import type { DoctorReport } from './report.ts'

export type DoctorDeps = {
  readonly source: SeriesSource
  /** Alerts of other senders that are known now. */
  readonly others: () => readonly OtherAlerts[]
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type DoctorOptions = {
  /** Time between two looks. */
  readonly intervalMs: number
  /** How far back something counts as having been here. */
  readonly windowMs: number
}

/** What is in force: the doctor looks at it from the next run on. */
export type DoctorInput = {
  readonly rules: readonly LintFile[]
  /** Read anew at each run; absent where alerts go elsewhere. */
  readonly routing: (() => Promise<RoutingToExamine>) | undefined
  readonly sendings: readonly Sending[]
  /** Alerts of these rules that their expressions do not tell of, such as those of missing data. */
  readonly others: readonly OtherAlerts[]
  /** The longest time between two scrapes of a target. */
  readonly slowestScrapeMs: number
}

export type DoctorView = {
  /** The last one that was finished. */
  readonly report: DoctorReport | undefined
  readonly isRunning: boolean
  /** Why the last run has no report. */
  readonly error: string | undefined
}

export type Doctor = {
  apply(input: DoctorInput): void
  start(signal: AbortSignal): void
  stop(): Promise<void>
  view(): DoctorView
  /** Looks now, or waits for the run that is under way. Rejects when it fails. */
  run(): Promise<DoctorReport>
}

const LEAST_RECENT_MS = 10 * 60_000
/** After so many scrapes of the slowest target what is not there is missing. */
const SCRAPES_TO_WAIT = 2
const LEAST_WAIT_MS = 30_000
/** What one run may take before another begins: a share of the time in between. */
const MOST_SHARE = 0.1

/** Looks at rules and routing every few minutes, a few milliseconds at a time. Emits nothing after `stop()` has resolved. */
export function createDoctor({ source, others, clock, log, registry }: DoctorDeps, options: DoctorOptions): Doctor {
  const older: OlderSeries = new Map()
  let input: DoctorInput | undefined
  let report: DoctorReport | undefined
  let error: string | undefined
  let running: Promise<DoctorReport> | undefined
  let rounds: Promise<void> = Promise.resolve()
  let startedMs = Number.POSITIVE_INFINITY
  const life = new AbortController()

  registry.observe('binnacle_doctor_findings', 'Findings of the last look at rules and routing.', 'gauge', [], () =>
    report === undefined ? [] : [[[], report.findings]],
  )
  registry.observe(
    'binnacle_doctor_alerts',
    'Alerting rules by what the last look said of them.',
    'gauge',
    ['verdict'],
    () => Object.entries(report?.alerts ?? {}).map(([verdict, count]) => [[verdict], count] as const),
  )

  const waitMs = (one: DoctorInput) => Math.max(LEAST_WAIT_MS, SCRAPES_TO_WAIT * one.slowestScrapeMs)

  async function look(): Promise<DoctorReport> {
    const now = input
    if (now === undefined) throw new Error('the doctor has nothing to look at yet')
    const { signal } = life
    const catalogue = await createLiveCatalogue(
      source,
      older,
      {
        nowMs: clock.now(),
        recentMs: Math.max(LEAST_RECENT_MS, 3 * now.slowestScrapeMs),
        windowMs: options.windowMs,
        isYoung: clock.monotonic() - startedMs < waitMs(now),
      },
      signal,
    )
    const { rules, sendings } = now
    const routing = await now.routing?.()
    const pause = createPauser(clock, signal)
    return await diagnose(
      { rules, notLoaded: new Map(), files: [], routing, others: [...now.others, ...others()], sendings },
      { catalogue, clock, pause },
    )
  }

  async function runOnce(): Promise<DoctorReport> {
    try {
      const looked = await look()
      const before = report?.findings
      report = looked
      error = undefined
      if (looked.findings !== before)
        log.info(
          { findings: looked.findings, tookMs: Math.round(looked.tookMs), ...looked.alerts },
          'doctor: rules and routing',
        )
      return looked
    } catch (cause) {
      if (!life.signal.aborted) {
        error = messageOf(cause)
        log.warn({ error: cause }, 'doctor: the look failed')
      }
      throw cause
    } finally {
      running = undefined
    }
  }

  function run(): Promise<DoctorReport> {
    running ??= runOnce()
    return running
  }

  async function repeat(): Promise<void> {
    const { signal } = life
    while (!signal.aborted) {
      const first = report === undefined && input !== undefined
      await clock
        .sleep(first ? waitMs(input!) : Math.max(options.intervalMs, (report?.tookMs ?? 0) / MOST_SHARE), signal)
        .catch(() => {})
      if (signal.aborted) return
      await run().catch(() => {})
    }
  }

  return {
    apply(next) {
      input = next
    },
    start(signal) {
      startedMs = clock.monotonic()
      signal.addEventListener('abort', () => life.abort(signal.reason), { once: true })
      rounds = repeat()
    },
    async stop() {
      life.abort(new Error('stopped'))
      await rounds
      await running?.catch(() => {})
    },
    view: () => ({ report, isRunning: running !== undefined, error }),
    run,
  }
}
