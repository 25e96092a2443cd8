import { labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { checkPrometheusConfig } from '../metrics/intake/prometheus-config/index.ts'
import { NO_RULES } from '../rules/index.ts'
import { checkRuleFile } from '../rules/rule-file/index.ts'
import { sentNoDataAlerts } from './no-data-alerts.ts'

test('alerts of missing data come with their labels, external ones, and as relabelling leaves them', () => {
  const text = `groups:
- name: g
  labels: {team: web}
  rules:
  - {alert: Slow, expr: latency > 1, labels: {severity: critical, path: '{{ $labels.path }}'}, annotations: {runbook: r}}
  - {alert: Other, expr: other > 1, labels: {severity: warning}}
  - {record: x, expr: up}
`
  const { config: prometheus } = checkPrometheusConfig(
    'alerting: {alert_relabel_configs: [{source_labels: [no_data], regex: "true", target_label: channel, replacement: quiet}]}',
    'prometheus.yml',
  )
  const config = {
    ...NO_RULES,
    files: [checkRuleFile(text, 'rules.yml').ruleFile!],
    externalLabels: labelsOf({ region: 'eu', severity: 'none' }),
    noData: [
      {
        matchers: [{ name: 'severity', op: '=' as const, value: 'critical' }],
        forMs: 1,
        labels: labelsOf({ team: 'data' }),
      },
    ],
  }
  expect(sentNoDataAlerts(config, prometheus!.alerting)).toEqual([
    {
      name: 'Slow',
      sets: [
        labelsOf({
          alertname: 'Slow',
          channel: 'quiet',
          no_data: 'true',
          region: 'eu',
          severity: 'critical',
          team: 'data',
        }),
      ],
      annotations: new Set(['runbook', 'description', 'summary']),
    },
  ])
})
