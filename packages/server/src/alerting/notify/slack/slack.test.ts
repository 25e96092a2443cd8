import { labelsOf } from '@binnacle/promql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Notification } from '../notifier.ts'
import { createVolatileMemory } from '../receiver-memory.ts'
import { notificationOf, oneNotifier, type Recorder, resolvedNotificationOf, startRecorder } from '../testkit/index.ts'

let recorder: Recorder
beforeEach(async () => {
  recorder = await startRecorder()
})
afterEach(() => recorder[Symbol.asyncDispose]())

const never = new AbortController().signal
const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
const sent = () =>
  recorder.requests.map(({ path, body }) => ({ path, ...(JSON.parse(body) as { ts?: string; channel?: string }) }))

test('with update_message the message of a group is changed until all is resolved, and then begins anew', async () => {
  let count = 0
  recorder.answer = () => json({ ok: true, channel: 'C9', ts: `${++count}.0` })
  const build = () =>
    oneNotifier(
      `slack_configs: [{app_token: t, app_url: '${recorder.url}/api/chat.postMessage', channel: '#a', update_message: true}]`,
    )
  const memory = createVolatileMemory()
  const notifier = build()
  await notifier.send(notificationOf({ memory }), never)
  // Another one, as after a restart.
  await build().send(notificationOf({ idempotencyKey: 'n-2', memory }), never)
  await notifier.send(notificationOf({ idempotencyKey: 'n-3', memory: createVolatileMemory() }), never)
  await notifier.send(resolvedNotificationOf({ idempotencyKey: 'n-4', memory }), never)
  await notifier.send(notificationOf({ idempotencyKey: 'n-5', memory }), never)
  expect(sent().map(({ path, ts, channel }) => ({ path, ts, channel }))).toEqual([
    { path: '/api/chat.postMessage', ts: undefined, channel: '#a' },
    { path: '/api/chat.update', ts: '1.0', channel: 'C9' },
    { path: '/api/chat.postMessage', ts: undefined, channel: '#a' },
    { path: '/api/chat.update', ts: '2.0', channel: 'C9' },
    { path: '/api/chat.postMessage', ts: undefined, channel: '#a' },
  ])
})

test('a message that somebody deleted is sent anew by the next attempt', async () => {
  recorder.answer = ({ path }) =>
    path.endsWith('chat.update')
      ? json({ ok: false, error: 'message_not_found' })
      : json({ ok: true, channel: 'C9', ts: '1.0' })
  const notifier = oneNotifier(
    `slack_configs: [{app_token: t, app_url: '${recorder.url}/api/chat.postMessage', channel: '#a', update_message: true}]`,
  )
  const notification = notificationOf({ memory: createVolatileMemory() })
  await notifier.send(notification, never)
  expect(await notifier.send(notification, never)).toMatchObject({ ok: false, retry: true })
  expect(await notifier.send(notification, never)).toMatchObject({ ok: true })
  expect(sent().map(({ path }) => path)).toEqual(['/api/chat.postMessage', '/api/chat.update', '/api/chat.postMessage'])
})

const ALARM = `slack_configs:
- api_url: http://x.example/
  send_resolved: true
  color: '{{ template "binnacle.slack.alarm.color" . }}'
  message_text: 'ThreatCompass Alert: {{ template "binnacle.slack.alarm.name" . }}'
  title: ''
  fields:
  - {title: Alarm, value: '{{ template "binnacle.slack.alarm.name" . }}', short: true}
  - {title: State, value: '{{ template "binnacle.slack.alarm.state" . }}', short: true}
  - {title: Description, value: '{{ template "binnacle.slack.alarm.description" . }}', short: false}
  - {title: Reason, value: '{{ template "binnacle.slack.alarm.reason" . }}', short: false}`

test('binnacle.slack.alarm gives the shape of a cloud alarm, by state', async () => {
  const shape = async (notification = notificationOf()) => {
    const { body } = (await oneNotifier(ALARM).render(notification)).request as {
      body: {
        text: string
        attachments: [{ color: string; fields: { title: string; value: string; short: boolean }[] }]
      }
    }
    const { color, fields } = body.attachments[0]
    return { text: body.text, color, fields: Object.fromEntries(fields.map(({ title, value }) => [title, value])) }
  }
  expect(await shape()).toEqual({
    text: 'ThreatCompass Alert: HighLoad',
    color: 'danger',
    fields: {
      Alarm: 'HighLoad',
      State: 'ALARM',
      Description: 'Load 12.5 > 10\nfor 5 minutes ünï\nLoad 11 > 10\nfor 5 minutes ünï',
      Reason:
        'firing since 2026-11-26 11:55:00 UTC cluster=eu-1 instance=a:9100\n' +
        'firing since 2026-11-26 11:55:00 UTC cluster=eu-1 instance=b:9100',
    },
  })
  const resolved = resolvedNotificationOf()
  expect(await shape(resolved)).toMatchObject({ color: 'good', fields: { State: 'OK' } })
  const vanished = {
    ...resolved,
    alerts: resolved.alerts.map((one) => ({ ...one, resolvedReason: 'vanished' as const })),
  }
  expect(await shape(vanished)).toMatchObject({
    color: 'warning',
    fields: { State: 'INSUFFICIENT_DATA', Reason: expect.stringContaining('resolved (its series are gone)') },
  })
  // An alert that was made of a cloud alarm says its state and reason itself.
  const ofAlarm = (notification: Notification, state: string) => ({
    ...notification,
    alerts: notification.alerts
      .slice(0, 1)
      .map((one) => ({ ...one, annotations: labelsOf({ state, reason: 'Threshold Crossed: 1 datapoint' }) })),
  })
  for (const [notification, state, color] of [
    [notificationOf(), 'ALARM', 'danger'],
    [notificationOf(), 'INSUFFICIENT_DATA', 'warning'],
    [resolved, 'INSUFFICIENT_DATA', 'warning'],
    [resolved, 'OK', 'good'],
  ] as const) {
    const fields = { State: state, Reason: 'Threshold Crossed: 1 datapoint' }
    expect(await shape(ofAlarm(notification, state))).toMatchObject({ color, fields })
  }
  expect(await shape(ofAlarm(resolved, 'Bavaria'))).toMatchObject({ color: 'good', fields: { State: 'OK' } })
})
