import { formatDurationMs, labelFact, labelValue, metricName } from '@binnacle/promql'
import type { Rule, RuleGroup } from '../../rule-file/index.ts'
import { type LintFile, type RuleCheck, rulesOf, type SetCheck } from '../check.ts'
import { selectors, some } from '../walk.ts'

const LEVEL_LABELS = ['instance', 'job', 'pod', 'node', 'namespace', 'container', 'service']

export const recordLevel: RuleCheck = {
  kind: 'rule',
  name: 'rule/level',
  pint: ['rule/name'],
  finds: 'Recording rules whose name tells another level of aggregation than their result has.',
  why: 'The first part of `level:metric:operations` tells the labels that are left. Who reads the name takes the series for something that it is not.',
  run(view, report) {
    const { rule, file } = view
    if (rule.kind !== 'recording') return
    const [level, ...rest] = rule.record.split(':')
    if (level === undefined || level === '' || rest.length < 2) return
    const facts = view.labels()
    const words = level.split('_')
    const at = file.places.fieldPlace(rule, 'record')
    const joins = some(
      rule.ast,
      (node) => node.kind === 'aggregate' || (node.kind === 'binary' && node.matching.written),
    )
    const all = facts.others.presence === 'possible' && labelFact(facts, 'instance').presence === 'expected'
    const fits = (word: string) => LEVEL_LABELS.includes(word) || isMatched(facts.known, word)
    const inherited = [...selectors(rule.ast)].some((one) => metricName(one)?.startsWith(`${level}:`))
    if (all && !joins && !inherited && !words.some(fits)) {
      const message = `"${level}" is no level of this rule: nothing is aggregated, the series keep all their labels (instance, job, ...)`
      report(at, message, `aggregate, such as "sum by (...)", or call it "instance:${rest.join(':')}"`)
      return
    }
    for (const word of words) {
      if (!LEVEL_LABELS.includes(word) || labelFact(facts, word).presence !== 'absent') continue
      if (rule.labels.includes(word) || labelValue(view.group.labels, word) !== '') continue
      // One part of a longer name, such as node_quantile or pod_memory, need not be the label.
      if (words.length > 1) continue
      report(
        at,
        `the level "${word}" says that the label ${word} is kept, but the result has none`,
        `add it: "by (${word})"`,
      )
    }
  },
}

function isMatched(known: ReadonlyMap<string, { readonly presence: string }>, word: string): boolean {
  return known.get(word)?.presence === 'present'
}

export const severity: SetCheck = {
  kind: 'set',
  name: 'alerts/severity',
  pint: ['rule/label'],
  finds: 'Alerts without the label `severity`, where others have one.',
  why: 'Routes send by severity: an alert without one goes where nobody expects it, or nowhere.',
  run(set, report) {
    const alerts = [...alertsOf(set)]
    const hasOne = ({ group, rule }: Alert) => rule.labels.severity !== undefined || group.labels.includes('severity')
    if (!alerts.some(hasOne)) return
    for (const alert of alerts) {
      if (!hasOne(alert))
        report({ ...alert, place: alert.rule.place }, `"${alert.rule.alert}" has no severity`, 'add it below "labels"')
    }
  },
}

export const runbook: SetCheck = {
  kind: 'set',
  name: 'alerts/runbook',
  pint: ['alerts/annotation'],
  finds: 'Critical alerts without a `runbook_url`, where other alerts of the file have one.',
  why: 'Whoever is woken by it has nothing to read.',
  run(set, report) {
    for (const file of set.files) {
      const alerts = [...alertsOf({ files: [file] })]
      if (!alerts.some(({ rule }) => rule.annotations.runbook_url !== undefined)) continue
      for (const alert of alerts) {
        const level = alert.rule.labels.severity ?? labelValue(alert.group.labels, 'severity')
        if (!/^(critical|page)$/.test(level) || alert.rule.annotations.runbook_url !== undefined) continue
        const message = `"${alert.rule.alert}" is ${level} and has no runbook_url, as other alerts here have`
        report({ ...alert, place: alert.rule.place }, message, 'add it below "annotations"')
      }
    }
  },
}

export const sameName: SetCheck = {
  kind: 'set',
  name: 'alerts/same_name',
  pint: ['rule/duplicate'],
  finds: 'The same name for alerts in different files or groups.',
  why: 'Routes, silences, inhibitions and runbooks go by the name: what is said of the one holds for the other too.',
  run(set, report) {
    const firstOf = new Map<string, Alert>()
    for (const alert of alertsOf(set)) {
      const { rule } = alert
      const first = firstOf.get(rule.alert)
      if (first === undefined) {
        firstOf.set(rule.alert, alert)
        continue
      }
      // In one group the same name for two severities or windows is one alert in steps.
      if (first.group === alert.group) continue
      const where = `${first.rule.place.file}:${first.rule.place.line}`
      const differences = differ(first, alert)
      const message =
        differences.length === 0
          ? `"${rule.alert}" stands in ${where} too, with the same expression`
          : `"${rule.alert}" in ${where} means something else: ${differences.join(', ')}`
      report({ ...alert, place: rule.place }, message, 'rename or remove one of the two')
    }
  },
}

function differ(a: Alert, b: Alert): string[] {
  const level = (one: Alert) => one.rule.labels.severity ?? (labelValue(one.group.labels, 'severity') || 'none')
  const found: string[] = []
  const flat = ({ expr }: Rule) => expr.replace(/\s+/g, ' ')
  if (flat(a.rule) !== flat(b.rule)) found.push('another expression')
  if (level(a) !== level(b)) found.push(`severity ${level(a)} there, ${level(b)} here`)
  if (a.rule.forMs !== b.rule.forMs) {
    found.push(`for ${formatDurationMs(a.rule.forMs)} there, ${formatDurationMs(b.rule.forMs)} here`)
  }
  return found
}

type Alert = { readonly file: LintFile; readonly group: RuleGroup; readonly rule: Extract<Rule, { kind: 'alerting' }> }

function* alertsOf(set: { readonly files: readonly LintFile[] }): Generator<Alert> {
  for (const { file, group, rule } of rulesOf(set)) if (rule.kind === 'alerting') yield { file, group, rule }
}
