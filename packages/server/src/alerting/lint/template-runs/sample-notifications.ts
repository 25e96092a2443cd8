import { type Labels, labelsOf } from '@binnacle/promql'
import { applyRules, LabelsBuilder } from '../../../metrics/intake/relabel/index.ts'
import { countedOn, sampleAlert } from '../../../rules/lint/index.ts'
import type { Alert } from '../../alert.ts'
import type { AlertmanagerConfig, Route } from '../../config/index.ts'
import { fingerprintOf } from '../../fingerprint.ts'
import type { Notification } from '../../notify/index.ts'
import { groupOf } from '../../route/index.ts'
import { holds, type RuleAlerts } from '../alert-facts.ts'
import { arrivals, type Branch, branches, matchersOf } from '../branches.ts'
import { valueFor } from './value-for.ts'

export type SampleNotification = {
  readonly notification: Notification
  /** The rule that it tells of; absent for an alert that is made up. */
  readonly alert?: string
  /** Alerts in it. */
  readonly size: 1 | 2
}

/** What a receiver may be told. */
export type ReceiverSamples = {
  readonly notifications: readonly SampleNotification[]
  /** Rules whose alerts come to it; absent when none are known. */
  readonly rules?: readonly RuleAlerts[]
  /** That lead to it. */
  readonly routes: readonly Route[]
}

export type SampleOptions = {
  /** Of the rules that belong to the file; absent when none were given. */
  readonly alerts: readonly RuleAlerts[] | undefined
  /** Names that templates ask for. */
  readonly asked: { readonly labels: ReadonlySet<string>; readonly annotations: ReadonlySet<string> }
  /** Unix ms. */
  readonly nowMs: number
}

/** Rules whose alerts look alike to a template are tried once, and no more than so many for one receiver. */
const MAX_SHAPES = 100

/**
 * Notifications for a receiver as its routes would make them: for each rule whose alerts come there one that fires, one
 * that has ended, and both with two alerts of the rule in one group. Where no rules are known, or none comes there, an
 * alert is made up that satisfies the route.
 */
export function sampleNotifications(
  receiver: string,
  config: AlertmanagerConfig,
  options: SampleOptions,
): ReceiverSamples {
  const ways = [...branches(config.route)].filter(({ route }) => route.receiver === receiver)
  const found: SampleNotification[] = []
  const shapes = new Set<string>()
  const rules = new Set<RuleAlerts>()
  for (const branch of options.alerts === undefined ? [] : ways) {
    for (const rule of stayingAt(branch, options.alerts!)) {
      rules.add(rule)
      const pair = alertsOf(rule, branch, options)
      const shape = shapeOf(rule, branch, pair[0])
      if (shapes.has(shape) || shapes.size >= MAX_SHAPES) continue
      shapes.add(shape)
      found.push(...notificationsOf(receiver, branch.route, pair, rule.name, options))
    }
  }
  const routes = ways.map(({ route }) => route)
  if (rules.size > 0) return { notifications: found, rules: [...rules], routes }
  const fallback: Branch[] = ways.length > 0 ? ways : [{ route: config.route, above: [] }]
  return {
    notifications: fallback
      .slice(0, MAX_SHAPES)
      .flatMap((branch) => [...notificationsOf(receiver, branch.route, madeUp(branch, options), undefined, options)]),
    routes,
  }
}

/** Rules whose alerts come to a route and are not all taken by those below it. */
function stayingAt(branch: Branch, alerts: readonly RuleAlerts[]): readonly RuleAlerts[] {
  return arrivals(branch, alerts).reaching.filter(
    (alert) => !branch.route.routes.some((child) => holds(child.matchers, alert) === 'always'),
  )
}

type Sample = { readonly labels: Labels; readonly annotations: Labels }

/** One alert of a rule, and a second one of the same group where the rule can have one. */
function alertsOf(
  { rule, group, series: facts, sending }: RuleAlerts,
  branch: Branch,
  { asked }: SampleOptions,
): readonly [Sample, Sample?] {
  const matchers = matchersOf(branch)
  const { groupBy } = branch.route
  // What the expression does not give may be one of the labels of the outside, as long as nobody knows those.
  const outside = sending?.externalLabels ?? Object.fromEntries([...asked.labels].map((name) => [name, `${name}-1`]))
  const tells = new Set(countedOn(rule, facts))
  const make = (n: number): Sample => {
    const { labels, annotations } = sampleAlert(rule, group, {
      facts,
      names: [...asked.labels, ...matchers.map(({ name }) => name), ...(groupBy === 'all' ? [] : groupBy)],
      sampleValue: (name) => {
        // What nobody counts on may well be the same for all, such as a cluster.
        const isShared = groupBy === 'all' || groupBy.includes(name) || !tells.has(name)
        return valueFor(name, matchers, `${name}-${isShared ? 1 : n}`) ?? `${name}-1`
      },
      externalLabels: outside,
    })
    const sent = new LabelsBuilder(toLabels(labels))
    applyRules(sent, sending?.relabelRules ?? [])
    return { labels: sent.labels(), annotations: toLabels(annotations) }
  }
  const [one, two] = [make(1), make(2)]
  return groupBy === 'all' || fingerprintOf(one.labels) === fingerprintOf(two.labels) ? [one] : [one, two]
}

function madeUp(branch: Branch, { asked }: SampleOptions): readonly [Sample, Sample?] {
  const matchers = matchersOf(branch)
  const { groupBy } = branch.route
  const make = (n: number): Sample => {
    const labels = new Map<string, string>()
    const names = ['alertname', ...asked.labels, ...matchers.map(({ name }) => name)]
    for (const name of groupBy === 'all' ? names : [...names, ...groupBy]) {
      const isShared = groupBy === 'all' || groupBy.includes(name)
      const usual = name === 'alertname' ? 'SampleAlert' : `${name}-${isShared ? 1 : n}`
      const value = valueFor(name, matchers, usual) ?? usual
      if (value !== '') labels.set(name, value)
    }
    const annotations = [...asked.annotations].map((name) => [name, `${name} ${n}`] as const)
    return { labels: toLabels(labels), annotations: toLabels(new Map(annotations)) }
  }
  const [one, two] = [make(1), make(2)]
  return groupBy === 'all' || fingerprintOf(one.labels) === fingerprintOf(two.labels) ? [one] : [one, two]
}

const toLabels = (pairs: ReadonlyMap<string, string>): Labels => labelsOf(Object.fromEntries(pairs))

/** What a template can tell apart: names, and values that a rule gives as they are. */
function shapeOf({ rule, group }: RuleAlerts, { route }: Branch, { labels, annotations }: Sample): string {
  const names = (pairs: Labels) => pairs.filter((_, i) => i % 2 === 0)
  const grouped = route.groupBy === 'all' ? 'all' : route.groupBy
  return JSON.stringify([grouped, names(labels), names(annotations), group.labels, Object.entries(rule.labels)])
}

function* notificationsOf(
  receiver: string,
  route: Route,
  [one, two]: readonly [Sample, Sample?],
  alert: string | undefined,
  { nowMs }: SampleOptions,
): Generator<SampleNotification> {
  const group = groupOf(route, one.labels)
  const notify = (alerts: readonly Alert[], resolved: boolean): SampleNotification => ({
    ...(alert === undefined ? {} : { alert }),
    size: alerts.length === 1 ? 1 : 2,
    notification: {
      receiver,
      groupKey: group.key,
      groupLabels: group.labels,
      alerts,
      status: resolved ? 'resolved' : 'firing',
      nowMs,
      idempotencyKey: 'sample',
      reason: resolved ? 'all alerts resolved' : 'first notification',
    },
  })
  const [fires, ended] = [alertAt(one, false, nowMs), alertAt(one, true, nowMs)]
  yield notify([fires], false)
  yield notify([ended], true)
  if (two === undefined) return
  const other = alertAt(two, true, nowMs)
  yield notify([fires, alertAt(two, false, nowMs)], false)
  yield notify([fires, other], false)
  yield notify([ended, other], true)
}

function alertAt({ labels, annotations }: Sample, resolved: boolean, nowMs: number): Alert {
  return {
    fingerprint: fingerprintOf(labels),
    labels,
    annotations,
    startsAtMs: nowMs - 300_000,
    endsAtMs: resolved ? nowMs - 1000 : nowMs + 300_000,
    updatedAtMs: nowMs,
    generatorUrl: 'http://localhost:7070/graph?g0.expr=up&g0.tab=1',
    timeout: false,
    ...(resolved ? { resolvedReason: 'value' as const } : {}),
  }
}
