import type { InhibitRule } from '../../config/index.ts'
import { formatMatchers } from '../../matcher/index.ts'
import { holds } from '../alert-facts.ts'
import { type Check, some } from '../check.ts'
import type { AlertFacts } from '../fact.ts'
import { contradiction } from '../matcher-logic.ts'

export const inhibitionNeverActs: Check = {
  name: 'routing/inhibition',
  finds: 'Inhibitions that can never act: for no alerts at all, or for none of the rules that are given.',
  why: 'Both alerts are sent, although one was meant to speak for the other.',
  run({ config, alerts }, report) {
    for (const rule of config.inhibitRules) {
      const why = impossible(rule) ?? (alerts === undefined ? undefined : missing(rule, alerts))
      if (why === undefined) continue
      report(
        rule.place,
        `the inhibition never acts: ${why}`,
        'take out of `equal` what differs, or correct the matchers',
      )
    }
  },
}

/** Why it acts upon no alerts whatever; undefined when it may. */
function impossible({ sourceMatchers, targetMatchers, equal }: InhibitRule): string | undefined {
  for (const matchers of [sourceMatchers, targetMatchers]) {
    const both = contradiction(matchers)
    if (both) return `no alert satisfies ${formatMatchers(both)}`
  }
  const shared = [...sourceMatchers, ...targetMatchers].filter(({ name }) => equal.includes(name))
  const both = contradiction(shared)
  if (!both) return undefined
  return `"${both[0].name}" must be equal on both alerts, and ${formatMatchers(both)} cannot hold for one value`
}

/** Why it acts upon no alerts of the rules; undefined when it may. */
function missing(
  { sourceMatchers, targetMatchers, equal }: InhibitRule,
  alerts: readonly AlertFacts[],
): string | undefined {
  const sources = alerts.filter((alert) => holds(sourceMatchers, alert) !== 'never')
  const targets = alerts.filter((alert) => holds(targetMatchers, alert) !== 'never')
  if (sources.length === 0) return `no rule makes an alert with ${formatMatchers(sourceMatchers)}`
  if (targets.length === 0) return `no rule makes an alert with ${formatMatchers(targetMatchers)}`
  const may = (source: AlertFacts, target: AlertFacts) => equal.every((label) => mayBeEqual(source, target, label))
  if (sources.some((source) => targets.some((target) => may(source, target)))) return undefined
  const label = equal.find(
    (one) => !sources.some((source) => targets.some((target) => mayBeEqual(source, target, one))),
  )
  if (label === undefined) return `no two rules make alerts with equal ${equal.join(', ')}`
  if (label === 'alertname') {
    const names = [
      `${some(
        sources.map(({ name }) => name),
        2,
      )}`,
      `${some(
        targets.map(({ name }) => name),
        2,
      )}`,
    ]
    return `"alertname" must be equal, and no name stands on both sides (${names[0]} against ${names[1]})`
  }
  return `"${label}" must be equal on both alerts, and no two rules give it the same value`
}

function mayBeEqual(source: AlertFacts, target: AlertFacts, label: string): boolean {
  const [a, b] = [source.fact(label), target.fact(label)]
  return a === 'unknown' || b === 'unknown' || a.value === b.value
}

/** From what can wait to what cannot. */
const SEVERITIES = ['none', 'info', 'notice', 'warning', 'error', 'high', 'critical', 'page', 'emergency']

function rankOf(alert: AlertFacts): number {
  const fact = alert.fact('severity')
  return fact === 'unknown' ? -1 : SEVERITIES.indexOf(fact.value.toLowerCase())
}

export const inhibitsWorse: Check = {
  name: 'routing/inhibits_worse',
  finds: 'Inhibitions by which an alert mutes a more severe one.',
  why: 'The one that wakes nobody keeps quiet the one that should.',
  run({ config, alerts = [] }, report) {
    for (const { sourceMatchers, targetMatchers, equal, place } of config.inhibitRules) {
      const sources = alerts.filter((alert) => holds(sourceMatchers, alert) !== 'never' && rankOf(alert) >= 0)
      const targets = alerts.filter((alert) => holds(targetMatchers, alert) !== 'never')
      const pair = sources
        .flatMap((source) => targets.map((target) => ({ source, target })))
        .filter(({ source, target }) => rankOf(target) > rankOf(source))
        .find(({ source, target }) => equal.every((label) => mayBeEqual(source, target, label)))
      if (!pair) continue
      const title = (alert: AlertFacts) => `${alert.name} (${severityOf(alert)})`
      const where = equal.length === 0 ? '' : ` with the same ${equal.join(', ')}`
      report(
        place,
        `${title(pair.source)} mutes ${title(pair.target)}${where}: the less severe speaks for the worse`,
        'let only alerts mute that are at least as severe, by a matcher on severity in source_matchers',
      )
    }
  },
}

function severityOf(alert: AlertFacts): string {
  const fact = alert.fact('severity')
  return fact === 'unknown' ? 'unknown' : fact.value
}
