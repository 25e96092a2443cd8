import { type Answer, type Recorded, TEST_CA_FILE } from './recorder.ts'

/**
 * What the documentation of a service says about its request, as a check of what came in, and what the service answers
 * when it is satisfied. A check throws with what is wrong.
 */
export type Protocol = {
  /** A receiver section whose addresses lead to `url`; `secret` stands for every key, token and secret path. */
  readonly section: (url: string, secret: string) => string
  readonly check: (request: Recorded) => void
  readonly answer: (request: Recorded) => Answer
  /** Answers that refuse a valid request, whatever their status: for good and for now. */
  readonly refusals?: readonly { readonly answer: Answer; readonly retry: boolean }[]
}

const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

class Wrong extends Error {}

function bodyOf(request: Recorded): Record<string, unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new Wrong('content-type is not JSON')
  const value: unknown = JSON.parse(request.body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong('the body is no object')
  return value as Record<string, unknown>
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>

/** Only the named fields, each as it must be; names that end in `?` may be left out. */
function fields(value: unknown, shape: Shape, where = 'body'): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong(`${where} is no object`)
  const known = new Map(Object.entries(shape).map(([name, test]) => [name.replace(/\?$/, ''), { name, test }]))
  for (const [name, item] of Object.entries(value)) {
    const found = known.get(name)
    if (found === undefined) throw new Wrong(`${where}: unknown field ${name}`)
    if (!found.test(item)) throw new Wrong(`${where}.${name}: wrong: ${JSON.stringify(item)?.slice(0, 200)}`)
  }
  for (const [name, { name: given }] of known) {
    if (!given.endsWith('?') && !(name in value)) throw new Wrong(`${where}: ${name} is missing`)
  }
  return value as Record<string, unknown>
}

const isText = (value: unknown): value is string => typeof value === 'string'
const textUpTo = (limit: number) => (value: unknown) => isText(value) && [...value].length <= limit
const filledUpTo = (limit: number) => (value: unknown) => textUpTo(limit)(value) && value !== ''
const oneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value)
const isFlag = (value: unknown) => typeof value === 'boolean'
const isWhole = (value: unknown) => Number.isInteger(value)
const listOf = (test: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(test)
const isTexts = (value: unknown) => typeof value === 'object' && value !== null && Object.values(value).every(isText)
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTime = (value: unknown) => isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/.test(value)
const isHash = (value: unknown) => isText(value) && /^[0-9a-f]{64}$/.test(value)

function expectRequest(request: Recorded, method: string, path: string | RegExp): void {
  if (request.method !== method) throw new Wrong(`method ${request.method}, expected ${method}`)
  const fits = typeof path === 'string' ? request.path === path : path.test(request.path)
  if (!fits) throw new Wrong(`path ${request.path}, expected ${path}`)
}

function expectHeader(request: Recorded, name: string, value: string): void {
  if (request.headers[name] !== value) throw new Wrong(`${name}: ${request.headers[name]}, expected ${value}`)
}

const alertShape: Shape = {
  status: oneOf('firing', 'resolved'),
  labels: isTexts,
  annotations: isTexts,
  startsAt: isTime,
  endsAt: isTime,
  generatorURL: isText,
  fingerprint: (value) => isText(value) && /^[0-9a-f]{16}$/.test(value),
  'resolvedReason?': isText,
}

/** Source: Alertmanager's documentation, "Configuration", `<webhook_config>`. */
const webhookShape = (version: string): Shape => ({
  version: oneOf(version),
  groupKey: filledUpTo(10_000),
  truncatedAlerts: isWhole,
  status: oneOf('firing', 'resolved'),
  receiver: isText,
  groupLabels: isTexts,
  commonLabels: isTexts,
  commonAnnotations: isTexts,
  externalURL: isText,
  notification_reason: isText,
  alerts: listOf((alert) => Boolean(fields(alert, alertShape, 'alert'))),
  'test?': oneOf(true),
})

/** Source: Slack's "Reference: Secondary message attachments". */
const slackAttachment: Shape = {
  fallback: isText,
  text: isText,
  callback_id: isText,
  footer: isText,
  'title?': textUpTo(1024),
  'title_link?': isText,
  'pretext?': isText,
  'color?': isText,
  'image_url?': isText,
  'thumb_url?': isText,
  'mrkdwn_in?': listOf(isText),
  'fields?': listOf((field) => Boolean(fields(field, { title: isText, value: isText, short: isFlag }, 'field'))),
  'actions?': listOf(isObject),
}
const slackShape: Shape = {
  attachments: listOf((attachment) => Boolean(fields(attachment, slackAttachment, 'attachment'))),
  'channel?': isText,
  'username?': isText,
  'icon_emoji?': isText,
  'icon_url?': isText,
  'link_names?': oneOf(true),
  'text?': isText,
  'ts?': isText,
}

export const protocols: Readonly<Record<string, Protocol>> = {
  webhook: {
    section: (url, secret) => `webhook_configs:\n- url: ${url}/hook/${secret}`,
    check(request) {
      expectRequest(request, 'POST', /^\/hook\//)
      fields(bodyOf(request), webhookShape('4'))
    },
    answer: () => ({ body: 'thanks' }),
  },

  'slack (webhook)': {
    section: (url, secret) =>
      `slack_configs:\n- api_url: ${url}/services/T1/B2/${secret}\n  channel: '#alerts'\n  send_resolved: true`,
    check(request) {
      expectRequest(request, 'POST', /^\/services\/T1\/B2\//)
      fields(bodyOf(request), slackShape)
    },
    answer: () => ({ body: 'ok' }),
    refusals: [{ answer: { body: 'invalid_payload' }, retry: false }],
  },

  'slack (app token)': {
    section: (url, secret) =>
      `slack_configs:\n- app_token: ${secret}\n  app_url: ${url}/api/chat.postMessage\n  channel: '#alerts'\n  send_resolved: true`,
    check(request) {
      expectRequest(request, 'POST', '/api/chat.postMessage')
      if (!/^Bearer .+/.test(request.headers.authorization ?? '')) throw new Wrong('no bearer token')
      if (!filledUpTo(100)(fields(bodyOf(request), slackShape).channel)) throw new Wrong('no channel')
    },
    answer: () => json({ ok: true, channel: 'C1', ts: '1503435956.000247' }),
    refusals: [
      { answer: json({ ok: false, error: 'channel_not_found' }), retry: false },
      { answer: json({ ok: false, error: 'ratelimited' }), retry: true },
      { answer: { headers: { 'content-type': 'application/json' }, body: '{"ok":' }, retry: true },
    ],
  },

  /** Source: PagerDuty's "Send an alert event". */
  'pagerduty (v2)': {
    section: (url, secret) => `pagerduty_configs:\n- routing_key: ${secret}\n  url: ${url}/v2/enqueue`,
    check(request) {
      expectRequest(request, 'POST', '/v2/enqueue')
      const body = fields(bodyOf(request), {
        routing_key: filledUpTo(100),
        event_action: oneOf('trigger', 'acknowledge', 'resolve'),
        dedup_key: filledUpTo(255),
        payload: isObject,
        'client?': isText,
        'client_url?': isText,
        'images?': listOf(isObject),
        'links?': listOf(isObject),
      })
      fields(body.payload, {
        summary: filledUpTo(1024),
        source: filledUpTo(1024),
        severity: oneOf('critical', 'error', 'warning', 'info'),
        'class?': isText,
        'component?': isText,
        'group?': isText,
        'custom_details?': isObject,
      })
      if (Buffer.byteLength(request.body) > 512 * 1024) throw new Wrong('larger than 512 KB')
    },
    answer: () => json({ status: 'success', message: 'Event processed', dedup_key: 'x' }, 202),
  },

  /** Source: PagerDuty's "Events API v1". */
  'pagerduty (v1)': {
    section: (url, secret) => `pagerduty_configs:\n- service_key: ${secret}\n  url: ${url}/v2/enqueue`,
    check(request) {
      expectRequest(request, 'POST', '/generic/2010-04-15/create_event.json')
      fields(bodyOf(request), {
        service_key: filledUpTo(100),
        event_type: oneOf('trigger', 'acknowledge', 'resolve'),
        incident_key: isHash,
        'description?': filledUpTo(1024),
        'details?': isObject,
        'client?': isText,
        'client_url?': isText,
      })
    },
    answer: () => json({ status: 'success', message: 'Event processed', incident_key: 'x' }),
    refusals: [{ answer: { status: 403, body: 'too many' }, retry: true }],
  },

  /** Source: Opsgenie's "Alert API". */
  opsgenie: {
    section: (url, secret) =>
      `opsgenie_configs:\n- api_key: ${secret}\n  api_url: ${url}\n  tags: a,b\n  priority: P2\n  responders: [{type: team, name: ops}]`,
    check(request) {
      if (!/^GenieKey .+/.test(request.headers.authorization ?? '')) throw new Wrong('no GenieKey')
      if (request.path.endsWith('/close')) {
        expectRequest(request, 'POST', /^\/v2\/alerts\/[0-9a-f]{64}\/close$/)
        if (request.query.identifierType !== 'alias') throw new Wrong('identifierType')
        fields(bodyOf(request), { source: textUpTo(100) })
        return
      }
      expectRequest(request, 'POST', '/v2/alerts')
      fields(bodyOf(request), {
        message: filledUpTo(130),
        alias: filledUpTo(512),
        'description?': textUpTo(15_000),
        details: isTexts,
        source: textUpTo(100),
        'responders?': listOf((one) =>
          Boolean(
            fields(
              one,
              {
                type: oneOf('team', 'user', 'escalation', 'schedule'),
                'id?': isText,
                'name?': isText,
                'username?': isText,
              },
              'responder',
            ),
          ),
        ),
        'tags?': listOf(textUpTo(50)),
        'note?': textUpTo(25_000),
        'priority?': oneOf('P1', 'P2', 'P3', 'P4', 'P5'),
        'entity?': textUpTo(512),
        'actions?': listOf(textUpTo(50)),
      })
    },
    answer: () => json({ result: 'Request will be processed', took: 0.1, requestId: 'r' }, 202),
  },

  /** Source: Splunk On-Call's "REST endpoint integration guide". */
  victorops: {
    section: (url, secret) => `victorops_configs:\n- api_key: ${secret}\n  api_url: ${url}/alert\n  routing_key: team`,
    check(request) {
      expectRequest(request, 'POST', /^\/alert\/[^/]+\/team$/)
      fields(bodyOf(request), {
        message_type: oneOf('CRITICAL', 'WARNING', 'ACKNOWLEDGEMENT', 'INFO', 'RECOVERY'),
        entity_id: filledUpTo(512),
        entity_display_name: isText,
        state_message: textUpTo(20_480),
        monitoring_tool: isText,
      })
    },
    answer: () => json({ result: 'success', entity_id: 'x' }),
  },

  /** Source: pushover.net/api. */
  pushover: {
    section: (url, secret) =>
      `pushover_configs:\n- user_key: ${secret}\n  token: ${secret}\n  http_config: {proxy_url: '${url}', tls_config: {ca_file: '${TEST_CA_FILE}'}}`,
    check(request) {
      expectRequest(request, 'POST', '/1/messages.json')
      expectHeader(request, 'content-type', 'application/x-www-form-urlencoded')
      const form = Object.fromEntries(new URLSearchParams(request.body))
      fields(form, {
        token: filledUpTo(100),
        user: filledUpTo(100),
        message: filledUpTo(1024),
        title: textUpTo(250),
        url: textUpTo(512),
        url_title: textUpTo(100),
        priority: oneOf('-2', '-1', '0', '1', '2'),
        retry: (value) => Number(value) >= 30,
        expire: (value) => Number(value) <= 10_800,
        device: isText,
        sound: isText,
        'html?': oneOf('1'),
        'monospace?': oneOf('1'),
        'ttl?': isText,
      })
    },
    answer: () => json({ status: 1, request: 'r' }),
  },

  /** Source: core.telegram.org/bots/api#sendmessage. */
  telegram: {
    section: (url, secret) =>
      `telegram_configs:\n- bot_token: '${secret}'\n  chat_id: -1001234567890\n  api_url: ${url}`,
    check(request) {
      expectRequest(request, 'POST', /^\/bot[^/]+\/sendMessage$/)
      const { text } = fields(bodyOf(request), {
        chat_id: (value) => isText(value) && /^-?\d+$/.test(value),
        text: filledUpTo(4096),
        disable_web_page_preview: isFlag,
        'disable_notification?': isFlag,
        'parse_mode?': oneOf('HTML', 'Markdown', 'MarkdownV2'),
        'message_thread_id?': isWhole,
      })
      if (/<(?!\/?(?:b|strong|i|em|u|s|a|code|pre)\b)/.test(String(text)))
        throw new Wrong('a tag that Telegram refuses')
    },
    answer: () => json({ ok: true, result: { message_id: 1, chat: { id: -1001234567890 } } }),
    refusals: [
      { answer: json({ ok: false, error_code: 400, description: 'Bad Request: chat not found' }, 400), retry: false },
    ],
  },

  /** Source: Discord's "Execute webhook". */
  discord: {
    section: (url, secret) => `discord_configs:\n- webhook_url: ${url}/api/webhooks/1/${secret}`,
    check(request) {
      expectRequest(request, 'POST', /^\/api\/webhooks\/1\//)
      const { embeds } = fields(bodyOf(request), {
        content: textUpTo(2000),
        embeds: (value) => Array.isArray(value) && value.length <= 10,
        'username?': filledUpTo(80),
        'avatar_url?': isText,
      })
      for (const embed of embeds as unknown[]) {
        fields(embed, { title: textUpTo(256), description: textUpTo(4096), color: isWhole }, 'embed')
      }
    },
    answer: () => ({ status: 204 }),
  },

  msteams: {
    section: (url, secret) => `msteams_configs:\n- webhook_url: ${url}/webhookb2/${secret}`,
    check(request) {
      expectRequest(request, 'POST', /^\/webhookb2\//)
      fields(bodyOf(request), {
        '@context': oneOf('http://schema.org/extensions'),
        type: oneOf('MessageCard'),
        title: isText,
        summary: filledUpTo(10_000),
        text: isText,
        themeColor: (value) => isText(value) && /^[0-9A-F]{6}$/.test(value),
      })
    },
    answer: () => ({ body: '1' }),
    refusals: [
      {
        answer: {
          body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
        },
        retry: true,
      },
      {
        answer: {
          body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x',
        },
        retry: false,
      },
    ],
  },

  msteamsv2: {
    section: (url, secret) => `msteamsv2_configs:\n- webhook_url: ${url}/workflows/${secret}`,
    check(request) {
      expectRequest(request, 'POST', /^\/workflows\//)
      const { attachments } = fields(bodyOf(request), { type: oneOf('message'), attachments: Array.isArray })
      for (const attachment of attachments as unknown[]) {
        const { content } = fields(attachment, {
          contentType: oneOf('application/vnd.microsoft.card.adaptive'),
          contentUrl: oneOf(null),
          content: isObject,
        })
        const { body } = fields(content, {
          $schema: oneOf('http://adaptivecards.io/schemas/adaptive-card.json'),
          type: oneOf('AdaptiveCard'),
          version: oneOf('1.2'),
          body: Array.isArray,
          msteams: isObject,
        })
        for (const block of body as unknown[]) {
          fields(block, {
            type: oneOf('TextBlock'),
            text: isText,
            'wrap?': isFlag,
            'weight?': oneOf('Bolder'),
            'size?': oneOf('Medium'),
            'style?': oneOf('heading'),
            'color?': oneOf('Attention', 'Good', 'Warning'),
          })
        }
      }
    },
    answer: () => ({ status: 202 }),
  },

  /** Source: developer.webex.com, "Create a message". */
  webex: {
    section: (url, secret) =>
      `webex_configs:\n- room_id: r1\n  api_url: ${url}/v1/messages\n  http_config: {authorization: {credentials: ${secret}}}`,
    check(request) {
      expectRequest(request, 'POST', '/v1/messages')
      if (!/^Bearer .+/.test(request.headers.authorization ?? '')) throw new Wrong('no bearer token')
      const { markdown } = fields(bodyOf(request), { markdown: isText, roomId: filledUpTo(100) })
      if (Buffer.byteLength(markdown as string) > 7439) throw new Wrong('longer than 7439 bytes')
    },
    answer: () => json({ id: 'm1' }),
  },

  /** Source: "The Jira Cloud platform REST API", version 2. */
  jira: {
    section: (url, secret) =>
      `jira_configs:\n- api_url: ${url}/rest/api/2\n  project: OPS\n  issue_type: Bug\n  resolve_transition: Done\n  http_config: {basic_auth: {username: u, password: ${secret}}}`,
    check(request) {
      if (!/^Basic .+/.test(request.headers.authorization ?? '')) throw new Wrong('no credentials')
      if (request.path === '/rest/api/2/search') {
        fields(bodyOf(request), { jql: filledUpTo(10_000), maxResults: isWhole, fields: listOf(isText) })
        return
      }
      expectRequest(request, 'POST', '/rest/api/2/issue')
      const body = fields(bodyOf(request), { fields: isObject })
      fields(body.fields, {
        project: (value) => Boolean(fields(value, { key: oneOf('OPS') })),
        issuetype: (value) => Boolean(fields(value, { name: oneOf('Bug') })),
        summary: filledUpTo(255),
        'description?': textUpTo(32_767),
        labels: listOf((label) => isText(label) && !/\s/.test(label)),
        'priority?': isObject,
      })
    },
    answer: (request) =>
      request.path.endsWith('/search') ? json({ issues: [] }) : json({ id: '1', key: 'OPS-1', self: 'x' }, 201),
  },

  /** Source: "Amazon SNS API Reference", Publish. */
  sns: {
    section: (url, secret) =>
      `sns_configs:\n- api_url: ${url}\n  topic_arn: arn:aws:sns:eu-west-1:123456789012:alerts\n  sigv4: {region: eu-west-1, access_key: AKIDEXAMPLE, secret_key: ${secret}}\n  attributes: {severity: '{{ .CommonLabels.cluster }}'}`,
    check(request) {
      expectRequest(request, 'POST', '/')
      if (!/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? ''))
        throw new Wrong('content-type')
      const signed =
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sns\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/
      if (!signed.test(request.headers.authorization ?? ''))
        throw new Wrong(`signature: ${request.headers.authorization}`)
      const form = new URLSearchParams(request.body)
      if (form.get('Action') !== 'Publish' || form.get('Version') !== '2010-03-31') throw new Wrong('action')
      if (!filledUpTo(99)(form.get('Subject')) || /[\n\r]/.test(form.get('Subject') ?? '')) throw new Wrong('subject')
      if (!form.get('Message') || !form.get('TopicArn')) throw new Wrong('message or topic is missing')
    },
    answer: () => ({
      headers: { 'content-type': 'text/xml' },
      body: '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>',
    }),
    refusals: [
      {
        answer: {
          status: 400,
          body: '<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error></ErrorResponse>',
        },
        retry: true,
      },
      {
        answer: {
          status: 403,
          body: '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>',
        },
        retry: false,
      },
    ],
  },

  /** Source: Rocket.Chat's "Post Message". */
  rocketchat: {
    section: (url, secret) =>
      `rocketchat_configs:\n- api_url: ${url}\n  token: ${secret}\n  token_id: ${secret}\n  channel: '#alerts'\n  send_resolved: true`,
    check(request) {
      expectRequest(request, 'POST', '/api/v1/chat.postMessage')
      if (!request.headers['x-auth-token'] || !request.headers['x-user-id']) throw new Wrong('no token')
      fields(bodyOf(request), {
        channel: filledUpTo(100),
        'emoji?': isText,
        'avatar?': isText,
        attachments: listOf(isObject),
      })
    },
    answer: () => json({ success: true }),
    refusals: [{ answer: json({ success: false, error: 'error-not-allowed' }), retry: false }],
  },

  /** Source: developer.work.weixin.qq.com, "Send application messages". */
  wechat: {
    section: (url, secret) =>
      `wechat_configs:\n- api_url: ${url}/cgi-bin\n  api_secret: ${secret}\n  corp_id: corp\n  to_user: '@all'\n  agent_id: '1'\n  send_resolved: true`,
    check(request) {
      if (request.path === '/cgi-bin/gettoken') {
        expectRequest(request, 'GET', '/cgi-bin/gettoken')
        fields(request.query, { corpid: oneOf('corp'), corpsecret: filledUpTo(100) })
        return
      }
      expectRequest(request, 'POST', '/cgi-bin/message/send')
      if (request.query.access_token !== 'token-of-the-corporation') throw new Wrong('access_token')
      const body = fields(bodyOf(request), {
        touser: filledUpTo(1000),
        agentid: filledUpTo(100),
        msgtype: oneOf('text', 'markdown'),
        safe: oneOf('0'),
        'text?': isObject,
        'markdown?': isObject,
      })
      fields(body[body.msgtype as string], { content: filledUpTo(2048) })
    },
    answer: (request) =>
      request.path.endsWith('/gettoken')
        ? json({ errcode: 0, errmsg: 'ok', access_token: 'token-of-the-corporation', expires_in: 7200 })
        : json({ errcode: 0, errmsg: 'ok' }),
  },

  incidentio: {
    section: (url, secret) => `incidentio_configs:\n- url: ${url}/v2/alert_events\n  alert_source_token: ${secret}`,
    check(request) {
      expectRequest(request, 'POST', '/v2/alert_events')
      if (!/^Bearer .+/.test(request.headers.authorization ?? '')) throw new Wrong('no bearer token')
      fields(bodyOf(request), webhookShape('1'))
    },
    answer: () => json({ status: 'success' }, 202),
  },

  /** Source: developers.mattermost.com, "Incoming webhooks". */
  mattermost: {
    section: (url, secret) => `mattermost_configs:\n- webhook_url: ${url}/hooks/${secret}\n  channel: alerts`,
    check(request) {
      expectRequest(request, 'POST', /^\/hooks\//)
      fields(bodyOf(request), {
        'text?': textUpTo(16_383),
        'channel?': isText,
        'username?': isText,
        'icon_url?': isText,
        'icon_emoji?': isText,
        'attachments?': listOf(isObject),
        'type?': isText,
        'props?': isObject,
        'priority?': isObject,
      })
    },
    answer: () => ({ body: 'ok' }),
  },

  sms: {
    section: (url, secret) =>
      `sms_configs:\n- url: ${url}/send\n  to: '+4915112345678'\n  secret: ${secret}\n  send_resolved: true\n  headers: {authorization: 'Bearer {{ .Secret }}'}\n  json: {to: '{{ .To }}', body: '{{ .Text }}'}`,
    check(request) {
      expectRequest(request, 'POST', '/send')
      if (!/^Bearer .+/.test(request.headers.authorization ?? '')) throw new Wrong('no bearer token')
      fields(bodyOf(request), { to: (value) => String(value).includes('4915112345678'), body: filledUpTo(134) })
    },
    answer: () => json({ id: 'sms-1' }, 201),
  },
}
