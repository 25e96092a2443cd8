import type { Labels } from '@binnacle/promql'
import { overlaid, sortedPairs } from '../labels.ts'
import type { OutputSeries, Refusal, SeriesOutput } from '../output/index.ts'
import type { AlertingRule } from '../rule-file/index.ts'
import type { RuleInputs, RuleQuery } from '../rule-query.ts'
import type { RuleTemplates } from '../rule-templates.ts'
import type { ResolvedReason, Transition } from '../transition.ts'
import { type AlertInstance, isActive, keyOf, newAlert } from './alert-instance.ts'
import { createAlertSeries } from './alert-series.ts'
import { createDerivedAlerts, type DerivedAlert } from './derived-alerts.ts'
import type { RuleAddress } from './rule-address.ts'
import { endingAlerts, type Step, type StepOptions, stepAlerts } from './step.ts'
import { toTransition } from './to-transition.ts'

export type AlertingRuleDeps = {
  readonly query: RuleQuery
  readonly templates: RuleTemplates
  /** Identity of a label set as alerting counts it. */
  readonly fingerprintOf: (labels: Labels) => string
  /** What others are told: with the labels of the whole installation. */
  readonly toldLabels: (labels: Labels) => Labels
}

/** How transitions of a rule are told. */
export type Teller = { readonly rule: RuleAddress; readonly toldLabels: (labels: Labels) => Labels }

/** Asks that missing data is an alert of its own: `rules.no_data`. */
export type NoDataOptions = {
  readonly forMs: number
  /** Set on the alert beside the rule's own labels. */
  readonly labels: Labels
}

export type EvaluateAlerts = {
  /** Of the evaluation, Unix ms. */
  readonly atMs: number
  /** What the expression is evaluated at: `atMs` less the query offset. Samples are of this time. */
  readonly queryMs: number
  readonly limit: number
  /** Not before the time an alert is pending has been restored. */
  readonly writesSeries: boolean
  /**
   * When Binnacle was started, Unix ms, so soon after it that missing samples may only be late and that those from before
   * may be older than what was evaluated (the last ones before a crash are lost): alerts of before wait for newer ones.
   * Undefined later.
   */
  readonly lateSinceMs: number | undefined
  readonly signal: AbortSignal
  /** Lets the event loop run when it has waited for some ms. */
  readonly pause: () => Promise<void>
}

/** Elements between two looks at whether others have to run. */
const PAUSE_EVERY = 256

export type AlertsOutcome = {
  /** Samples that were made. */
  readonly samples: number
  readonly transitions: readonly Transition[]
  /** Alerts of which something has changed that a restart must know. */
  readonly changed: readonly AlertInstance[]
  /** What the rule has to be blamed for although its alerts moved on. */
  readonly error: Error | undefined
  /** Its alerts may be sent: they are not more than the limit. */
  readonly isGood: boolean
}

/** An alerting rule with its alerts. */
export type AlertingRuleState = {
  readonly rule: AlertingRule
  /** By key; those that have ended stay for a while. */
  readonly alerts: Map<string, AlertInstance>
  /** Series of the last evaluation, which go stale when they are not made again. */
  series: Set<OutputSeries>
  /** Evaluates once. Throws what the query throws, and for alerts of the same labels: nothing has changed then. */
  evaluate(run: EvaluateAlerts, output: SeriesOutput): Promise<AlertsOutcome>
  /** The rule is gone: its alerts end. */
  endAll(atMs: number): AlertsOutcome
  /** Takes alerts over that were saved, or that a former version of the rule had. */
  adopt(alerts: Iterable<AlertInstance>): void
}

/** `labels` are those of the group and the rule. */
export function createAlertingRule(
  { query, templates, fingerprintOf, toldLabels }: AlertingRuleDeps,
  rule: AlertingRule,
  { address, labels, noData }: { address: RuleAddress; labels: Labels; noData: NoDataOptions | undefined },
): AlertingRuleState {
  const { alert: alertname, forMs, keepFiringForMs } = rule
  const prepared = (pairs: Labels) => {
    const out: (readonly [string, ReturnType<RuleTemplates['prepare']>])[] = []
    for (let i = 0; i < pairs.length; i += 2) out.push([pairs[i]!, templates.prepare(alertname, pairs[i + 1]!)])
    return out
  }
  const derived = createDerivedAlerts((own) => fingerprintOf(toldLabels(own)), {
    alertname,
    labels: prepared(labels),
    annotations: prepared(sortedPairs(rule.annotations)),
  })
  const alertSeries = createAlertSeries(alertname, labels)
  const alerts = new Map<string, AlertInstance>()
  const missing = noData && noDataAlert(rule, noData, derived.fixed, (own) => fingerprintOf(toldLabels(own)))
  const teller: Teller = { rule: address, toldLabels }
  let evaluation = 0

  async function elementsAt({
    atMs,
    queryMs,
    signal,
    pause,
  }: EvaluateAlerts): Promise<Map<string, DerivedAlert & { value: number }>> {
    const vector = await query.evaluate(queryMs, signal)
    const found = new Map<string, DerivedAlert & { value: number }>()
    for (let i = 0; i < vector.labels.length; i++) {
      if (i % PAUSE_EVERY === PAUSE_EVERY - 1) await pause()
      const histogram = vector.histograms?.[i]
      const value = histogram === undefined ? vector.values[i]! : 0
      const made = derived.of({ labels: vector.labels[i]!, value, histogram, timeMs: atMs })
      const one = made instanceof Promise ? await made : made
      if (found.has(one.key)) {
        throw new Error('vector contains metrics with the same labelset after applying alert labels')
      }
      one.value = value
      found.set(one.key, one)
    }
    derived.forgetUnused()
    return found
  }

  function see(one: Omit<DerivedAlert, 'value'> & { readonly value: number }, atMs: number, isNoData: boolean): void {
    let alert = alerts.get(one.key)
    if (alert === undefined || alert.state === 'inactive') {
      // Put at the end: alerts stand in the order in which they became active.
      alerts.delete(one.key)
      alert = newAlert({ ...one, atMs, isNoData })
      alerts.set(one.key, alert)
    }
    alert.value = one.value
    alert.annotations = one.annotations
    alert.isRestored = false
    alert.seen = evaluation
  }

  /** Annotations that tell the reason are made once more. */
  async function tellReasons(steps: readonly Step[], timeMs: number): Promise<void> {
    for (const { alert } of steps) {
      if (alert.resolvedReason === undefined || alert.isNoData) continue
      const { source, value, resolvedReason } = alert
      const again = derived.withReason({ labels: source, value, timeMs, resolvedReason })
      if (again !== undefined) alert.annotations = await again
    }
  }

  /** In pieces: between two of them nothing waits in the output, which is shared. */
  async function write(
    active: readonly AlertInstance[],
    { queryMs, pause }: EvaluateAlerts,
    output: SeriesOutput,
  ): Promise<{ samples: number; error: Error | undefined }> {
    const made = new Set<OutputSeries>()
    let refusal: Refusal
    for (let from = 0; from < active.length; from += PAUSE_EVERY) {
      if (from > 0) await pause()
      for (const alert of active.slice(from, from + PAUSE_EVERY)) {
        if (alert.isRestored) continue
        const state = alertSeries.state(alert)
        const since = alertSeries.since(alert)
        output.add(state, queryMs, 1)
        output.add(since, queryMs, Math.floor(alert.activeAtMs / 1000))
        made.add(state).add(since)
      }
      refusal = output.flush() ?? refusal
    }
    for (const series of state.series) if (!made.has(series)) output.end(series, queryMs)
    state.series = made
    refusal = output.flush() ?? refusal
    return { samples: made.size, error: refusal && new Error(refusal.message) }
  }

  const state: AlertingRuleState = {
    rule,
    alerts,
    series: new Set(),
    async evaluate(run, output) {
      const { atMs, queryMs, limit, writesSeries, lateSinceMs, signal } = run
      const at = { timeMs: queryMs, freshFromMs: (lateSinceMs ?? Number.NEGATIVE_INFINITY) - (atMs - queryMs) }
      evaluation++
      const elements = await elementsAt(run)
      const options: StepOptions = {
        atMs,
        evaluation,
        forMs,
        noDataForMs: noData?.forMs ?? 0,
        keepFiringForMs,
        limit,
      }
      const found = [...elements.values()]
      // Such an alert may have ended by a sample that a crash has lost: the one from before does not begin it anew.
      const mayHaveEnded = ({ key }: DerivedAlert) => {
        const known = lateSinceMs === undefined ? undefined : alerts.get(key)
        return known?.isRestored === true && known.state === 'inactive'
      }
      // Asked when it is needed, and once; before anything changes, since it may fail.
      let inputs: RuleInputs | undefined
      if ((missing !== undefined && found.length === 0) || found.some(mayHaveEnded)) {
        inputs = await query.inputs(at, signal)
      }
      for (const one of found) if (!mayHaveEnded(one) || inputs?.isFresh(one.source)) see(one, atMs, false)
      if (missing !== undefined && inputs?.any === false && lateSinceMs === undefined) see(missing, atMs, true)
      if (endingAlerts(alerts, options).some((alert) => !alert.isNoData)) {
        inputs ??= await query.inputs(at, signal).catch(() => undefined)
      }
      const reasonOf = (alert: AlertInstance): ResolvedReason | undefined => {
        if (alert.isNoData) {
          if (missing === undefined) return 'rule'
          // Seen no more, and yet there is nothing: only so soon after a start.
          return inputs?.any === false ? undefined : 'data'
        }
        if (inputs === undefined) return 'value'
        if (alert.isRestored && lateSinceMs !== undefined && !inputs.isFresh(alert.source)) return undefined
        return inputs.has(alert.source) ? 'value' : 'vanished'
      }
      const result = stepAlerts(alerts, options, reasonOf)
      const { steps, active, overLimit } = result
      await tellReasons(steps, atMs)
      if (overLimit !== undefined) {
        const error = new Error(`exceeded limit of ${limit} with ${overLimit} alerts`)
        return { ...(await toOutcome(result, teller, run, { samples: 0, error })), isGood: false }
      }
      if (!writesSeries) return toOutcome(result, teller, run, { samples: 0, error: undefined })
      return toOutcome(result, teller, run, await write(active, run, output))
    },
    endAll: (atMs) => endAlerts(alerts.values(), teller, atMs),
    adopt(others) {
      for (const alert of others) {
        alerts.set(alert.key, alert)
        alert.fingerprint = fingerprintOf(toldLabels(alert.labels))
        // Their series end where they are not made again.
        if (isActive(alert)) state.series.add(alertSeries.state(alert)).add(alertSeries.since(alert))
      }
    },
  }
  return state
}

/** What became of alerts, told and remembered; in pieces where there are many. */
async function toOutcome(
  result: { readonly steps: readonly Step[]; readonly touched: readonly AlertInstance[] },
  teller: Teller,
  { atMs, pause }: Pick<EvaluateAlerts, 'atMs' | 'pause'>,
  made: { readonly samples: number; readonly error: Error | undefined },
): Promise<AlertsOutcome> {
  const transitions: Transition[] = []
  for (const [i, step] of result.steps.entries()) {
    if (i % PAUSE_EVERY === PAUSE_EVERY - 1) await pause()
    transitions.push(tell(step, teller, atMs))
  }
  const changed = [...result.steps.map(({ alert }) => alert), ...result.touched]
  return { ...made, transitions, changed, isGood: true }
}

function tell(step: Step, teller: Teller, atMs: number): Transition {
  const transition = toTransition(step, teller, atMs)
  step.alert.lastTransition = transition
  return transition
}

/** Ends the alerts of a rule that is gone. */
export function endAlerts(alerts: Iterable<AlertInstance>, teller: Teller, atMs: number): AlertsOutcome {
  const steps: Step[] = []
  for (const alert of alerts) {
    if (!isActive(alert)) continue
    steps.push({ alert, before: alert.state, gone: true })
    alert.state = 'inactive'
    alert.resolvedAtMs = atMs
    alert.resolvedReason = 'rule'
  }
  return {
    samples: 0,
    transitions: steps.map((step) => tell(step, teller, atMs)),
    changed: steps.map(({ alert }) => alert),
    error: undefined,
    isGood: true,
  }
}

/** The alert that a rule raises when nothing that it reads has samples. */
function noDataAlert(
  { alert: alertname, expr }: AlertingRule,
  { labels: own }: NoDataOptions,
  fixed: { readonly labels: Labels; readonly annotations: Labels },
  fingerprintOf: (labels: Labels) => string,
): DerivedAlert {
  const labels = overlaid(overlaid(fixed.labels, own), ['alertname', alertname])
  const annotations = overlaid(fixed.annotations, [
    'description',
    `Nothing that the rule ${alertname} reads has samples, so it can neither fire nor be well: ${expr}`,
    'summary',
    `No data for ${alertname}`,
  ])
  return {
    key: keyOf(labels),
    fingerprint: fingerprintOf(labels),
    labels,
    source: [],
    annotations,
    value: Number.NaN,
  }
}
