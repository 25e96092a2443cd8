import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  alertOf,
  notificationOf,
  oneNotifier,
  type Recorder,
  resolvedNotificationOf,
  startRecorder,
} from '../testkit/index.ts'
import { urlOfV1 } from './pagerduty.ts'

let recorder: Recorder
beforeEach(async () => {
  recorder = await startRecorder(() => ({ status: 202, body: '{}' }))
})
afterEach(() => recorder[Symbol.asyncDispose]())

const never = new AbortController().signal
type Event = {
  dedup_key: string
  event_action: string
  payload: { summary: string; custom_details: Record<string, unknown> }
}
const events = () => recorder.requests.map(({ body }) => JSON.parse(body) as Event)

test('trigger and resolve of a group have the same key, another group another one', async () => {
  const notifier = oneNotifier(`pagerduty_configs: [{routing_key: k, url: '${recorder.url}/v2/enqueue'}]`)
  await notifier.send(notificationOf(), never)
  await notifier.send(resolvedNotificationOf(), never)
  await notifier.send(notificationOf({ groupKey: 'other' }), never)
  const [trigger, resolve, other] = events()
  expect([trigger!.event_action, resolve!.event_action]).toEqual(['trigger', 'resolve'])
  expect(trigger!.dedup_key).toBe(resolve!.dedup_key)
  expect(other!.dedup_key).not.toBe(trigger!.dedup_key)
})

test('an event that is too large loses its details, not the event; a long summary is cut', async () => {
  const notifier = oneNotifier(
    `pagerduty_configs: [{routing_key: k, url: '${recorder.url}/v2/enqueue', description: '{{ .CommonAnnotations.text }}'}]`,
  )
  const alerts = [alertOf({ labels: { alertname: 'A' }, annotations: { text: 'é'.repeat(300_000) } })]
  expect(await notifier.send(notificationOf({ alerts }), never)).toMatchObject({ ok: true })
  const [event] = events()
  expect([...event!.payload.summary]).toHaveLength(1024)
  expect(event!.payload.summary.endsWith('…')).toBe(true)
  expect(event!.payload.custom_details).toEqual({
    error: 'the details were left out: the event had more than 512000 bytes',
  })
  expect(Buffer.byteLength(recorder.requests[0]!.body)).toBeLessThan(10_000)
})

test('a service_key goes to the path of version 1 at the address that is configured', () => {
  expect(urlOfV1('https://events.pagerduty.com/v2/enqueue')).toBe(
    'https://events.pagerduty.com/generic/2010-04-15/create_event.json',
  )
  expect(urlOfV1('https://events.eu.pagerduty.com/v2/enqueue')).toBe(
    'https://events.eu.pagerduty.com/generic/2010-04-15/create_event.json',
  )
  expect(urlOfV1('http://proxy.example/pd/create_event.json')).toBe('http://proxy.example/pd/create_event.json')
})

test('why an event was refused is told', async () => {
  recorder.answer = () => ({
    status: 400,
    body: '{"status":"invalid event","message":"Event object is invalid","errors":["Length of \'routing_key\' is incorrect"]}',
  })
  const notifier = oneNotifier(`pagerduty_configs: [{routing_key: k, url: '${recorder.url}/v2/enqueue'}]`)
  expect(await notifier.send(notificationOf(), never)).toEqual({
    ok: false,
    status: 400,
    retry: false,
    answer: "status 400: Event object is invalid: Length of 'routing_key' is incorrect",
  })
})
