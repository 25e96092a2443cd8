import { createHash } from 'node:crypto'
import { formatExpr, type Labels, labelRecord, labelsOf } from '@binnacle/promql'
import { createSampleBatch } from '../metrics/intake/batch/index.ts'
import { createDepartedSeries } from '../metrics/intake/scrape/index.ts'
import type { MetricsStore } from '../metrics/store/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'
import {
  type AlertInstance,
  createAlertingRule,
  createSending,
  endAlerts,
  type ForState,
  type NoDataOptions,
  restoreFromSeries,
  restoreFromState,
} from './alert-state/index.ts'
import { type Changes, createRuleGroup, createTurns, type GroupRule, type RunningGroup } from './group/index.ts'
import { handOver } from './hand-over.ts'
import { overlaid, sortedPairs } from './labels.ts'
import { matchSaved } from './match-saved.ts'
import { noDataLabels, noDataRuleOf } from './no-data-alerts.ts'
import { type AlertSink, createOutgoing } from './outgoing.ts'
import { createSeriesOutput } from './output/index.ts'
import { createRecordingRule } from './recording/index.ts'
import type { Rule, RuleGroup } from './rule-file/index.ts'
import { createRuleMetrics } from './rule-metrics.ts'
import type { RuleQuery } from './rule-query.ts'
import type { RuleTemplates } from './rule-templates.ts'
import { type RuleGroupView, viewOfGroup } from './rule-view.ts'
import { NO_RULES, type RulesConfig } from './rules-config.ts'
import { createSavedAlerts, fromStored, placeOf } from './saved-alerts.ts'
import type { RuleStateStore, StoredAlert, StoredState } from './state-store/index.ts'
import type { TransitionRecorder } from './transition.ts'

export type RuleManagerDeps = {
  readonly store: MetricsStore
  /** How a rule asks: of metrics today. */
  readonly queryOf: (rule: Rule) => RuleQuery
  readonly templatesOf: (config: Pick<RulesConfig, 'externalLabels' | 'externalUrl'>) => RuleTemplates
  /** Identity of a label set as alerting counts it. */
  readonly fingerprintOf: (labels: Labels) => string
  /**
   * The last samples of ALERTS_FOR_STATE with these labels since `fromMs`, by the key (`keyOf`) of the series' labels
   * without the name; ended series are left out.
   */
  readonly forStates: (labels: Labels, fromMs: number, signal: AbortSignal) => Promise<ReadonlyMap<string, ForState>>
  readonly sink: AlertSink
  readonly recorder: TransitionRecorder
  readonly state: RuleStateStore
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type RuleManagerOptions = {
  readonly resendDelayMs: number
  readonly outageToleranceMs: number
  readonly gracePeriodMs: number
  readonly followSamples: boolean
  /** Where in an interval of this length scrapes are over, ms; undefined: nowhere. Asked when a group begins. */
  readonly windowEnd: (intervalMs: number) => number | undefined
}

export type RuleManager = {
  /** Reads the saved state and begins to evaluate. */
  start(signal: AbortSignal): Promise<void>
  /**
   * Makes the groups those of `config`. Groups that stay as they are go on undisturbed; changed ones and rules that moved
   * keep their alerts; alerts of rules that are gone end. May be called before the start; calls run one after the other.
   */
  apply(config: RulesConfig): Promise<void>
  /** By file and name, as Prometheus sorts them. */
  groups(): readonly RuleGroupView[]
  /** Waits for evaluations under way (their queries are given up) and until all that was found is saved. */
  stop(): Promise<void>
}

/** Rules of all groups that are evaluated at a time. */
const AT_A_TIME = 8
/** Beyond two scrapes, what is late is gone. */
const LATE_MARGIN_MS = 10_000

type Held = { readonly content: string; readonly group: RunningGroup }

export function createRuleManager(deps: RuleManagerDeps, options: RuleManagerOptions): RuleManager {
  const { store, clock, log, recorder, fingerprintOf } = deps
  const { outageToleranceMs, gracePeriodMs } = options
  const metrics = createRuleMetrics(deps.registry)
  const departed = createDepartedSeries({ store, clock, batch: createSampleBatch(64) })
  const output = createSeriesOutput(store, (batch) => departed.seen(batch))
  const turns = createTurns(clock, AT_A_TIME)
  const sending = createSending({ resendDelayMs: options.resendDelayMs })
  const outgoing = createOutgoing({ sink: deps.sink, log, metrics })
  const saved = createSavedAlerts({ store: deps.state, clock, log })
  let groups = new Map<string, Held>()
  let config: RulesConfig = NO_RULES
  let isRunning = false
  let hasState = false
  let startedAtMs = 0
  let changing: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | undefined

  function publish({ transitions, changed, messages, atMs }: Changes): void {
    // The state first: what it tells of the last transition mends a record that a crash cut off.
    saved.save(changed, atMs)
    if (transitions.length > 0) recorder.record(transitions)
    send(messages)
  }

  /** Alerts leave with the labels of the whole installation, where they have none of that name. */
  function send(messages: Changes['messages']): void {
    const toldLabels = withMore(config.externalLabels)
    outgoing.send(
      messages.map(({ alert, message }) => ({ alert, message: { ...message, labels: toldLabels(message.labels) } })),
    )
  }

  async function restore(rules: readonly GroupRule[], nowMs: number, signal: AbortSignal): Promise<void> {
    const changed: { rule: GroupRule; alert: AlertInstance }[] = []
    for (const rule of rules) {
      if (rule.state.kind !== 'alerting' || rule.state.alerts.size === 0) continue
      const { forMs } = rule.state.rule
      if (forMs < gracePeriodMs) continue
      const fixed = { ...labelRecord(rule.labels), alertname: rule.name }
      // A template is not the value that the series has.
      const labels = labelsOf(Object.entries(fixed).filter(([, value]) => !value.includes('{{')))
      const found = await deps.forStates(labels, nowMs - outageToleranceMs, signal)
      for (const alert of rule.state.alerts.values()) {
        const activeAtMs = restoreFromSeries(found.get(alert.key), { forMs, nowMs }, options)
        if (activeAtMs === undefined) continue
        alert.activeAtMs = activeAtMs
        changed.push({ rule, alert })
      }
    }
    saved.save(changed, nowMs)
  }

  function build(next: RulesConfig): Map<string, { content: string; create: () => RunningGroup }> {
    const templates = deps.templatesOf(next)
    const told = withMore(next.externalLabels)
    const built = new Map<string, { content: string; create: () => RunningGroup }>()
    for (const { file, groups: list } of next.files) {
      for (const group of list) {
        const intervalMs = group.intervalMs ?? next.evaluationIntervalMs
        const queryOffsetMs = group.queryOffsetMs ?? next.queryOffsetMs
        const noData = group.rules.map((rule) => noDataOf(rule, group, file, next))
        const content = contentOf(group, [intervalMs, queryOffsetMs, next.externalLabels, next.externalUrl, noData])
        built.set(keyOfGroup(file, group.name), {
          content,
          create: () =>
            createRuleGroup(
              { clock, log, turns, output, metrics, sending, publish, restore },
              {
                file,
                name: group.name,
                intervalMs,
                queryOffsetMs,
                limit: group.limit,
                rules: group.rules.map((rule, i) =>
                  toGroupRule(rule, group, { file, i, templates, noData: noData[i], told }),
                ),
                followSamples: options.followSamples,
                windowEnd: options.windowEnd,
                restores: !hasState,
                samplesLate: {
                  fromMs: startedAtMs,
                  toMs:
                    startedAtMs + 2 * Math.max(intervalMs, Math.min(next.slowestScrapeMs, 300_000)) + LATE_MARGIN_MS,
                },
                linkOf: (expr) => `${next.externalUrl}/graph?g0.expr=${queryEscape(expr)}&g0.tab=1`,
              },
            ),
        })
      }
    }
    return built
  }

  function toGroupRule(
    rule: Rule,
    group: RuleGroup,
    about: {
      file: string
      i: number
      templates: RuleTemplates
      noData: NoDataOptions | undefined
      told: (labels: Labels) => Labels
    },
  ): GroupRule {
    const { file, i, templates, noData, told } = about
    const name = rule.kind === 'alerting' ? rule.alert : rule.record
    const labels = mergedLabels(group, rule)
    const address = { file, group: group.name, name }
    const query = deps.queryOf(rule)
    const namesake = group.rules.slice(0, i).filter((one) => nameOf(one) === name && one.kind === rule.kind).length
    const id = createHash('sha256').update([file, group.name, rule.kind, name, namesake].join('\n')).digest('hex')
    return {
      id: id.slice(0, 16),
      address,
      name,
      expr: formatExpr(rule.ast),
      labels,
      query,
      state:
        rule.kind === 'alerting'
          ? Object.assign(
              createAlertingRule({ query, templates, fingerprintOf, toldLabels: told }, rule, {
                address,
                labels,
                noData,
              }),
              {
                kind: 'alerting' as const,
              },
            )
          : Object.assign(createRecordingRule(query, rule, labels), { kind: 'recording' as const }),
      health: 'unknown',
      lastError: '',
      lastEvaluationMs: undefined,
      durationMs: 0,
    }
  }

  async function reconcile(): Promise<void> {
    if (stopping !== undefined) return
    const built = build(config)
    const next = new Map<string, Held>()
    const fresh: RunningGroup[] = []
    for (const [key, { content, create }] of built) {
      const known = groups.get(key)
      if (known?.content === content) next.set(key, known)
      else {
        const group = create()
        fresh.push(group)
        next.set(key, { content, group })
      }
    }
    const leaving = [...groups].filter(([key, held]) => next.get(key) !== held)
    await Promise.all(leaving.map(([, { group }]) => group.stop({ atOnce: false })))
    const { gone, moved } = handOver(
      leaving.map(([key, { group }]) => ({ group: key, rules: group.options.rules })),
      fresh.map((group) => ({ group: keyOfGroup(group.options.file, group.options.name), rules: group.options.rules })),
    )
    for (const [key, { group }] of leaving) {
      if (!next.has(key)) metrics.forget(group.options.file, group.options.name)
    }
    endRules(gone, new Map(leaving.flatMap(([, { group }]) => group.options.rules.map((rule) => [rule, group]))))
    saveMoved(moved)
    groups = next
    for (const group of fresh) group.start()
  }

  /** Else the next start would find them where they were as well, in the state that they had there. */
  function saveMoved(moved: readonly { readonly from: GroupRule; readonly to: GroupRule }[]): void {
    const changed: { rule: GroupRule; alert: AlertInstance }[] = []
    for (const { from, to } of moved) {
      if (from.state.kind !== 'alerting') continue
      const alerts = [...from.state.alerts.values()]
      saved.leave(alerts.map((alert) => placeOf(from, alert)))
      for (const alert of alerts) changed.push({ rule: to, alert })
    }
    if (changed.length > 0) saved.save(changed, clock.now())
  }

  /** Their alerts end, and their series, unless another rule goes on with them. */
  function endRules(rules: readonly GroupRule[], groupOf: ReadonlyMap<GroupRule, RunningGroup>): void {
    const atMs = clock.now()
    for (const rule of rules) {
      const { intervalMs } = groupOf.get(rule)!.options
      const refs: number[] = []
      for (const series of rule.state.series) if (series.epoch === store.epoch) refs.push(series.ref)
      departed.add(Uint32Array.from(refs), Math.floor(atMs), 2 * intervalMs)
      if (rule.state.kind !== 'alerting') continue
      const { transitions, changed } = rule.state.endAll(atMs)
      const generatorUrl = groupOf.get(rule)!.options.linkOf(rule.expr)
      publish({
        transitions,
        changed: changed.map((alert) => ({ rule, alert })),
        messages: sending.due(changed.filter(wasTold), { atMs, intervalMs, generatorUrl }),
        atMs,
      })
    }
  }

  function adoptSaved({ alerts, evaluatedAtMs }: StoredState): void {
    const nowMs = clock.now()
    const all = [...groups.values()].flatMap(({ group }) => group.options.rules.map((rule) => ({ rule, group })))
    const { taken, orphans, leaving } = matchSaved(
      alerts,
      all.map(({ rule }) => rule),
    )
    saved.leave(leaving)
    for (const { rule, group } of all) {
      const ofRule = taken.get(rule)
      if (ofRule === undefined || rule.state.kind !== 'alerting') continue
      const { intervalMs } = group.options
      // Their fingerprints follow when the rule takes them over.
      const instances = ofRule.map(({ stored }) => fromStored(stored, ''))
      restoreFromState(instances, { evaluatedAtMs: evaluatedAtMs ?? nowMs, nowMs, intervalMs }, options)
      rule.state.adopt(instances)
      const moved = instances.filter((_, i) => ofRule[i]!.isElsewhere).map((alert) => ({ rule, alert }))
      if (moved.length > 0) saved.save(moved, evaluatedAtMs ?? nowMs)
    }
    // A crash may have kept the last ones from being recorded; those that are there already are left out.
    const last = alerts.flatMap(({ lastTransition }) => lastTransition ?? [])
    if (last.length > 0) recorder.record(last)
    endOrphans(orphans, nowMs)
  }

  /** Alerts whose rule went while Binnacle was not running. */
  function endOrphans(orphans: readonly StoredAlert[], nowMs: number): void {
    const ended: StoredAlert[] = []
    const toldLabels = withMore(config.externalLabels)
    for (const stored of orphans) {
      if (stored.resolvedAtMs !== undefined) continue
      const alert = fromStored(stored, fingerprintOf(toldLabels(stored.labels)))
      const { file, group, name } = stored.rule
      const told = wasTold(alert)
      const { transitions } = endAlerts([alert], { rule: { file, group, name }, toldLabels }, nowMs)
      recorder.record(transitions)
      const { state, resolvedAtMs, resolvedReason, lastTransition } = alert
      ended.push({ ...stored, state, resolvedAtMs, resolvedReason, lastTransition })
      const at = { atMs: nowMs, intervalMs: config.evaluationIntervalMs, generatorUrl: config.externalUrl }
      if (told) send(sending.due([alert], at))
    }
    saved.saveStored(ended, nowMs)
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    const next = changing.then(work)
    changing = next.catch(() => {})
    return next
  }

  return {
    start: (signal) =>
      inTurn(async () => {
        if (isRunning || stopping !== undefined) return
        const state = await deps.state.load()
        signal.throwIfAborted()
        hasState = state.evaluatedAtMs !== undefined
        startedAtMs = clock.now()
        isRunning = true
        const built = build(config)
        for (const [key, { content, create }] of built) groups.set(key, { content, group: create() })
        adoptSaved(state)
        // From now on there is a state: groups that come by a reload restore nothing.
        hasState = true
        for (const { group } of groups.values()) group.start()
      }),
    apply: (next) =>
      inTurn(async () => {
        config = next
        if (isRunning) await reconcile()
      }),
    groups: () =>
      [...groups.values()]
        .map(({ group }) => viewOfGroup(group, annotationsOf))
        .sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name)),
    stop() {
      stopping ??= (async () => {
        await changing
        await Promise.all([...groups.values()].map(({ group }) => group.stop({ atOnce: true })))
        departed.stop()
        await Promise.all([outgoing.drained(), saved.drained()])
      })()
      return stopping
    },
  }
}

/** Whether somebody was told of the alert: what was only pending ends in silence. */
function wasTold({ firedAtMs }: AlertInstance): boolean {
  return firedAtMs !== undefined
}

function keyOfGroup(file: string, group: string): string {
  return `${file};${group}`
}

function nameOf(rule: Rule): string {
  return rule.kind === 'alerting' ? rule.alert : rule.record
}

function mergedLabels(group: RuleGroup, rule: Rule): Labels {
  const own = rule.kind === 'alerting' ? rule.labels : labelRecord(rule.labels)
  return sortedPairs({ ...labelRecord(group.labels), ...own })
}

function annotationsOf({ state }: GroupRule): Labels {
  return state.kind === 'alerting' ? sortedPairs(state.rule.annotations) : []
}

/** Equal for groups that do the same. */
function contentOf(group: RuleGroup, more: readonly unknown[]): string {
  const rules = group.rules.map((rule) => [
    rule.kind,
    nameOf(rule),
    rule.expr,
    mergedLabels(group, rule),
    ...(rule.kind === 'alerting' ? [rule.forMs, rule.keepFiringForMs, sortedPairs(rule.annotations)] : []),
  ])
  return JSON.stringify([group.limit, rules, ...more])
}

function noDataOf(rule: Rule, group: RuleGroup, file: string, { noData }: RulesConfig): NoDataOptions | undefined {
  const found = rule.kind === 'alerting' ? noDataRuleOf(rule, group, { file, noData }) : undefined
  return found && { forMs: found.forMs, labels: noDataLabels(found) }
}

/** Adds labels where there are none of these names. */
function withMore(more: Labels): (labels: Labels) => Labels {
  return more.length === 0 ? (labels) => labels : (labels) => overlaid(more, labels)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** As Go's `url.QueryEscape`. */
function queryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}
