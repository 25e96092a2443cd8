import { expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { composeInSlices } from './composition.ts'
import { fallbackTemplates } from './fallback-templates.ts'
import { createTemplates, notificationData } from './index.ts'
import type { Notification } from './notifier.ts'
import { notificationOf } from './testkit/index.ts'

const templates = createTemplates({ files: [], externalUrl: 'http://b' }, systemClock)
const [alert] = notificationOf().alerts
const many: Notification = {
  ...notificationOf(),
  alerts: Array.from({ length: 2_000 }, (_, i) => ({
    ...alert!,
    fingerprint: String(i),
    labels: ['alertname', 'Down', 'unit', `u${i}`],
  })),
}

function compose(notification: Notification, own = templates) {
  const data = notificationData(notification, own.externalUrl)
  const limited = notificationData(notification, own.externalUrl, 3)
  return {
    title: own.text('{{ template "__subject" . }}', data),
    text: own.text('{{ template "slack.default.text" . }}{{ template "__text_alert_list" .Alerts }}', data),
    html: own.html('{{ template "email.default.html" . }}', data),
    few: own.text('{{ len .Alerts }} {{ .To }}', limited, { To: 'me' }),
    other: own.text('{{ len .Alerts }} {{ .To }}', limited, { To: 'you' }),
    plain: own.word('no template', data),
  }
}

test('a message about many alerts lets others run while it is made, and is the same', async () => {
  let turns = 0
  let done = false
  const count = () => {
    turns++
    if (!done) setImmediate(count)
  }
  setImmediate(count)
  const sliced = await composeInSlices(many, systemClock, async (own) => compose(own))
  done = true
  expect(turns).toBeGreaterThan(5)
  expect(sliced).toEqual(compose(many))
  expect(sliced.text).toContain('u1999')
  expect(sliced).toMatchObject({ few: '3 me', other: '3 you' })
})

test('several messages about the same alerts may be made at a time', async () => {
  const all = await Promise.all(
    [1, 2, 3].map(() => composeInSlices(many, systemClock, async (own) => compose(own).text)),
  )
  expect(new Set(all)).toEqual(new Set([compose(many).text]))
})

test('a template that fails says so, and the plain text stands in for it', async () => {
  const failing = '{{ range .Alerts }}{{ .Nope }}{{ end }}'
  const render = (own: Notification, by = templates) => by.text(failing, notificationData(own, ''))
  const rejected: unknown = await composeInSlices(many, systemClock, async (own) => render(own)).catch((error) => error)
  expect(rejected).toBeInstanceOf(BinnacleError)
  expect(rejected).toMatchObject({ code: 'notify.template', place: { line: 1 } })
  const plain = await composeInSlices(many, systemClock, async (own) => render(own, fallbackTemplates(templates)))
  expect(plain).toContain('and 1990 more')
})
