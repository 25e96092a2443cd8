import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatLabels, labelsOf, parseDurationMs, parseSelector } from '@binnacle/promql'
import { createDrivenClock, type DrivenClock } from '../../metrics/intake/scrape/testkit/driven-clock.ts'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { createRegistry, type Registry, silentLogger } from '../../telemetry/index.ts'
import { phaseOf, slotAfter } from '../group/slots.ts'
import {
  createGoTemplates,
  createRuleManager,
  createSqlRuleStateStore,
  type IncomingAlert,
  keyOf,
  NO_RULES,
  type RuleManager,
  type RuleManagerOptions,
  type RulesConfig,
  type Transition,
} from '../index.ts'
import { checkRuleFile } from '../rule-file/index.ts'
import { createMemoryMetrics, type MemoryMetrics } from './memory-metrics.ts'

/** Rules under a driven clock, over metrics in memory that are scraped every 15 s. */
export type RulesUnderTest = {
  readonly clock: DrivenClock
  readonly metrics: MemoryMetrics
  readonly manager: RuleManager
  readonly registry: Registry
  /** From the next scrape on the series has this value; `gone` ends it with a marker, `silent` without one. */
  set(series: string, value: number | 'gone' | 'silent'): void
  advance(duration: string): Promise<void>
  /** Other rule files, or other settings around them. */
  apply(files: Readonly<Record<string, string>>, config?: Partial<RulesConfig>): Promise<void>
  /** All alerts now, such as `firing Down{job="a"} 3`. */
  alerts(): string[]
  /** Changes of state since the last call, such as `1m15s Down{job="a"} pending->firing`. */
  transitions(): string[]
  /** What was sent since the last call, such as `1m15s Down{job="a"} firing`, `... resolved value`. */
  sent(): string[]
  readonly messages: readonly IncomingAlert[]
  /**
   * Ends the process as `kill -9` does, stays away for a while, and starts anew; `scraping` goes on meanwhile or not. It
   * `forgets` its state, or `loses` the samples of so long before, or finds other `files`.
   */
  restart(
    awayFor: string,
    options?: {
      readonly scraping?: boolean
      readonly forgets?: boolean
      readonly loses?: string
      readonly files?: Readonly<Record<string, string>>
    },
  ): Promise<void>
  /** Samples of a series since the beginning, such as `15s:1 30s:stale`. */
  samples(series: string): string
  /** How the sink answers. */
  sink: (alerts: readonly IncomingAlert[]) => void | Promise<void>
  stop(): Promise<void>
}

const SCRAPE_MS = 15_000
/** Scrapes begin here; the group `g` of `r.yml` is evaluated a tenth of a second behind each when it follows nobody. */
const START_MS = Date.UTC(2026, 0, 1) + phaseOf('r.yml', 'g', SCRAPE_MS) - 100

export async function startRules(
  files: Readonly<Record<string, string>>,
  given: { readonly config?: Partial<RulesConfig>; readonly options?: Partial<RuleManagerOptions> } = {},
): Promise<RulesUnderTest> {
  const clock = createDrivenClock(START_MS)
  const metrics = createMemoryMetrics()
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-rules-'))
  const targets = new Map<string, number>()
  const told = new Map<string, Transition>()
  const fresh: Transition[] = []
  let messages: IncomingAlert[] = []
  const news: { atMs: number; alert: IncomingAlert }[] = []
  let wanted = configOf(files, given.config)
  let isScraping = true
  const options: RuleManagerOptions = {
    resendDelayMs: 60_000,
    outageToleranceMs: 3_600_000,
    gracePeriodMs: 600_000,
    followSamples: false,
    windowEnd: () => undefined,
    ...given.options,
  }

  function scrape(): void {
    if (isScraping) for (const [series, value] of targets) metrics.append(recordOf(series), clock.now(), value)
    clock.after(SCRAPE_MS, scrape)
  }

  async function open() {
    const registry = createRegistry()
    const state = createInlineState(join(folder, 'state.sqlite'))
    const store = createSqlRuleStateStore(state)
    await state.start(new AbortController().signal)
    const life = { isDead: false }
    const manager = createRuleManager(
      {
        store: metrics.store,
        queryOf: (rule) => metrics.queryOf(rule.ast),
        templatesOf: (about) =>
          createGoTemplates(
            { query: async () => ({ labels: [], values: new Float64Array() }), log: silentLogger },
            about,
          ),
        fingerprintOf: (labels) => createHash('sha1').update(labels.join()).digest('hex').slice(0, 16),
        forStates: async (labels, fromMs) => {
          const found = new Map<string, { writtenAtMs: number; activeAtMs: number }>()
          for (const { labels: own, ts, value } of metrics.lastSamples('ALERTS_FOR_STATE')) {
            if (ts < fromMs || value === 'stale') continue
            if (labels.every((text, i) => i % 2 === 0 || own[own.indexOf(labels[i - 1]!) + 1] === text)) {
              found.set(keyOf(own.slice(2)), { writtenAtMs: ts, activeAtMs: value * 1000 })
            }
          }
          return found
        },
        sink: async (alerts) => {
          if (life.isDead) return
          await it.sink(alerts)
          messages.push(...alerts)
          for (const alert of alerts) news.push({ atMs: clock.now(), alert })
        },
        recorder: {
          record(transitions) {
            if (life.isDead) return
            for (const one of transitions) {
              if (told.has(one.id)) continue
              told.set(one.id, one)
              fresh.push(one)
            }
          },
        },
        state: store,
        clock,
        log: silentLogger,
        registry,
      },
      options,
    )
    await manager.apply(wanted)
    await manager.start(new AbortController().signal)
    return { manager, state, registry, life }
  }

  let running = await open()
  scrape()
  // Behind the first evaluation: what a test sets now is scraped next, and whole intervals end behind an evaluation.
  await clock.advance(1_000)

  const since = (ms: number) => formatMs(ms - START_MS)
  const it: RulesUnderTest = {
    clock,
    metrics,
    get manager() {
      return running.manager
    },
    get registry() {
      return running.registry
    },
    set(series, value) {
      if (typeof value === 'number') {
        targets.set(series, value)
        return
      }
      if (!targets.delete(series)) throw new Error(`${series} is not there`)
      if (value === 'gone') metrics.append(recordOf(series), nextScrape(clock.now()), 'stale')
    },
    advance: (duration) => clock.advance(parseDurationMs(duration)!),
    async apply(next, config) {
      wanted = configOf(next, config ?? given.config)
      const applied = running.manager.apply(wanted)
      await clock.advance(0)
      await applied
    },
    alerts: () =>
      running.manager
        .groups()
        .flatMap(({ rules }) => rules.flatMap(({ alerts }) => alerts))
        .map(({ state, labels, value }) => `${state} ${nameOf(labels)} ${value}`)
        .sort(),
    transitions: () =>
      fresh.splice(0).map(({ atMs, labels, from, to, reason }) => {
        return `${since(atMs)} ${nameOf(labels)} ${from}->${to}${reason === undefined ? '' : ` (${reason})`}`
      }),
    sent: () =>
      news.splice(0).map(({ atMs, alert: { labels, endsAtMs, resolvedReason } }) => {
        const state = endsAtMs! > atMs ? 'firing' : `resolved (${resolvedReason})`
        return `${since(atMs)} ${nameOf(labels)} ${state}`
      }),
    get messages() {
      return messages
    },
    async restart(awayFor, { scraping = true, forgets = false, loses, files: found } = {}) {
      running.life.isDead = true
      // What a dead process does not do any more must not show: nothing is written and nobody is told.
      const dead = running
      await dead.state.stop()
      const stopped = dead.manager.stop()
      await clock.advance(0)
      await stopped
      if (found !== undefined) wanted = configOf(found, given.config)
      if (loses !== undefined) metrics.lose(clock.now() - parseDurationMs(loses)!)
      isScraping = scraping
      await clock.advance(parseDurationMs(awayFor)!)
      isScraping = true
      if (forgets) rmSync(join(folder, 'state.sqlite'))
      messages = []
      running = await open()
    },
    samples: (series) =>
      (metrics.samples(recordOf(series)) ?? []).map(({ ts, value }) => `${since(ts)}:${value}`).join(' '),
    sink: () => {},
    async stop() {
      const stopped = running.manager.stop()
      await clock.advance(0)
      await stopped
      await running.state.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return it
}

function configOf(files: Readonly<Record<string, string>>, config: Partial<RulesConfig> = {}): RulesConfig {
  const read = Object.entries(files).map(([file, text]) => {
    const { ruleFile, errors } = checkRuleFile(text, file)
    if (ruleFile === undefined) throw new Error(errors.map(({ message }) => message).join())
    return ruleFile
  })
  return {
    ...NO_RULES,
    externalUrl: 'http://binnacle.test',
    evaluationIntervalMs: 15_000,
    slowestScrapeMs: SCRAPE_MS,
    ...config,
    files: read,
  }
}

function recordOf(series: string): Record<string, string> {
  return Object.fromEntries(parseSelector(series).map(({ name, value }) => [name, value]))
}

/** `Down{job="a"}`: the alert's name in the place of the metric's. */
function nameOf(labels: readonly string[]): string {
  const pairs: [string, string][] = []
  for (let i = 0; i < labels.length; i += 2) {
    pairs.push([labels[i] === 'alertname' ? '__name__' : labels[i]!, labels[i + 1]!])
  }
  return formatLabels(labelsOf(pairs))
}

const nextScrape = (nowMs: number) => slotAfter(nowMs, START_MS % SCRAPE_MS, SCRAPE_MS)

/** `1m15s`; parts of a second are left out. */
function formatMs(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${h > 0 ? `${h}h` : ''}${m > 0 ? `${m}m` : ''}${s > 0 || seconds === 0 ? `${s}s` : ''}`
}
