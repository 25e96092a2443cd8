import { messageOf } from '../../config/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import type { AlertInstance, AlertsOutcome, Sending } from '../alert-state/index.ts'
import type { IncomingAlert } from '../incoming-alert.ts'
import type { SeriesOutput } from '../output/index.ts'
import type { GroupMetrics, RuleMetrics } from '../rule-metrics.ts'
import type { Transition } from '../transition.ts'
import { type Arrivals, createArrivals, HARDLY_A_WAIT, marginOf } from './arrivals.ts'
import { dependenciesOf } from './dependencies.ts'
import type { GroupRule } from './group-rule.ts'
import { modulo, phaseOf, slotAfter } from './slots.ts'
import type { Turns } from './turns.ts'

export type RuleGroupDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly turns: Turns
  readonly output: SeriesOutput
  readonly metrics: RuleMetrics
  readonly sending: Sending
  /** Takes what an evaluation has changed, at its end at the latest, also when that is nothing; never throws. */
  readonly publish: (changes: Changes) => void
  /** After the second evaluation of a group whose alerts have to be restored from their series. */
  readonly restore: (rules: readonly GroupRule[], nowMs: number, signal: AbortSignal) => Promise<void>
}

export type Changes = {
  readonly transitions: readonly Transition[]
  readonly changed: readonly { readonly rule: GroupRule; readonly alert: AlertInstance }[]
  readonly messages: readonly { readonly alert: AlertInstance; readonly message: IncomingAlert }[]
  /** Of the evaluation, Unix ms. */
  readonly atMs: number
}

export type RuleGroupOptions = {
  readonly file: string
  readonly name: string
  readonly intervalMs: number
  readonly queryOffsetMs: number
  readonly limit: number
  readonly rules: readonly GroupRule[]
  /** Evaluates right behind the samples that it reads, rather than at a place that only its name decides. */
  readonly followSamples: boolean
  /** Where in an interval of this length scrapes are over, ms, which is a good place to begin with; undefined: nowhere. */
  readonly windowEnd: (intervalMs: number) => number | undefined
  /** Its alerts have to be restored from their series: until then it writes none. */
  readonly restores: boolean
  /** From the start of Binnacle until then, Unix ms, missing samples may only be late. */
  readonly samplesLate: { readonly fromMs: number; readonly toMs: number }
  /** Link to an expression's graph. */
  readonly linkOf: (expr: string) => string
}

export type RunningGroup = {
  readonly options: RuleGroupOptions
  /** Unix ms. */
  readonly lastEvaluationMs: number | undefined
  readonly durationMs: number
  readonly missed: number
  /** The next evaluation, Unix ms. */
  readonly nextMs: number
  start(): void
  /** Waits for the evaluation under way; with `atOnce` its queries are given up. */
  stop(options: { readonly atOnce: boolean }): Promise<void>
}

/** Messages and changes of state are handed over after so long at the latest, while a long evaluation goes on. */
const PUBLISH_AFTER_MS = 20
const PUBLISHED_AT_ONCE = 500
/** Between two looks at when samples come. */
const LOOK_EVERY_MS = 60_000
/** Samples that are due are waited for at most so long, and no more than a third of the interval. */
const MAX_WAIT_MS = 5_000
const WAIT_STEP_MS = 20

export function createRuleGroup(deps: RuleGroupDeps, options: RuleGroupOptions): RunningGroup {
  const { clock, turns, output, metrics, sending } = deps
  const { file, name, intervalMs, queryOffsetMs, limit, rules, followSamples } = options
  const log = deps.log.child({ file, group: name })
  const own = new AbortController()
  const stopping = new AbortController()
  const dependencies = dependenciesOf(rules.map(({ state }) => state.rule))
  const arrivals: Arrivals = createArrivals(intervalMs)
  const links = new Map(rules.map((rule) => [rule, options.linkOf(rule.expr)]))
  const counts: GroupMetrics = metrics.of(file, name)
  let phase = firstPhase()
  let restores = options.restores
  let evaluations = 0
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined
  const firstMs = slotAfter(clock.now(), phase, intervalMs)
  const group = { lastEvaluationMs: undefined as number | undefined, durationMs: 0, missed: 0, nextMs: firstMs }
  counts.interval.set(intervalMs / 1000)
  counts.rules.set(rules.length)

  /** Ahead of the first look. */
  function firstPhase(): number {
    const endMs = followSamples ? options.windowEnd(intervalMs) : undefined
    if (endMs === undefined) return phaseOf(file, name, intervalMs)
    return modulo(endMs + marginOf(intervalMs) + queryOffsetMs, intervalMs)
  }

  async function run(): Promise<void> {
    phase = firstPhase()
    let slotMs = slotAfter(clock.now(), phase, intervalMs)
    while (!stopping.signal.aborted) {
      group.nextMs = slotMs
      if (!(await sleepUntil(slotMs))) return
      if (followSamples) await waitForSamples(slotMs)
      if (stopping.signal.aborted) return
      await iterate(slotMs)
      slotMs = nextSlot(slotMs)
      await look()
    }
  }

  function nextSlot(slotMs: number): number {
    if (followSamples) {
      arrivals.follow(slotMs - queryOffsetMs)
      const better = modulo(arrivals.phase(modulo(phase - queryOffsetMs, intervalMs)) + queryOffsetMs, intervalMs)
      if (better !== phase) log.debug({ phaseMs: better }, 'the group moved in its interval')
      phase = better
    }
    const now = clock.now()
    // The clock was set back: begin anew.
    if (slotMs > now + intervalMs) return slotAfter(now, phase, intervalMs)
    let next = slotAfter(slotMs, phase, intervalMs)
    // A group that moves does so without two evaluations close to each other.
    if (next - slotMs < intervalMs / 2) next += intervalMs
    while (next + intervalMs <= now) {
      group.missed++
      counts.missed.inc()
      counts.scheduled.inc()
      next += intervalMs
    }
    return next
  }

  /** False when the group was stopped meanwhile. */
  async function sleepUntil(timeMs: number): Promise<boolean> {
    for (let left = timeMs - clock.now(); left > 0; left = timeMs - clock.now()) {
      // A clock that was set back must not make the group sleep for long.
      if (left > 2 * intervalMs) return !stopping.signal.aborted
      try {
        await clock.sleep(Math.ceil(left), stopping.signal)
      } catch {
        return false
      }
    }
    return !stopping.signal.aborted
  }

  async function waitForSamples(slotMs: number): Promise<void> {
    const readMs = slotMs - queryOffsetMs
    const begin = clock.monotonic()
    for (let missing = arrivals.missing(readMs); missing > 0; missing = arrivals.missing(readMs)) {
      // All wait for what is missing: for a little of it, a little.
      const most = Math.min(MAX_WAIT_MS, intervalMs / 3, intervalMs * Math.max(HARDLY_A_WAIT, missing))
      if (clock.monotonic() - begin >= most) break
      if (!(await sleepUntil(clock.now() + WAIT_STEP_MS))) return
    }
    arrivals.begin(readMs)
    metrics.waited((clock.monotonic() - begin) / 1000)
  }

  async function iterate(slotMs: number): Promise<void> {
    counts.scheduled.inc()
    const begin = clock.monotonic()
    const beganMs = clock.now()
    await evaluate(slotMs)
    if (own.signal.aborted) return
    group.durationMs = clock.monotonic() - begin
    group.lastEvaluationMs = beganMs
    counts.lastEvaluation.set(beganMs / 1000)
    counts.lastDuration.set(group.durationMs / 1000)
    counts.lastRuleSum.set(rules.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000)
    metrics.groupSeconds(group.durationMs / 1000)
    evaluations++
    // The first evaluation may have found little: what was scraped before the start is no more, and other rules' series neither.
    if (restores && evaluations === 2) await restoreAlerts()
  }

  async function look(): Promise<void> {
    if (!followSamples || own.signal.aborted) return
    if (evaluations > 3 && clock.monotonic() - lookedAtMs < LOOK_EVERY_MS) return
    lookedAtMs = clock.monotonic()
    // What the group makes itself comes by its evaluation: there is no waiting for that.
    const made = new Set<number>()
    for (const { state } of rules) for (const { ref, epoch } of state.series) if (epoch >= 0) made.add(ref)
    const isOurs = (ref: number) => made.has(ref)
    await arrivals.look(
      rules.map(
        ({ query }) =>
          () =>
            query.arrivals(isOurs),
      ),
      turns.pause,
    )
  }

  async function restoreAlerts(): Promise<void> {
    const begin = clock.monotonic()
    try {
      await deps.restore(rules, clock.now(), own.signal)
    } catch (error) {
      // There is no second try: alerts are pending since they were first seen after the start.
      log.error({ error }, 'what alerts were pending since could not be restored')
    }
    counts.lastRestore.set((clock.monotonic() - begin) / 1000)
    restores = false
  }

  async function evaluate(slotMs: number): Promise<void> {
    const done: Promise<void>[] = []
    let samples = 0
    let pending = nothing()
    let publishedMs = clock.monotonic()

    function nothing() {
      return {
        transitions: [] as Transition[],
        changed: [] as { rule: GroupRule; alert: AlertInstance }[],
        messages: [] as { alert: AlertInstance; message: IncomingAlert }[],
      }
    }
    /** In pieces, so that ten thousand alerts at once do not hold up everybody else. */
    async function publish(): Promise<void> {
      const { transitions, changed, messages } = pending
      pending = nothing()
      publishedMs = clock.monotonic()
      const most = Math.max(transitions.length, changed.length, messages.length)
      for (let from = 0; from === 0 || from < most; from += PUBLISHED_AT_ONCE) {
        if (from > 0) await turns.pause()
        const piece = <T>(all: readonly T[]) => all.slice(from, from + PUBLISHED_AT_ONCE)
        deps.publish({
          transitions: piece(transitions),
          changed: piece(changed),
          messages: piece(messages),
          atMs: slotMs,
        })
      }
    }
    async function take(rule: GroupRule, { transitions, changed, isGood }: AlertsOutcome): Promise<void> {
      for (const one of transitions) {
        metrics.transitions(one.from, one.to)
        pending.transitions.push(one)
      }
      for (const alert of changed) pending.changed.push({ rule, alert })
      if (rule.state.kind === 'alerting' && isGood && rule.state.alerts.size > 0) {
        const at = { atMs: slotMs, intervalMs, generatorUrl: links.get(rule)! }
        for (const one of sending.due(rule.state.alerts.values(), at)) pending.messages.push(one)
      }
      if (clock.monotonic() - publishedMs >= PUBLISH_AFTER_MS) await publish()
    }

    for (const [i, rule] of rules.entries()) {
      const before = dependencies[i]!
      done.push(
        (async () => {
          for (const k of before) await done[k]
          if (own.signal.aborted) return
          samples += await turns.take(() => evaluateRule(rule, slotMs, take))
        })(),
      )
    }
    await Promise.all(done)
    await publish()
    counts.samples.set(samples)
  }

  /** Returns how many samples it made. Never throws. */
  async function evaluateRule(
    rule: GroupRule,
    slotMs: number,
    take: (rule: GroupRule, outcome: AlertsOutcome) => Promise<void>,
  ): Promise<number> {
    const begin = clock.monotonic()
    const beganMs = clock.now()
    const queryMs = slotMs - queryOffsetMs
    const { signal } = own
    counts.evaluations.inc()
    let samples = 0
    let error: unknown
    try {
      if (rule.state.kind === 'recording') {
        const outcome = await rule.state.evaluate({ queryMs, limit, signal }, output)
        samples = outcome.samples
        error = outcome.error
      } else {
        const { fromMs, toMs } = options.samplesLate
        const lateSinceMs = beganMs < toMs ? fromMs : undefined
        const outcome = await rule.state.evaluate(
          { atMs: slotMs, queryMs, limit, writesSeries: !restores, lateSinceMs, signal, pause: turns.pause },
          output,
        )
        samples = outcome.samples
        error = outcome.error
        await take(rule, outcome)
      }
    } catch (thrown) {
      if (signal.aborted) return 0
      error = thrown
    }
    rule.durationMs = clock.monotonic() - begin
    rule.lastEvaluationMs = beganMs
    rule.health = error === undefined ? 'ok' : 'err'
    rule.lastError = error === undefined ? '' : messageOf(error)
    metrics.ruleSeconds(rule.durationMs / 1000)
    if (error !== undefined) {
      counts.failures.inc()
      log.warn({ rule: rule.name, error: rule.lastError }, 'a rule failed')
    }
    return samples
  }

  return {
    options,
    get lastEvaluationMs() {
      return group.lastEvaluationMs
    },
    get durationMs() {
      return group.durationMs
    },
    get missed() {
      return group.missed
    },
    get nextMs() {
      return group.nextMs
    },
    start() {
      running ??= run().catch((error: unknown) => log.error({ error }, 'a rule group ended'))
    },
    async stop({ atOnce }) {
      stopping.abort(new Error('the rule group was stopped'))
      if (atOnce) own.abort(stopping.signal.reason)
      await running
    },
  }
}
