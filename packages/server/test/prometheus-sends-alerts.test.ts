import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startWebhookRecorder } from '../src/alerting/testkit/index.ts'
import { startBinnacle } from './start-binnacle.ts'
import { startPrometheus } from './start-prometheus.ts'

/* A real Prometheus whose `alerting.alertmanagers` name Binnacle: its alerts arrive, are told, and end. */

const rules = (firing: boolean) => `groups:
- name: g
  interval: 1s
  rules:
  - alert: Always
    expr: vector(${firing ? 1 : 0}) > 0
    labels: {severity: critical}
    annotations: {summary: 'value {{ $value }}'}
  - alert: AlsoWithUtf8
    expr: label_replace(vector(${firing ? 1 : 0}), "zone", "é", "", "") > 0
`

describe.skipIf(process.env.JUDGES_DIR === undefined)('Prometheus (JUDGES_DIR names where it is)', () => {
  test.for(['', '/alertmanager'])('delivers its alerts with the path prefix %j', async (prefix) => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-prometheus-'))
    const file = join(folder, 'rules.yml')
    writeFileSync(file, rules(true))
    await using recorder = await startWebhookRecorder()
    await using binnacle = await startBinnacle({
      config: 'collectors: {host: {enabled: false}, process: {enabled: false}}\n',
      files: {
        'alertmanager.yml': `route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}\nreceivers: [{name: hook, webhook_configs: [{url: '${recorder.url}/hook'}]}]\n`,
      },
    })
    await using prometheus = await startPrometheus({
      config: `global: {evaluation_interval: 1s, external_labels: {region: eu}}
rule_files: ['${file}']
alerting:
  alertmanagers:
  - path_prefix: '${prefix}'
    static_configs: [{targets: ['${new URL(binnacle.url).host}']}]
`,
      // It finds its Alertmanagers 5 s after the first alert, and sends again after a minute by default.
      args: ['--web.enable-lifecycle', '--rules.alert.resend-delay=1s'],
    })
    try {
      const alerts = async () =>
        (await (await fetch(`${binnacle.url}/api/v2/alerts`)).json()) as {
          readonly labels: Record<string, string>
          readonly annotations: Record<string, string>
          readonly generatorURL: string
        }[]
      await expect.poll(async () => (await alerts()).length, { timeout: 20_000, interval: 200 }).toBe(2)
      const found = await alerts()
      const always = found.find(({ labels }) => labels.alertname === 'Always')
      expect(always?.labels).toEqual({ alertname: 'Always', severity: 'critical', region: 'eu' })
      expect(always?.annotations).toEqual({ summary: 'value 1' })
      expect(always?.generatorURL).toContain('/graph?g0.expr=')
      expect(found.map(({ labels }) => labels.zone).filter((zone) => zone !== undefined)).toEqual(['é'])
      const told = (status: string) =>
        recorder.calls.some(({ alerts }) => alerts.some((one) => one.startsWith(`${status} Always`)))
      await expect.poll(() => told('firing'), { timeout: 10_000 }).toBe(true)
      const known = (await (await fetch(`${prometheus.url}/api/v1/alertmanagers`)).json()) as {
        readonly data: { readonly activeAlertmanagers: readonly { readonly url: string }[] }
      }
      expect(known.data.activeAlertmanagers).toEqual([{ url: `${binnacle.url}${prefix}/api/v2/alerts` }])

      writeFileSync(file, rules(false))
      await fetch(`${prometheus.url}/-/reload`, { method: 'POST' })
      await expect.poll(async () => (await alerts()).length, { timeout: 20_000, interval: 200 }).toBe(0)
      await expect.poll(() => told('resolved'), { timeout: 10_000 }).toBe(true)
      const errors = await (await fetch(`${prometheus.url}/metrics`)).text()
      expect(errors).toMatch(/prometheus_notifications_dropped_total 0\n/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
