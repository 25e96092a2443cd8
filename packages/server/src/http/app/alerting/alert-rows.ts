import { type Labels, labelValue } from '@binnacle/promql'
import { type Alerting, fingerprintOf, type Matcher, matchesAll } from '../../../alerting/index.ts'
import { type Pacer, sortInSlices } from '../../../telemetry/index.ts'
import type { RulesPart } from '../../parts.ts'
import { createFindSent } from './find-sent.ts'
import type { IndexedRule, RuleIndex } from './rule-index.ts'
import { rankOfSeverity } from './severity.ts'

/** In this order lists count and name them. `firing` and `nodata` call for somebody. */
export const STANDINGS = ['firing', 'nodata', 'acknowledged', 'pending', 'silenced', 'inhibited', 'muted'] as const
export type Standing = (typeof STANDINGS)[number]

/** An alert of the list: of the alerting part, or one that a rule has and that part has not. */
export type AlertRow = {
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly standing: Standing
  readonly severity: string
  readonly startsAtMs: number
  readonly value: number | undefined
  readonly generatorUrl: string
  readonly receivers: readonly string[]
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly string[]
  readonly mutedBy: readonly string[]
  readonly acknowledged: { readonly by: string; readonly atMs: number; readonly comment: string } | undefined
  readonly rule: IndexedRule | undefined
}

const WEIGHTS: Readonly<Record<Standing, number>> = {
  firing: 0,
  nodata: 0,
  acknowledged: 1,
  pending: 2,
  silenced: 3,
  inhibited: 3,
  muted: 3,
}

const NONE: readonly string[] = []

export type RowsDeps = {
  readonly alerting: Alerting
  readonly rules: RulesPart | undefined
  readonly index: RuleIndex
  readonly pace: Pacer
}

/** All alerts, those that call for somebody first, then by severity, then the newest. */
export async function readAlertRows({ alerting, rules, index, pace }: RowsDeps): Promise<readonly AlertRow[]> {
  const rows: AlertRow[] = []
  const sentBy = new Map<string, AlertRow[]>()
  for (const view of await alerting.alerts({})) {
    await pace()
    const rule = index.ofAlert(view.labels, view.generatorUrl)
    const row: AlertRow = {
      fingerprint: view.fingerprint,
      labels: view.labels,
      annotations: view.annotations,
      standing:
        view.silencedBy.length > 0
          ? 'silenced'
          : view.inhibitedBy.length > 0
            ? 'inhibited'
            : view.mutedBy.length > 0
              ? 'muted'
              : view.acknowledged !== undefined
                ? 'acknowledged'
                : 'firing',
      severity: labelValue(view.labels, 'severity'),
      startsAtMs: view.startsAtMs,
      value: view.value,
      generatorUrl: view.generatorUrl,
      // Two routes may lead to one receiver.
      receivers: [...new Set(view.receivers)],
      silencedBy: view.silencedBy,
      inhibitedBy: view.inhibitedBy,
      mutedBy: view.mutedBy,
      acknowledged: view.acknowledged,
      rule,
    }
    rows.push(row)
    if (rule === undefined) continue
    const known = sentBy.get(rule.rule.id)
    if (known === undefined) sentBy.set(rule.rule.id, [row])
    else known.push(row)
  }
  for (const group of rules?.groups() ?? []) {
    for (const rule of group.rules) {
      if (rule.alerts.length === 0) continue
      const findSent = createFindSent(sentBy.get(rule.id) ?? [])
      for (const alert of rule.alerts) {
        await pace()
        // What fires is here already, unless it goes to Alertmanagers elsewhere, or relabelling drops it.
        if (alert.state !== 'pending' && findSent(alert.labels) !== undefined) continue
        rows.push({
          fingerprint: fingerprintOf(alert.labels),
          labels: alert.labels,
          annotations: alert.annotations,
          standing: alert.state,
          severity: labelValue(alert.labels, 'severity'),
          startsAtMs: alert.activeAtMs,
          value: alert.value,
          generatorUrl: '',
          receivers: NONE,
          silencedBy: NONE,
          inhibitedBy: NONE,
          mutedBy: NONE,
          acknowledged: undefined,
          rule: { rule, group },
        })
      }
    }
  }
  const ranked = rows.map((row) => ({ row, rank: WEIGHTS[row.standing] * 10 + rankOfSeverity(row.severity) }))
  const sorted = await sortInSlices(ranked, compareRanked)
  return sorted.map(({ row }) => row)
}

type Ranked = { readonly row: AlertRow; readonly rank: number }

const compareRanked = (a: Ranked, b: Ranked) =>
  a.rank - b.rank || b.row.startsAtMs - a.row.startsAtMs || (a.row.fingerprint < b.row.fingerprint ? -1 : 1)

export type Counts = Record<Standing, number>

export function countStandings(rows: readonly AlertRow[]): Counts {
  const counts = { firing: 0, nodata: 0, acknowledged: 0, pending: 0, silenced: 0, inhibited: 0, muted: 0 }
  for (const { standing } of rows) counts[standing]++
  return counts
}

export type RowGroup = {
  /** The labels that the list is grouped by, of these alerts; those that they lack are left out. */
  readonly labels: Labels
  /** Place of its first alert in the list. */
  readonly from: number
  readonly count: number
  readonly firing: number
}

export type Selection = {
  readonly matchers: readonly Matcher[]
  /** Only alerts that lead to this receiver. */
  readonly receiver: string | undefined
  readonly standing: Standing | undefined
  readonly groupBy: readonly string[]
}

/**
 * What the list shows: rows in order, group by group (the group of the worst alert first), and the groups. `matching` is
 * what all but the standing lets pass.
 */
export async function selectRows(
  all: readonly AlertRow[],
  { matchers, receiver, standing, groupBy }: Selection,
  pace: Pacer,
): Promise<{
  readonly rows: readonly AlertRow[]
  readonly groups: readonly RowGroup[]
  readonly matching: readonly AlertRow[]
}> {
  const matching: AlertRow[] = []
  for (const row of all) {
    await pace()
    if ((receiver === undefined || row.receivers.includes(receiver)) && matchesAll(matchers, row.labels))
      matching.push(row)
  }
  const rows = standing === undefined ? matching : matching.filter((row) => row.standing === standing)
  if (groupBy.length === 0) return { rows, groups: [], matching }
  const byKey = new Map<string, { labels: Labels; rows: AlertRow[]; firing: number }>()
  for (const row of rows) {
    await pace()
    const labels = groupBy.flatMap((name) => {
      const value = labelValue(row.labels, name)
      return value === '' ? [] : [name, value]
    })
    const key = JSON.stringify(labels)
    let group = byKey.get(key)
    if (group === undefined) {
      group = { labels, rows: [], firing: 0 }
      byKey.set(key, group)
    }
    group.rows.push(row)
    if (row.standing === 'firing' || row.standing === 'nodata') group.firing++
  }
  const ordered: AlertRow[] = []
  const groups: RowGroup[] = []
  for (const group of byKey.values()) {
    groups.push({ labels: group.labels, from: ordered.length, count: group.rows.length, firing: group.firing })
    for (const row of group.rows) ordered.push(row)
  }
  return { rows: ordered, groups, matching }
}

type LabelName = { readonly name: string; readonly values: number }

/** Rows are the same for all who look within a second. */
const knownNames = new WeakMap<readonly AlertRow[], Promise<readonly LabelName[]>>()

/** Names of labels that alerts have, the most common first, with how many values each has. */
export async function labelNamesOf(
  rows: readonly AlertRow[],
  limit: number,
  pace: Pacer,
): Promise<readonly LabelName[]> {
  let all = knownNames.get(rows)
  if (all === undefined) {
    all = countNames(rows, pace)
    knownNames.set(rows, all)
  }
  return (await all).slice(0, limit)
}

async function countNames(rows: readonly AlertRow[], pace: Pacer): Promise<readonly LabelName[]> {
  const names = new Map<string, { count: number; values: Set<string> }>()
  for (const { labels } of rows) {
    await pace()
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i]!
      const known = names.get(name)
      if (known === undefined) names.set(name, { count: 1, values: new Set([labels[i + 1]!]) })
      else {
        known.count++
        known.values.add(labels[i + 1]!)
      }
    }
  }
  return [...names]
    .sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1))
    .map(([name, { values }]) => ({ name, values: values.size }))
}
