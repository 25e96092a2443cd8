import { type Labels, labelsOf } from '@binnacle/promql'
import { describe, expect, test } from 'vitest'
import { checkPrometheusConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { type RelabelRule, relabel } from '../../metrics/intake/relabel/index.ts'
import { checkRuleFile } from '../../rules/rule-file/index.ts'
import { checkAlertmanagerConfig } from '../config/index.ts'
import { alertFactsOf, asSent, factsOfSets, lintAlertmanager, sendingsOf } from './index.ts'

/** Rules of `alert_relabel_configs`, one line each. */
function rulesOf(...lines: readonly string[]): readonly RelabelRule[] {
  const text = `alerting:\n  alert_relabel_configs:\n${lines.map((line) => `  - {${line}}\n`).join('')}`
  const { config, errors } = checkPrometheusConfig(text, 'prometheus.yml')
  if (config === undefined) throw errors[0] ?? new Error('no configuration')
  return config.alerting.alertRelabelRules
}

const UNKNOWN = '?'
const ALERT = { alertname: 'A', severity: 'critical', team: UNKNOWN, zone: 'eu-1' }

function sent(labels: Readonly<Record<string, string>>, relabelRules: readonly RelabelRule[], externalLabels = {}) {
  const facts = asSent(
    factsOfSets('A', [labelsOf(labels)], (value) => value === UNKNOWN),
    {
      externalLabels,
      relabelRules,
    },
  )
  if (facts === undefined) return undefined
  const found: Record<string, string> = {}
  for (const name of facts.names ?? []) {
    const fact = facts.fact(name)
    if (fact === 'unknown') found[name] = UNKNOWN
    else if (fact.value !== '') found[name] = fact.value
  }
  return found
}

describe('labels of an alert on its way', () => {
  test.for<[string, string, Record<string, string> | undefined]>([
    ['a constant', 'target_label: origin, replacement: us', { ...ALERT, origin: 'us' }],
    ['a constant in place of what is not known', 'target_label: team, replacement: web', { ...ALERT, team: 'web' }],
    ['a copy', 'source_labels: [severity], target_label: level', { ...ALERT, level: 'critical' }],
    ['a copy of what is not known', 'source_labels: [team], target_label: crew', { ...ALERT, crew: UNKNOWN }],
    [
      'a part of a value',
      "source_labels: [zone], regex: '(.*)-.*', target_label: region, replacement: '$1'",
      { ...ALERT, region: 'eu' },
    ],
    ['a regex that does not match', 'source_labels: [zone], regex: us-.*, target_label: region', ALERT],
    [
      'a regex of which nobody knows whether it matches',
      'source_labels: [team], regex: web, target_label: severity, replacement: info',
      { ...ALERT, severity: UNKNOWN },
    ],
    [
      'the same that would write what stands there',
      'source_labels: [team], regex: web, target_label: severity, replacement: critical',
      ALERT,
    ],
    ['a label taken away', "target_label: severity, replacement: ''", { alertname: 'A', team: UNKNOWN, zone: 'eu-1' }],
    ['labeldrop', 'action: labeldrop, regex: sev.*|zone', { alertname: 'A', team: UNKNOWN }],
    ['labelkeep', 'action: labelkeep, regex: alertname|team', { alertname: 'A', team: UNKNOWN }],
    [
      'labelmap',
      'action: labelmap, regex: (t)eam|(z)one, replacement: x_$1$2',
      { ...ALERT, x_t: UNKNOWN, x_z: 'eu-1' },
    ],
    [
      'upper case',
      'action: uppercase, source_labels: [severity], target_label: severity',
      { ...ALERT, severity: 'CRITICAL' },
    ],
    [
      'upper case of what is not known',
      'action: uppercase, source_labels: [team], target_label: severity',
      { ...ALERT, severity: UNKNOWN },
    ],
    ['dropped', 'action: drop, source_labels: [severity], regex: critical', undefined],
    ['perhaps dropped', 'action: drop, source_labels: [team], regex: web', ALERT],
    ['kept', 'action: keep, source_labels: [zone], regex: eu.*', ALERT],
    ['not kept', 'action: keep, source_labels: [zone], regex: us.*', undefined],
    ['dropped as equal', 'action: dropequal, source_labels: [zone], target_label: zone', undefined],
    ['equal to what is not known', 'action: keepequal, source_labels: [zone], target_label: team', ALERT],
  ])('%s', ([, line, expected]) => {
    expect(sent(ALERT, rulesOf(line))).toEqual(expected)
  })

  test('external labels are given where the alert has none of the name, before relabelling', () => {
    const rules = rulesOf('source_labels: [cluster], target_label: where')
    expect(sent(ALERT, rules, { cluster: 'blue', zone: 'other', team: 'x' })).toEqual({
      ...ALERT,
      cluster: 'blue',
      where: 'blue',
    })
  })

  test('a label whose name is made of an unknown value may be any', () => {
    const facts = asSent(
      factsOfSets('A', [labelsOf(ALERT)], (value) => value === UNKNOWN),
      {
        externalLabels: {},
        relabelRules: rulesOf("source_labels: [team], target_label: '$1', replacement: x"),
      },
    )
    expect(facts?.names).toBeUndefined()
    expect(facts?.fact('severity')).toBe('unknown')
  })

  test('whatever is known whole becomes what relabelling makes of it', () => {
    const known: Labels = labelsOf({ alertname: 'A', severity: 'critical', team: 'web', zone: 'eu-1' })
    const lines = [
      'source_labels: [severity, team], target_label: both, separator: /',
      "source_labels: [team], regex: '(w)(.*)', target_label: '$1', replacement: '$2'",
      'action: hashmod, source_labels: [zone], target_label: shard, modulus: 7',
      'action: labelmap, regex: (w|zone), replacement: of_$1',
      'action: labeldrop, regex: zone',
      "source_labels: [both], regex: critical/.*, target_label: severity, replacement: ''",
      'action: lowercase, source_labels: [alertname], target_label: name',
    ]
    for (let n = 1; n <= lines.length; n++) {
      const rules = rulesOf(...lines.slice(0, n))
      const real = relabel(known, rules)
      expect(labelsOf(sent(Object.fromEntries(pairs(known)), rules) ?? {})).toEqual(real.kept && real.labels)
    }
  })
})

const pairs = (labels: Labels) => labels.flatMap((name, i) => (i % 2 === 0 ? [[name, labels[i + 1]!] as const] : []))

const RULES = 'groups: [{name: g, rules: [{alert: A, expr: sum(up) > 0, labels: {severity: page}}]}]'
const ROUTES = `route:
  receiver: all
  routes:
  - {matchers: [channel = pager], receiver: all}
receivers: [{name: all}]
`

describe('routes of what relabelling makes', () => {
  function routing(prometheus: string): readonly string[] {
    const { config, errors } = checkPrometheusConfig(prometheus, 'prometheus.yml')
    if (config === undefined) throw errors[0] ?? new Error('no configuration')
    const facts = alertFactsOf(
      [checkRuleFile(RULES, 'rules.yml').ruleFile!],
      sendingsOf(config.global.externalLabels, config.alerting),
    )
    return lintAlertmanager(ROUTES, checkAlertmanagerConfig(ROUTES, 'alertmanager.yml', { environment: {} }), facts)
      .filter(({ check }) => check === 'routing/unreachable')
      .map(({ message }) => message)
  }
  const RELABEL =
    'alert_relabel_configs: [{source_labels: [severity], regex: page, target_label: channel, replacement: pager}]'

  test('nothing gives the label', () => {
    expect(routing('global: {}')).toEqual([expect.stringContaining('none of the rules makes an alert for the route')])
  })
  test('external labels do', () => {
    expect(routing('global: {external_labels: {channel: pager}}')).toEqual([])
  })
  test('relabelling does', () => {
    expect(routing(`alerting: {${RELABEL}}`)).toEqual([])
  })
  test('relabelling for one of two Alertmanagers does', () => {
    const targets = 'static_configs: [{targets: [a:9093]}]'
    expect(routing(`alerting: {alertmanagers: [{${targets}}, {${targets}, ${RELABEL}}]}`)).toEqual([])
    expect(routing(`alerting: {alertmanagers: [{${targets}}, {${targets}}]}`)).toHaveLength(1)
  })
})
