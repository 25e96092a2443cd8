import { formatLabels } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { alertsOfWebhook } from './index.ts'

const NOW = Date.parse('2026-11-26T12:00:00Z')
const HOLD_MS = 3_600_000
const read = (body: unknown) =>
  alertsOfWebhook(typeof body === 'string' ? body : JSON.stringify(body), {
    nowMs: NOW,
    holdMs: HOLD_MS,
    source: 'grafana',
  })

// As Grafana 11 sends it, shortened.
const grafana = {
  receiver: 'binnacle',
  status: 'firing',
  orgId: 1,
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'High memory', grafana_folder: 'ops', severity: 'warning' },
      annotations: { summary: 'Memory is short' },
      startsAt: '2026-11-26T11:59:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'https://grafana.example/alerting/1',
      fingerprint: 'c6eadffa33fcdf37',
      silenceURL: 'https://grafana.example/alerting/silence/new',
      dashboardURL: '',
      values: { B: 44.2 },
      valueString: '[ var=B value=44.2 ]',
    },
    {
      status: 'resolved',
      labels: { alertname: 'Disk full' },
      annotations: {},
      startsAt: '2026-11-26T10:00:00Z',
      endsAt: '2026-11-26T11:30:00Z',
    },
  ],
  version: '1',
}

test('alerts of a Grafana contact point keep their labels and times', () => {
  const [firing, resolved] = read(grafana)
  expect(formatLabels(firing!.labels)).toBe(
    '{alertname="High memory", grafana_folder="ops", severity="warning", source="grafana"}',
  )
  expect(formatLabels(firing!.annotations)).toContain('value_string="[ var=B value=44.2 ]"')
  expect(firing).toMatchObject({
    startsAtMs: Date.parse('2026-11-26T11:59:00Z'),
    endsAtMs: NOW + HOLD_MS,
    generatorUrl: 'https://grafana.example/alerting/1',
  })
  expect(resolved).toMatchObject({ endsAtMs: Date.parse('2026-11-26T11:30:00Z'), resolvedReason: 'sender' })
})

test.for([
  ['{', 'the body is not JSON'],
  ['[]', 'expected object'],
  ['{"alerts":[]}', 'alerts: there is no alert in it'],
  [{ alerts: [{ status: 'on', labels: { a: 'b' } }] }, 'alerts.0.status'],
  [{ alerts: [{ status: 'firing', labels: {} }] }, 'an alert needs a label'],
  [{ alerts: [{ status: 'firing', labels: { a: 'b' }, startsAt: 'soon' }] }, 'alerts.0.startsAt: "soon" is not a time'],
] as const)('%j is refused with the field', ([body, message]) => {
  expect(() => read(body)).toThrow(message)
})
