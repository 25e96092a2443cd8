import { labelsOf } from '@binnacle/promql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alertmanagerMissing, startAlertmanager } from '../testkit/index.ts'
import type { Notifier } from './notifier.ts'
import {
  alertOf,
  type Mailbox,
  notificationOf,
  notifiersOf,
  type ReceivedMail,
  type Recorded,
  type Recorder,
  SAMPLE_ALERTS,
  startMailbox,
  startRecorder,
  TEST_CA_FILE,
} from './testkit/index.ts'

/** Sections as teams write them, with as many options as their protocols have. `URL` is the recorder. */
const sections: Readonly<Record<string, string>> = {
  webhook: `webhook_configs: [{url: 'URL/webhook/{{ .GroupLabels.cluster }}'}]`,
  webhook_max: `webhook_configs: [{url: 'URL/webhook_max', max_alerts: 1}]`,
  webhook_payload: `webhook_configs:
- url: URL/webhook_payload
  payload:
    title: 'T {{ template "__subject" . }}'
    count: '{{ .Alerts.Firing | len }}'
    text: 'plain: not a mapping, {{ .Status }}'
    flag: true
    number: 1.5
    octal: '010'
    tricky: ["plain words", "a:b c", "http://x.example:80/a?b=c", "key: value", "key:", "a # comment", "# comment", "12", "1.5", "-0x1f", "0b11", "0o17", "010", "1_000", ".5", "+1", "9e12345678901234", "1e3", "yes", "Off", "y", "~", "null", "", "12:30:45", "190:20:30", "2026-01-02", "2026-01-02T03:04:05.5Z", "[a, 1]", "{a: 1, b: [c]}", "[FIRING:2] a: b: c", "a: b: c", "- a\\n- 2", "a: &x 1\\nb: *x", "*nothing", "&anchor", "!tag x", "@at", "\`tick\`", "%percent", "|\\n text", "> folded", "'single'", "\\"double\\"", "? a", "a\\n\\nb", "  spaced  ", "inf", ".inf-text", "0777", "08", "1,000"]
    none: null
    list: ['{{ .CommonLabels.alertname }}', [1, '2', 'yes', '2026-01-02', '12:30:45', '0x10']]
    nested: {'{{ .Status }}': '{{ .CommonLabels | toJson }}'}`,
  slack: `slack_configs: [{api_url: 'URL/services/T/B/C', channel: '#alerts', send_resolved: true}]`,
  slack_full: `slack_configs:
- api_url: URL/services/T/B/full
  channel: '#{{ .CommonLabels.cluster }}'
  username: 'the bot'
  color: '{{ if eq .Status "firing" }}#ff0000{{ else }}#00ff00{{ end }}'
  title: '{{ range .Alerts }}{{ .Annotations.summary }} {{ end }}'
  title_link: http://link.example/{{ .CommonLabels.cluster }}
  pretext: pre
  text: |-
    {{ range .Alerts }}*Alert:* {{ .Labels.alertname }} ({{ .Labels.severity }})
    *When:* {{ .StartsAt.Format "2006-01-02 15:04:05" }}
    {{ end }}
  message_text: top {{ .Alerts | len }}
  fields:
  - {title: One, value: '{{ .CommonLabels.cluster }}', short: true}
  - {title: Two, value: 'two'}
  short_fields: false
  footer: foot
  fallback: fall
  callback_id: cb
  icon_emoji: ':fire:'
  image_url: http://image.example/i.png
  thumb_url: http://image.example/t.png
  link_names: true
  mrkdwn_in: [text]
  actions:
  - {type: button, text: Runbook, url: 'http://runbook.example/{{ .CommonLabels.alertname }}', style: primary}
  - {type: button, text: Do, name: do, value: 'v', confirm: {text: sure, title: t, ok_text: y, dismiss_text: n}}
  send_resolved: true`,
  slack_token: `slack_configs: [{app_token: xoxb-1, app_url: 'URL/api/chat.postMessage', channel: C1, send_resolved: true}]`,
  pagerduty: `pagerduty_configs: [{routing_key: rk, url: 'URL/v2/enqueue'}]`,
  pagerduty_full: `pagerduty_configs:
- routing_key: '{{ .CommonLabels.cluster }}'
  url: URL/v2/enqueue/full
  client: c
  client_url: http://c.example
  description: '{{ .CommonLabels.alertname }}: {{ .CommonAnnotations.description }}'
  severity: '{{ if eq .Status "firing" }}critical{{ else }}info{{ end }}'
  class: cl
  component: co
  group: gr
  source: so
  details:
    firing: '{{ .Alerts.Firing | len }}'
    alerts: '{{ range .Alerts }}{{ .Labels.instance }} {{ end }}'
    deep: {a: ['{{ .Status }}', 2]}
  images: [{src: 'http://i.example/a.png', alt: a, href: 'http://i.example'}, {src: '', alt: none}]
  links: [{href: 'http://l.example', text: l}]`,
  pagerduty_v1: `pagerduty_configs: [{service_key: sk, http_config: {proxy_url: 'URL', tls_config: {ca_file: 'CA'}}}]`,
  opsgenie: `opsgenie_configs: [{api_key: ak, api_url: 'URL/og'}]`,
  opsgenie_full: `opsgenie_configs:
- api_key: ak
  api_url: URL/ogfull
  message: 'm {{ .CommonLabels.alertname }}'
  source: src
  details: {extra: '{{ .Status }}'}
  entity: e
  responders: [{type: team, name: a}, {type: teams, name: 'b,c'}, {type: user, username: u@x.example}, {type: schedule, id: '1'}]
  actions: x,y
  tags: '{{ .CommonLabels.cluster }},t'
  note: n
  priority: P1
  update_alerts: true`,
  victorops: `victorops_configs: [{api_key: ak, api_url: 'URL/vo', routing_key: 'rk {{ .CommonLabels.cluster }}', message_type: WARNING, custom_fields: {field: '{{ .Status }}'}}]`,
  pushover: `pushover_configs: [{user_key: uk, token: tk, http_config: {proxy_url: 'URL', tls_config: {ca_file: 'CA'}}}]`,
  pushover_full: `pushover_configs:
- user_key: uk
  token: tk
  title: '{{ range .Alerts }}{{ .Annotations.description }}{{ end }}'
  message: '<b>{{ .CommonLabels.alertname }}</b> {{ range .Alerts }}{{ .Annotations.summary }}{{ end }}'
  url_title: more
  device: d
  sound: siren
  priority: '1'
  retry: 45s
  expire: 30m
  ttl: 2h
  html: true
  http_config: {proxy_url: 'URL', tls_config: {ca_file: 'CA'}}`,
  telegram: `telegram_configs: [{bot_token: '123:abc', chat_id: -1001234567890, api_url: 'URL/tg'}]`,
  telegram_plain: `telegram_configs: [{bot_token: '123:abc', chat_id: 5, api_url: 'URL/tgplain', parse_mode: '', message: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}', disable_notifications: true, message_thread_id: 7}]`,
  discord: `discord_configs: [{webhook_url: 'URL/discord'}]`,
  discord_full: `discord_configs: [{webhook_url: 'URL/discordfull', content: 'c {{ .Status }}', username: u, avatar_url: 'http://a.example/a.png'}]`,
  msteams: `msteams_configs: [{webhook_url: 'URL/msteams'}]`,
  msteamsv2: `msteamsv2_configs: [{webhook_url: 'URL/msteamsv2'}]`,
  webex: `webex_configs: [{room_id: 'r {{ .CommonLabels.cluster }}', api_url: 'URL/webex', http_config: {authorization: {credentials: tok}}}]`,
  jira: `jira_configs: [{api_url: 'URL/rest/api/2', project: OPS, issue_type: Bug, labels: [b, a], http_config: {basic_auth: {username: u, password: p}}}]`,
  jira_full: `jira_configs:
- api_url: URL/jirafull/rest/api/2
  project: 'O{{ .CommonLabels.cluster }}'
  issue_type: Task
  summary: {template: 'S {{ .Status }}', enable_update: false}
  description: 'D {{ .CommonLabels.alertname }}'
  priority: High
  reopen_transition: Reopen
  resolve_transition: Close
  wont_fix_resolution: "Won't \\"fix\\""
  reopen_duration: 1h
  fields: {customfield_1: {value: '{{ .Status }}'}, customfield_2: [1, 'x'], customfield_3: '{{ .Alerts | len }}'}
  http_config: {authorization: {type: Token, credentials: t}}`,
  sns: `sns_configs: [{api_url: 'URL/sns', topic_arn: 'arn:aws:sns:eu-west-1:1:alerts', sigv4: {region: eu-west-1, access_key: AK, secret_key: SK}, attributes: {cluster: '{{ .CommonLabels.cluster }}'}, subject: 'S {{ .Status }}'}]`,
  sns_phone: `sns_configs: [{api_url: 'URL/snsphone', phone_number: '+4915', sigv4: {region: eu-west-1, access_key: AK, secret_key: SK}, subject: '', message: 'M {{ .Status }}'}]`,
  rocketchat: `rocketchat_configs: [{api_url: 'URL/rc', token: t, token_id: i, channel: '#x', send_resolved: true, fields: [{title: A, value: '{{ .Status }}'}], short_fields: true, emoji: ':x:', text: 'T {{ .Status }}', actions: [{text: Go, url: 'http://u.example'}]}]`,
  wechat: `wechat_configs: [{api_url: 'URL/wechat', api_secret: s, corp_id: c, to_user: '@all', agent_id: '1', send_resolved: true}]`,
  incidentio: `incidentio_configs: [{url: 'URL/incidentio', alert_source_token: tok}]`,
  mattermost: `mattermost_configs: [{webhook_url: 'URL/mattermost', channel: c}]`,
  mattermost_full: `mattermost_configs:
- webhook_url: URL/mattermostfull
  text: 'T {{ .Status }}'
  icon_emoji: ':x:'
  type: custom_x
  props: {card: 'card {{ .Status }}'}
  priority: {priority: urgent, requested_ack: true, persistent_notifications: true}
  attachments: [{title: A, text: 'a {{ .Status }}', fields: [{title: F, value: v, short: true}]}]`,
  email: `email_configs: [{to: 'Ops <ops@x.example>, dev@x.example', from: am@x.example, smarthost: '127.0.0.1:SMTP', require_tls: false, send_resolved: true, hello: me.example, auth_username: u, auth_password: p, html: '<p>{{ .Status }} {{ range .Alerts }}{{ .Annotations.summary }} {{ end }}</p>', text: 'T {{ .Status }} ü', headers: {subject: 'S {{ .CommonLabels.alertname }} ü', X-Team: t}}]`,
  email_default: `email_configs: [{to: ops@x.example, from: am@x.example, smarthost: '127.0.0.1:SMTP', require_tls: false, send_resolved: true, html: '', text: '{{ template "email.default.subject" . }}', auth_username: u, auth_password: p, threading: {enabled: true, thread_by_date: none}}]`,
}

const names = Object.keys(sections)
const ISSUE = { key: 'OPS-7', fields: { status: { name: 'x', statusCategory: { key: 'new' } } } }

/** What services say to a request that they take. */
function answer(request: Recorded) {
  const { path } = request
  const json = (value: unknown, status = 200) => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })
  if (path.startsWith('/services/')) return { body: 'ok' }
  if (path.endsWith('/search')) {
    // The issue of `jira_full` is there, that of `jira` is not.
    return json({ issues: path.includes('full') ? [ISSUE] : [] })
  }
  if (path.endsWith('/transitions') && request.method === 'GET') {
    return json({ transitions: [{ id: '3', name: 'Close' }] })
  }
  if (path.startsWith('/sns')) {
    return {
      headers: { 'content-type': 'text/xml' },
      body: '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>',
    }
  }
  return json({
    ok: true,
    success: true,
    errcode: 0,
    access_token: 'tok',
    channel: 'C1',
    ts: '1.2',
    result: { message_id: 1, chat: { id: 1 } },
  })
}

describe.skipIf(alertmanagerMissing !== '')(`the real Alertmanager sends the same${alertmanagerMissing}`, () => {
  let recorder: Recorder
  let mailbox: Mailbox
  const theirs = { firing: [] as Recorded[], resolved: [] as Recorded[] }
  const ours = { firing: [] as Recorded[], resolved: [] as Recorded[] }
  const mails = { theirs: [] as ReceivedMail[], ours: [] as ReceivedMail[] }

  beforeAll(async () => {
    recorder = await startRecorder(answer)
    mailbox = await startMailbox({ startTls: false, auth: { methods: ['PLAIN', 'LOGIN'], user: 'u', pass: 'p' } })
    const receivers = names.map((name) => {
      const section = sections[name]!.replaceAll('URL', recorder.url)
        .replaceAll('CA', TEST_CA_FILE)
        .replaceAll('SMTP', String(mailbox.port))
      return `- name: ${name}\n${section.replace(/^/gm, '  ')}`
    })
    const routes = names.map((name) => `  - {matchers: ['rcv="${name}"'], receiver: ${name}}`)
    const config = `route:
  receiver: webhook
  group_by: [alertname, cluster]
  group_wait: 2s
  group_interval: 1s
  routes:
${routes.join('\n')}
receivers:
${receivers.join('\n')}
`
    await using alertmanager = await startAlertmanager({
      config,
      args: ['--web.external-url=http://am.example/path', '--web.route-prefix=/'],
    })
    // Younger than group_wait, so that Alertmanager waits for all of a group.
    const startsAtMs = Date.now()
    const endsAtMs = Date.now() + 600_000
    const alertsOf = (end: number) =>
      names.flatMap((rcv) =>
        SAMPLE_ALERTS.map(({ labels, annotations }) => ({
          labels: { ...labels, rcv },
          annotations: { ...annotations },
          startsAtMs,
          endsAtMs: end,
          generatorUrl: 'http://p.example/graph?g0.expr=a%3E1&x=<y>',
        })),
      )
    const post = async (end: number) => {
      const body = alertsOf(end).map(({ startsAtMs: start, endsAtMs: stop, generatorUrl, ...alert }) => ({
        ...alert,
        startsAt: new Date(start).toISOString(),
        endsAt: new Date(stop).toISOString(),
        generatorURL: generatorUrl,
      }))
      const reply = await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(reply.status).toBe(200)
    }
    /** Waits until nothing more comes in for a while. */
    const settle = async () => {
      for (let last = -1, quiet = 0; quiet < 6; ) {
        const now = recorder.requests.length + mailbox.mails.length
        quiet = now === last && now > 0 ? quiet + 1 : 0
        last = now
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    }
    await post(endsAtMs)
    await settle()
    theirs.firing.push(...recorder.requests.splice(0))
    mails.theirs.push(...mailbox.mails.splice(0))
    const resolvedAtMs = Date.now() - 500
    await post(resolvedAtMs)
    await settle()
    theirs.resolved.push(...recorder.requests.splice(0))
    mails.theirs.push(...mailbox.mails.splice(0))

    const notifiers = notifiersOf(config, { externalUrl: 'http://am.example/path' })
    const send = async (end: number, status: 'firing' | 'resolved', reason: string) => {
      for (const name of names) {
        const notifier: Notifier = notifiers.get(name)![0]!
        const alerts = alertsOf(end)
          .filter(({ labels }) => labels.rcv === name)
          .map(alertOf)
        const notification = notificationOf({
          receiver: name,
          groupKey: `{}/{rcv="${name}"}:{alertname="HighLoad", cluster="eu-1"}`,
          groupLabels: labelsOf({ alertname: 'HighLoad', cluster: 'eu-1' }),
          alerts,
          status,
          reason,
          nowMs: Date.now(),
          idempotencyKey: `${name}-${status}`,
        })
        const delivery = await notifier.send(notification, new AbortController().signal)
        expect({ name, ...delivery }).toMatchObject({ name, ok: true })
      }
    }
    await send(endsAtMs, 'firing', 'first notification')
    ours.firing.push(...recorder.requests.splice(0))
    mails.ours.push(...mailbox.mails.splice(0))
    await send(resolvedAtMs, 'resolved', 'all alerts resolved')
    ours.resolved.push(...recorder.requests.splice(0))
    mails.ours.push(...mailbox.mails.splice(0))
  }, 120_000)

  afterAll(async () => {
    await recorder?.[Symbol.asyncDispose]()
    await mailbox?.[Symbol.asyncDispose]()
  })

  const httpNames = names.filter((name) => !name.startsWith('email'))
  /** Requests by what they hold, so that receivers are told apart whatever order they came in. */
  const pathsOf: Readonly<Record<string, RegExp>> = {
    webhook: /^\/webhook\//,
    slack: /^\/services\/T\/B\/C$/,
    slack_full: /^\/services\/T\/B\/full$/,
    slack_token: /^\/api\/chat/,
    pagerduty: /^\/v2\/enqueue$/,
    pagerduty_full: /^\/v2\/enqueue\/full$/,
    pagerduty_v1: /create_event/,
    opsgenie: /^\/og\//,
    opsgenie_full: /^\/ogfull\//,
    victorops: /^\/vo\//,
    telegram: /^\/tg\//,
    telegram_plain: /^\/tgplain\//,
    discord_full: /^\/discordfull$/,
    jira: /^\/rest\//,
    jira_full: /^\/jirafull\//,
    sns: /^\/sns\/?$/,
    sns_phone: /^\/snsphone/,
    rocketchat: /^\/rc\//,
    wechat: /^\/wechat\//,
    mattermost_full: /^\/mattermostfull$/,
  }
  const isOf = (name: string, request: Recorded): boolean => {
    if (name.startsWith('pushover')) {
      if (!request.path.endsWith('/1/messages.json')) return false
      const sound = request.query.sound ?? new URLSearchParams(request.body).get('sound')
      return (sound === 'siren') === (name === 'pushover_full')
    }
    return (pathsOf[name] ?? new RegExp(`^/${name}$`)).test(request.path)
  }

  const HEADERS = ['authorization', 'content-type', 'accept-language', 'x-auth-token', 'x-user-id']

  function comparable(name: string, request: Recorded) {
    const headers: Record<string, string | undefined> = Object.fromEntries(
      HEADERS.map((header) => [header, request.headers[header]?.toString()]),
    )
    let body: unknown = request.body
    let query: unknown = request.query
    if (name.startsWith('pushover')) {
      // Alertmanager puts the form into the URL, in text/plain; we send it as a form.
      body =
        request.method === 'POST' && request.body === ''
          ? request.query
          : Object.fromEntries(new URLSearchParams(request.body))
      query = undefined
      headers['content-type'] = undefined
    } else if (name.startsWith('sns')) {
      const form = Object.fromEntries(new URLSearchParams(request.body))
      body = form
      headers.authorization = headers.authorization?.replace(/\/\d{8}\//, '/day/').replace(/, SignedHeaders.*/, '')
      headers['content-type'] = headers['content-type']?.replace(/;.*/, '')
    } else if (request.body !== '') {
      body = JSON.parse(request.body)
      const object = body as Record<string, unknown>
      if (name === 'pagerduty_v1') {
        // Alertmanager's v1 events carry two empty fields of v2.
        expect(object.event_action ?? '').toBe('')
        delete object.event_action
        delete object.payload
      }
      if (name.startsWith('telegram')) {
        body = Object.fromEntries(Object.entries(object).map(([key, value]) => [key, String(value)]))
      }
      if (name === 'wechat') delete object.markdown
    } else {
      headers['content-type'] = undefined
    }
    return { method: request.method, path: request.path, query, headers, body, via: request.via }
  }

  test.for(httpNames)('%s: method, path, headers and body', (name) => {
    for (const phase of ['firing', 'resolved'] as const) {
      const expected = theirs[phase].filter((request) => isOf(name, request)).map((one) => comparable(name, one))
      const sent = ours[phase].filter((request) => isOf(name, request)).map((one) => comparable(name, one))
      expect(expected.length, `${phase}: Alertmanager sent something`).toBeGreaterThan(0)
      expect(sent).toEqual(expected)
    }
  })

  test('e-mail: envelope, login, headers and parts', () => {
    const read = (mail: ReceivedMail) => {
      const { from, to, user, hello } = mail
      return { from, to, user, hello, ...partsOf(mail.raw) }
    }
    const byMark = (mail: ReceivedMail) => mail.raw.includes('X-Team')
    for (const pick of [byMark, (mail: ReceivedMail) => !byMark(mail)]) {
      const expected = mails.theirs.filter(pick).map(read)
      expect(expected.length).toBe(2)
      expect(mails.ours.filter(pick).map(read)).toEqual(expected)
    }
  })
})

/** Headers and parts of a mail, decoded. */
function partsOf(raw: string) {
  const [head, body] = split(raw)
  const headers = headersOf(head)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const parts =
    boundary === undefined
      ? [{ type: headers['content-type'], text: decode(headers, body) }]
      : body
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => {
            const [inner, text] = split(part.replace(/^\r?\n/, ''))
            const own = headersOf(inner)
            return { type: own['content-type'], text: decode(own, text) }
          })
  const shown = ['subject', 'to', 'from', 'x-team', 'references', 'in-reply-to']
  return {
    headers: Object.fromEntries(shown.map((name) => [name, words(headers[name])])),
    parts: parts.map(({ type, text }) => ({ type: type?.toLowerCase(), text: text.replace(/\r\n/g, '\n').trim() })),
  }
}

const split = (text: string): [string, string] => {
  const at = text.search(/\r?\n\r?\n/)
  return [text.slice(0, at), text.slice(at).replace(/^\r?\n\r?\n/, '')]
}

const headersOf = (head: string): Record<string, string> =>
  Object.fromEntries(
    head
      .replace(/\r?\n[ \t]+/g, ' ')
      .split(/\r?\n/)
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )

/** Encoded words (RFC 2047, Q and B). */
const words = (text: string | undefined) =>
  text
    ?.replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64').toString() : quoted(word.replaceAll('_', ' ')),
    )

const quoted = (text: string) =>
  Buffer.from(
    text
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

const decode = (headers: Record<string, string>, text: string) =>
  headers['content-transfer-encoding']?.toLowerCase() === 'quoted-printable'
    ? quoted(text)
    : headers['content-transfer-encoding']?.toLowerCase() === 'base64'
      ? Buffer.from(text, 'base64').toString()
      : text
