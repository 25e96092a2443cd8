import { isStaleAt, type Labels, type Matcher, type PromqlFeature, parseExpr } from '@binnacle/promql'
import { type ExternalAlertmanagers, fingerprintOf, type RunningAlerting } from '../alerting/index.ts'
import type { Settings } from '../config/settings/index.ts'
import type { PreparedQueries, SeriesReader } from '../metrics/query/index.ts'
import type { MetricsStore } from '../metrics/store/index.ts'
import {
  createGoTemplates,
  createRuleManager,
  createSqlRuleStateStore,
  keyOf,
  type RuleManager,
} from '../rules/index.ts'
import type { State } from '../state/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'

export type RulesPartDeps = {
  readonly store: MetricsStore
  readonly queries: PreparedQueries
  readonly series: SeriesReader
  readonly state: State
  readonly alerting: Pick<RunningAlerting, 'receive' | 'recorder'>
  readonly external: ExternalAlertmanagers
  /** Where in an interval scrapes are over (`ScrapePlaces`). */
  readonly windowEnd: (intervalMs: number) => number | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

/**
 * Rules over metrics. Their alerts, as `alert_relabel_configs` leaves them, go to the Alertmanagers that prometheus.yml names
 * and to the built-in alerting. To be made before `state` is started.
 */
export function createRules(deps: RulesPartDeps, { rules, query }: Pick<Settings, 'rules' | 'query'>): RuleManager {
  const { queries, series, alerting, external, clock, log, registry } = deps
  const features = new Set<PromqlFeature>(query.enable_features)
  const never = new AbortController().signal

  return createRuleManager(
    {
      store: deps.store,
      queryOf: ({ expr, ast }) => queries.prepare(expr, ast),
      templatesOf: (about) =>
        createGoTemplates(
          {
            // A rule's template asks the same at each evaluation; parsing it each time is the least of it.
            query: (text, timeMs) => queries.prepare(text, parseExpr(text, { features })).evaluate(timeMs, never),
            log,
          },
          about,
        ),
      fingerprintOf,
      forStates: (labels, fromMs, signal) => lastForStates({ series, labels, fromMs, toMs: clock.now() }, signal),
      sink: (alerts) => {
        const relabelled = external.relabelled(alerts)
        external.send(relabelled)
        return alerting.receive(relabelled, { from: 'rules' })
      },
      recorder: alerting.recorder,
      state: createSqlRuleStateStore(deps.state),
      clock,
      log,
      registry,
    },
    {
      resendDelayMs: rules.resend_delay,
      outageToleranceMs: rules.for_outage_tolerance,
      gracePeriodMs: rules.for_grace_period,
      followSamples: rules.follow_samples,
      windowEnd: deps.windowEnd,
    },
  )
}

type ForStatesQuery = {
  readonly series: SeriesReader
  readonly labels: Labels
  readonly fromMs: number
  readonly toMs: number
}

/** The last sample of each series of ALERTS_FOR_STATE with these labels that has not ended, by its labels. */
async function lastForStates({ series, labels, fromMs, toMs }: ForStatesQuery, signal: AbortSignal) {
  const matchers: Matcher[] = [{ name: '__name__', op: '=', value: 'ALERTS_FOR_STATE' }]
  for (let i = 0; i < labels.length; i += 2) matchers.push({ name: labels[i]!, op: '=', value: labels[i + 1]! })
  const found = new Map<string, { writtenAtMs: number; activeAtMs: number }>()
  const query = { matcherSets: [matchers], fromMs, toMs, order: 'labels' as const }
  for await (const { count, labels: sets, starts, ts, values } of series.read(query, signal)) {
    for (let i = 0; i < count; i++) {
      const last = starts[i + 1]! - 1
      if (last < starts[i]! || isStaleAt(values, last)) continue
      const key = keyOf(withoutName(sets[i]!))
      found.set(key, { writtenAtMs: ts[last]!, activeAtMs: values[last]! * 1000 })
    }
  }
  return found
}

function withoutName(labels: Labels): string[] {
  const out: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (labels[i] !== '__name__') out.push(labels[i]!, labels[i + 1]!)
  return out
}
