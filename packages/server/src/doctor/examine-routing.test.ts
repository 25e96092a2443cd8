import { labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { checkAlertmanagerConfig, type OtherAlerts, type Sending, sendingsOf } from '../alerting/index.ts'
import { checkPrometheusConfig } from '../metrics/intake/prometheus-config/index.ts'
import { checkRuleFile } from '../rules/rule-file/index.ts'
import { systemClock } from '../telemetry/index.ts'
import { createPageCatalogue, diagnose } from './index.ts'

const PAGE = 'queue_length{queue="mail"} 4\nqueue_length{queue="print"} 4\n'
const RULES = `groups:
- name: g
  rules:
  - {alert: Long, expr: queue_length > 1, labels: {severity: page}, annotations: {summary: s}}
`
const ROUTES = `route:
  receiver: all
  group_by: [site]
  routes:
  - {matchers: [severity = pager], receiver: pager}
  - {matchers: [source = disks], receiver: all}
inhibit_rules:
- {source_matchers: [queue = mail], target_matchers: [queue = print], equal: [site]}
receivers:
- name: all
  webhook_configs: [{url: 'http://example.test'}]
- name: pager
  slack_configs:
  - {api_url: 'http://example.test', text: '{{ .CommonLabels.site }} {{ .CommonAnnotations.summary }} {{ .CommonLabels.severity }} {{ .CommonAnnotations.disk }}'}
`

async function routing(
  prometheus: string,
  others: readonly OtherAlerts[] = [],
  { routes = ROUTES, escalated = [] }: { routes?: string; escalated?: readonly string[] } = {},
): Promise<readonly string[]> {
  const { ruleFile, places } = checkRuleFile(RULES, 'rules.yml')
  const { config } = checkPrometheusConfig(prometheus, 'prometheus.yml')
  const sendings: readonly Sending[] = sendingsOf(config!.global.externalLabels, config!.alerting)
  const checked = checkAlertmanagerConfig(routes, 'alertmanager.yml', { environment: {} })
  expect(checked.errors).toEqual([])
  const report = await diagnose(
    {
      rules: [{ ruleFile: ruleFile!, places, text: RULES }],
      notLoaded: new Map(),
      files: [],
      routing: { text: routes, checked, templates: [], escalated },
      others,
      sendings,
    },
    {
      catalogue: createPageCatalogue([{ job: 'app', file: 'app:80', body: Buffer.from(PAGE) }]),
      clock: systemClock,
      pause: () => undefined,
    },
  )
  return report.routing.map(({ message }) => message)
}

const UNREACHED_PAGER = expect.stringContaining('for the route {severity="pager"}')
const UNREACHED_DISKS = expect.stringContaining('for the route {source="disks"}')
const NO_GROUP = 'alerts are grouped by site, which no alert has'
const NO_SITE = '.CommonLabels.site is always empty: no alert has that label'
const NO_DISK = '.CommonAnnotations.disk is always empty: no rule has that annotation'

test('what no rule gives is told', async () => {
  expect(await routing('global: {}')).toEqual([NO_GROUP, UNREACHED_PAGER, UNREACHED_DISKS, NO_SITE, NO_DISK])
})

test('labels that the configuration gives to alerts count for routes, groups and texts', async () => {
  const relabel = '{source_labels: [severity], regex: page, target_label: severity, replacement: pager}'
  expect(
    await routing(`global: {external_labels: {site: berlin}}\nalerting: {alert_relabel_configs: [${relabel}]}`),
  ).toEqual([UNREACHED_DISKS, NO_DISK])
})

test('so does what relabelling takes away', async () => {
  const found = await routing('alerting: {alert_relabel_configs: [{action: labeldrop, regex: severity|queue}]}')
  expect(found).toContain('.CommonLabels.severity is always empty: no alert has that label')
  expect(found).toContainEqual(
    expect.stringContaining('the inhibition never acts: no rule makes an alert with {queue='),
  )
})

test('alerts that relabelling drops come to no route', async () => {
  const drop = '{action: drop, source_labels: [queue], regex: print}'
  const found = await routing(`alerting: {alert_relabel_configs: [${drop}]}`)
  expect(found).toContainEqual(
    expect.stringContaining('the inhibition never acts: no rule makes an alert with {queue="print"}'),
  )
})

test('alerts of other senders that are here count as they are', async () => {
  const others: OtherAlerts = {
    name: 'DiskBroken',
    sets: [labelsOf({ alertname: 'DiskBroken', source: 'disks', site: 'berlin' })],
    annotations: new Set(['disk']),
  }
  expect(await routing('global: {}', [others])).toEqual([UNREACHED_PAGER])
})

test('which level it is, is there for receivers that an escalation tells, and for no others', async () => {
  const empty = '.CommonAnnotations.escalation is always empty: no rule has that annotation'
  const routes = ROUTES.replace('.CommonAnnotations.disk', '.CommonAnnotations.escalation')
  expect(await routing('global: {}', [], { routes })).toContain(empty)
  expect(await routing('global: {}', [], { routes, escalated: ['all'] })).toContain(empty)
  expect(await routing('global: {}', [], { routes, escalated: ['pager'] })).not.toContain(empty)
})
