import { afterEach, beforeEach, expect, test } from 'vitest'
import { createVolatileMemory } from '../receiver-memory.ts'
import { notificationOf, oneNotifier, type Recorder, startRecorder } from '../testkit/index.ts'

let recorder: Recorder
beforeEach(async () => {
  recorder = await startRecorder()
})
afterEach(() => recorder[Symbol.asyncDispose]())

const never = new AbortController().signal

test('each number gets a request of its own; one that failed is tried again alone', async () => {
  let isDown = true
  recorder.answer = ({ body }) => ({ status: body.includes('%2B2') && isDown ? 503 : 200 })
  const notifier = oneNotifier(
    `sms_configs: [{url: '${recorder.url}/send', to: '+1, +2,+3', form: {to: '{{ .To }}', text: '{{ .Text }}', key: '{{ .Secret }}'}, secret: k3y, text: 'x & y'}]`,
  )
  const memory = createVolatileMemory()
  const numbers = () => recorder.requests.splice(0).map(({ body }) => new URLSearchParams(body).get('to'))
  expect(await notifier.send(notificationOf({ memory }), never)).toMatchObject({
    ok: false,
    retry: true,
    answer: '1 of 3 numbers refused: status 503',
  })
  expect(Object.fromEntries(new URLSearchParams(recorder.requests[0]!.body))).toEqual({
    to: '+1',
    text: 'x & y',
    key: 'k3y',
  })
  expect(numbers()).toEqual(['+1', '+2', '+3'])
  isDown = false
  expect(await notifier.send(notificationOf({ memory }), never)).toMatchObject({ ok: true })
  expect(numbers()).toEqual(['+2'])
  expect(await notifier.send(notificationOf({ idempotencyKey: 'n-2', memory }), never)).toMatchObject({ ok: true })
  expect(numbers()).toEqual(['+1', '+2', '+3'])
})

test('a number that is refused for good keeps no other from being told', async () => {
  recorder.answer = ({ body }) => ({ status: body.includes('%2B2') ? 400 : 200 })
  const notifier = oneNotifier(`sms_configs: [{url: '${recorder.url}/send', to: '+1,+2', form: {to: '{{ .To }}'}}]`)
  expect(await notifier.send(notificationOf(), never)).toMatchObject({
    ok: true,
    answer: '1 of 2 numbers refused: status 400',
  })
  const all = oneNotifier(`sms_configs: [{url: '${recorder.url}/send', to: '+2', form: {to: '{{ .To }}'}}]`)
  expect(await all.send(notificationOf(), never)).toMatchObject({ ok: false, retry: false })
})

test('what is filled into the URL is escaped, and the text is cut', async () => {
  const notifier = oneNotifier(
    `sms_configs: [{url: '${recorder.url}/send?to={{ .To }}&text={{ .Text }}&k={{ .Secret }}', method: GET, to: '{{ .CommonLabels.cluster }}', secret: 'a&b', text: 'ü {{ .Status }} 12345678901234567890', max_length: 12}]`,
  )
  await notifier.send(notificationOf(), never)
  expect(recorder.requests[0]).toMatchObject({
    method: 'GET',
    body: '',
    query: { to: 'eu-1', text: 'ü firing 12…', k: 'a&b' },
  })
})
