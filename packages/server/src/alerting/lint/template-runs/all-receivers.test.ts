import { expect, test } from 'vitest'
import { checkAlertmanagerConfig } from '../../config/index.ts'
import { receiverKinds } from '../../notify/index.ts'
import { lintTemplates } from '../index.ts'

/** Entries in which every templated field fails: `BAD` becomes a template of its own. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  webhook_configs: ['{url: "http://h/BAD", payload: {a: BAD, b: [BAD, {c: BAD}], BAD: x}}'],
  email_configs: [
    '{to: BAD, from: BAD, smarthost: "h:25", headers: {Subject: BAD, X-Other: BAD}, html: BAD, text: BAD}',
  ],
  pagerduty_configs: [
    `{routing_key: k, client: BAD, client_url: BAD, description: BAD, source: BAD, severity: BAD, class: BAD, component: BAD,
      group: BAD, details: {a: BAD}, images: [{src: BAD, alt: BAD, href: BAD}], links: [{href: BAD, text: BAD}]}`,
    '{service_key: k, client: BAD, client_url: BAD, description: BAD, details: {a: BAD}}',
  ],
  opsgenie_configs: [
    `{api_key: k, message: BAD, description: BAD, source: BAD, details: {a: BAD}, entity: BAD, tags: BAD, note: BAD, priority: BAD,
      actions: BAD, responders: [{name: BAD, type: team}]}`,
  ],
  wechat_configs: [
    '{api_secret: s, corp_id: BAD, message: BAD, to_user: BAD, to_party: BAD, to_tag: BAD, agent_id: BAD}',
  ],
  slack_configs: [
    `{api_url: "http://h", channel: BAD, username: BAD, color: BAD, title: BAD, title_link: BAD, pretext: BAD, text: BAD,
      fields: [{title: BAD, value: BAD}], footer: BAD, fallback: BAD, callback_id: BAD, icon_emoji: BAD, image_url: BAD,
      thumb_url: BAD, actions: [{type: BAD, text: BAD, url: BAD, style: BAD},
      {type: b, text: t, name: BAD, value: BAD,
      confirm: {text: BAD, title: BAD, ok_text: BAD, dismiss_text: BAD}}]}`,
    '{api_url: "http://h", channel: c, icon_url: BAD, message_text: BAD}',
  ],
  victorops_configs: [
    `{api_key: k, routing_key: BAD, message_type: BAD, state_message: BAD, entity_display_name: BAD, monitoring_tool: BAD,
      custom_fields: {a: BAD}}`,
  ],
  pushover_configs: [
    '{user_key: u, token: t, title: BAD, message: BAD, url: BAD, url_title: BAD, device: BAD, sound: BAD, priority: BAD}',
    '{user_key: u, token: t, html: true, message: BAD}',
  ],
  sns_configs: [
    '{api_url: BAD, topic_arn: BAD, subject: BAD, message: BAD, attributes: {a: BAD}, sigv4: {region: x}}',
    '{phone_number: BAD, sigv4: {region: x}}',
    '{target_arn: BAD, sigv4: {region: x}}',
  ],
  telegram_configs: [
    '{bot_token: t, chat_id: 1, message: BAD}',
    '{bot_token: t, chat_id: 1, message: BAD, parse_mode: ""}',
  ],
  discord_configs: ['{webhook_url: "http://h", title: BAD, message: BAD, content: BAD}'],
  webex_configs: ['{room_id: BAD, message: BAD, http_config: {authorization: {credentials: x}}}'],
  msteams_configs: ['{webhook_url: "http://h", title: BAD, summary: BAD, text: BAD}'],
  msteamsv2_configs: ['{webhook_url: "http://h", title: BAD, text: BAD}'],
  jira_configs: [
    `{api_url: "http://h", project: BAD, issue_type: BAD, summary: BAD, description: BAD, priority: BAD, labels: [BAD],
      fields: {a: BAD}}`,
  ],
  incidentio_configs: ['{url: "http://h", alert_source_token: t}'],
  rocketchat_configs: [
    `{token: t, token_id: i, channel: BAD, color: BAD, title: BAD, title_link: BAD, text: BAD, emoji: BAD,
      image_url: BAD, thumb_url: BAD, fields: [{title: BAD, value: BAD}], actions: [{type: button, text: BAD, url: BAD, msg: BAD}]}`,
    '{token: t, token_id: i, channel: c, icon_url: BAD}',
  ],
  mattermost_configs: [
    `{webhook_url: "http://h", channel: BAD, username: BAD, text: BAD, icon_url: BAD, icon_emoji: BAD, type: BAD,
      attachments: [{fallback: BAD, color: BAD, pretext: BAD, text: BAD, title: BAD, title_link: BAD, image_url: BAD, thumb_url: BAD,
      footer: BAD, footer_icon: BAD, author_name: BAD, author_link: BAD, author_icon: BAD, fields: [{title: BAD, value: BAD}]}],
      props: {card: BAD}}`,
  ],
  sms_configs: [
    '{url: "http://h", to: BAD, text: BAD, headers: {a: BAD}, body: BAD}',
    '{url: "http://h", to: "1", json: {a: BAD}}',
    '{url: "http://h", to: "1", form: {a: BAD}}',
  ],
}

test('every kind of receiver is here', () => {
  expect(Object.keys(ENTRIES).sort()).toEqual(receiverKinds.map(({ section }) => section).sort())
})

test.for(Object.entries(ENTRIES).flatMap(([section, entries]) => entries.map((entry) => [section, entry] as const)))(
  'every templated field is filled in: %s %s',
  async ([section, entry]) => {
    let n = 0
    const own = entry.replace(
      /"([^"]*)BAD([^"]*)"|BAD/g,
      (_, before = '', after = '') => `"${before}{{ .Status.Bad${++n} }}${after}"`,
    )
    const text = `global: {smtp_require_tls: false}\nroute: {receiver: a}\nreceivers:\n- name: a\n  ${section}:\n  - ${own}\n`
    const checked = checkAlertmanagerConfig(text, 'am.yml', { environment: {} })
    expect(checked.errors.map(({ message }) => message)).toEqual([])
    const found = await lintTemplates(text, checked, { files: [], nowMs: 1_700_000_000_000 })
    const fields = found.map(({ message }) => Number(/can't evaluate field Bad(\d+)/.exec(message)?.[1]))
    expect(fields.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i + 1))
  },
)
