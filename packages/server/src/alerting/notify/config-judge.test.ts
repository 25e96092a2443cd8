import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { alertmanagerMissing, amtool } from '../testkit/index.ts'
import { checkYaml } from './testkit/index.ts'

/** Receiver sections, good and bad ones; which they are is for amtool to say. */
const sections = `
webhook_configs: [{url: 'http://x.example/'}]
webhook_configs: [{url: 'http://x.example/', url_file: f}]
webhook_configs: [{url_file: f}]
webhook_configs: [{}]
webhook_configs: [null]
webhook_configs: [{url: ''}]
webhook_configs: [{url: 'ftp://x.example/'}]
webhook_configs: [{url: 'nothing'}]
webhook_configs: [{url: 'http://x.example/{{ .Status }}'}]
webhook_configs: [{url: 'http://x.example/{{ .Status'}]
webhook_configs: [{url: '<secret>'}]
webhook_configs: [{url: 'http://x.example/', max_alerts: 5, timeout: 10s, send_resolved: false, payload: {a: [1]}}]
webhook_configs: [{url: 'http://x.example/', max_alerts: -1}]
webhook_configs: [{url: 'http://x.example/', timeout: soon}]
webhook_configs: [{url: 'http://x.example/', nope: 1}]
webhook_configs: [{url: 'http://x.example/', http_config: {bearer_token: a, basic_auth: {username: u}}}]
webhook_configs: [{url: 'http://x.example/', http_config: {basic_auth: {username: u, password: p}, authorization: {credentials: c}}}]
webhook_configs: [{url: 'http://x.example/', http_config: {oauth2: {client_id: a, client_secret: b, token_url: 'http://t.example'}}}]
webhook_configs: [{url: 'http://x.example/', http_config: {oauth2: {client_id: a}}}]
webhook_configs: [{url: 'http://x.example/', http_config: {proxy_url: 'http://p.example', no_proxy: a}}]
webhook_configs: [{url: 'http://x.example/', http_config: {no_proxy: a}}]
webhook_configs: [{url: 'http://x.example/', http_config: {http_headers: {Authorization: {values: [a]}}}}]
webhook_configs: [{url: 'http://x.example/', http_config: {tls_config: {min_version: TLS12, server_name: s}}}]
webhook_configs: [{url: 'http://x.example/', http_config: {tls_config: {min_version: TLS99}}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25'}]
email_configs: [{from: c@d.example, smarthost: 'x:25'}]
email_configs: [{to: a@b.example, smarthost: 'x:25'}]
email_configs: [{to: a@b.example, from: c@d.example}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x'}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:'}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: ':25'}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: '[::1]:25'}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', headers: {subject: a, Subject: b}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', headers: {subject: a}, html: '', text: t, require_tls: false, force_implicit_tls: true, hello: h, auth_username: u, auth_password: p, auth_identity: i, auth_secret: s}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', auth_password: p, auth_password_file: f}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', threading: {enabled: true}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', threading: {enabled: true, thread_by_date: daily}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', threading: {enabled: true, thread_by_date: none}, headers: {references: x}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', threading: {thread_by_date: weekly}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', tls_config: {insecure_skip_verify: true}}]
email_configs: [{to: a@b.example, from: c@d.example, smarthost: 'x:25', tls_config: {cert_file: c}}]
pagerduty_configs: [{routing_key: k}]
pagerduty_configs: [{service_key: k}]
pagerduty_configs: [{service_key: k, routing_key: k}]
pagerduty_configs: [{routing_key: k, routing_key_file: f}]
pagerduty_configs: [{service_key: k, service_key_file: f}]
pagerduty_configs: [{}]
pagerduty_configs: [{routing_key: k, url: 'nope'}]
pagerduty_configs: [{routing_key: k, details: {a: {b: [1, x]}}, images: [{src: a}], links: [{href: b, text: c}], severity: x, class: a, component: b, group: c, source: d, timeout: 5s}]
pagerduty_configs: [{routing_key: k, details: nope}]
pagerduty_configs: [{routing_key: k, images: [{nope: a}]}]
opsgenie_configs: [{api_key: k}]
opsgenie_configs: [{}]
opsgenie_configs: [{api_key: k, api_key_file: f}]
opsgenie_configs: [{api_key: k, responders: [{type: team}]}]
opsgenie_configs: [{api_key: k, responders: [{type: TEAM, name: a}]}]
opsgenie_configs: [{api_key: k, responders: [{type: crowd, name: a}]}]
opsgenie_configs: [{api_key: k, responders: [{name: a}]}]
opsgenie_configs: [{api_key: k, responders: [{type: '{{ .Status }}', name: a}]}]
opsgenie_configs: [{api_key: k, responders: [{type: '{{ .Status', name: a}]}]
opsgenie_configs: [{api_key: k, details: {a: b}, tags: x, note: n, priority: P1, entity: e, actions: a, update_alerts: true}]
wechat_configs: [{api_secret: s, corp_id: c}]
wechat_configs: [{api_secret: s}]
wechat_configs: [{corp_id: c}]
wechat_configs: [{api_secret: s, api_secret_file: f, corp_id: c}]
wechat_configs: [{api_secret: s, corp_id: c, message_type: markdown}]
wechat_configs: [{api_secret: s, corp_id: c, message_type: html}]
slack_configs: [{api_url: 'http://x.example/'}]
slack_configs: [{}]
slack_configs: [{api_url: 'http://x.example/', api_url_file: f}]
slack_configs: [{api_url_file: f}]
slack_configs: [{app_token: t}]
slack_configs: [{app_token: t, app_token_file: f}]
slack_configs: [{app_token: t, api_url: 'http://x.example/'}]
slack_configs: [{app_token: t, http_config: {authorization: {credentials: c}}}]
slack_configs: [{app_token: t, app_url: 'http://y.example/'}]
slack_configs: [{api_url: 'http://x.example/', update_message: true}]
slack_configs: [{api_url: 'https://slack.com/api/chat.postMessage', update_message: true, http_config: {authorization: {credentials: c}}}]
slack_configs: [{api_url: 'http://x.example/', fields: [{title: a, value: b, short: true}]}]
slack_configs: [{api_url: 'http://x.example/', fields: [{value: b}]}]
slack_configs: [{api_url: 'http://x.example/', fields: [{title: a}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{type: button, text: a, url: b}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{type: button, text: a, name: b}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{type: button, text: a}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{text: a, url: b}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{type: button, url: b}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{type: button, text: a, name: b, confirm: {title: t}}]}]
slack_configs: [{api_url: 'http://x.example/', actions: [{type: button, text: a, name: b, confirm: {text: t}}]}]
slack_configs: [{api_url: 'http://x.example/', mrkdwn_in: [a], link_names: yes, short_fields: on, timeout: 1m}]
slack_configs: [{api_url: 'http://x.example/', channel: [a]}]
victorops_configs: [{api_key: k, routing_key: r}]
victorops_configs: [{api_key: k}]
victorops_configs: [{routing_key: r}]
victorops_configs: [{api_key: k, api_key_file: f, routing_key: r}]
victorops_configs: [{api_key: k, routing_key: r, custom_fields: {a: b}}]
victorops_configs: [{api_key: k, routing_key: r, custom_fields: {entity_id: b}}]
pushover_configs: [{user_key: u, token: t}]
pushover_configs: [{user_key: u}]
pushover_configs: [{token: t}]
pushover_configs: [{user_key: u, user_key_file: f, token: t}]
pushover_configs: [{user_key_file: u, token_file: t}]
pushover_configs: [{user_key: u, token: t, html: true, monospace: true}]
pushover_configs: [{user_key: u, token: t, retry: 30s, expire: 1h, ttl: 1h30m}]
pushover_configs: [{user_key: u, token: t, retry: 1d}]
pushover_configs: [{user_key: u, token: t, retry: 60}]
pushover_configs: [{user_key: u, token: t, retry: 0}]
sns_configs: [{topic_arn: t}]
sns_configs: [{}]
sns_configs: [{topic_arn: t, phone_number: p}]
sns_configs: [{topic_arn: t, phone_number: p, target_arn: a}]
sns_configs: [{target_arn: t, sigv4: {region: r, access_key: a, secret_key: s}}]
sns_configs: [{target_arn: t, sigv4: {region: r, access_key: a}}]
sns_configs: [{target_arn: t, sigv4: {region: r, secret_key: a}}]
sns_configs: [{target_arn: t, sigv4: {profile: p, role_arn: r}}]
sns_configs: [{target_arn: t, sigv4: {external_id: e}}]
sns_configs: [{target_arn: t, attributes: {a: b}, subject: s, message: m, api_url: 'anything'}]
telegram_configs: [{bot_token: t, chat_id: 1}]
telegram_configs: [{bot_token: t, chat_id: -100123}]
telegram_configs: [{bot_token: t, chat_id: abc}]
telegram_configs: [{bot_token: t}]
telegram_configs: [{chat_id: 1}]
telegram_configs: [{bot_token: t, chat_id: 0}]
telegram_configs: [{bot_token: t, chat_id: 1, chat_id_file: f}]
telegram_configs: [{bot_token: t, chat_id_file: f}]
telegram_configs: [{bot_token: t, bot_token_file: f, chat_id: 1}]
telegram_configs: [{bot_token: t, chat_id: 1, parse_mode: Markdown}]
telegram_configs: [{bot_token: t, chat_id: 1, parse_mode: ''}]
telegram_configs: [{bot_token: t, chat_id: 1, parse_mode: html}]
telegram_configs: [{bot_token: t, chat_id: 1, message_thread_id: 5, disable_notifications: true}]
discord_configs: [{webhook_url: 'http://x.example/'}]
discord_configs: [{}]
discord_configs: [{webhook_url: 'http://x.example/', webhook_url_file: f}]
discord_configs: [{webhook_url_file: f, username: u, avatar_url: a, content: c}]
webex_configs: [{room_id: r, http_config: {authorization: {credentials: c}}}]
webex_configs: [{room_id: r}]
webex_configs: [{http_config: {authorization: {credentials: c}}}]
webex_configs: [{room_id: r, http_config: {bearer_token: c}}]
webex_configs: [{room_id: r, http_config: {basic_auth: {username: u}}}]
msteams_configs: [{webhook_url: 'http://x.example/', title: t, summary: s, text: x}]
msteams_configs: [{}]
msteams_configs: [{webhook_url: 'http://x.example/', webhook_url_file: f}]
msteamsv2_configs: [{webhook_url: 'http://x.example/', title: t, text: x}]
msteamsv2_configs: [{webhook_url: 'http://x.example/', summary: t}]
msteamsv2_configs: [{webhook_url_file: f}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B}]
jira_configs: [{project: P, issue_type: B}]
jira_configs: [{api_url: 'http://x.example/', issue_type: B}]
jira_configs: [{api_url: 'http://x.example/', project: P}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, api_type: cloud}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, api_type: server}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, api_type: ''}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, summary: {template: t, enable_update: false}, description: d}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, summary: {nope: t}}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, reopen_duration: 1h, fields: {a: {b: 1}}, labels: [x]}]
jira_configs: [{api_url: 'http://x.example/', project: P, issue_type: B, reopen_duration: soon}]
incidentio_configs: [{url: 'http://x.example/', alert_source_token: t}]
incidentio_configs: [{url: 'http://x.example/'}]
incidentio_configs: [{alert_source_token: t}]
incidentio_configs: [{url: 'http://x.example/', url_file: f, alert_source_token: t}]
incidentio_configs: [{url: 'http://x.example/', alert_source_token: t, alert_source_token_file: f}]
incidentio_configs: [{url: 'http://x.example/', alert_source_token: t, http_config: {authorization: {credentials: c}}}]
incidentio_configs: [{url: 'http://x.example/', http_config: {follow_redirects: false}}]
incidentio_configs: [{url: 'http://x.example/', http_config: {authorization: {credentials: c}}, max_alerts: 3, timeout: 1s}]
rocketchat_configs: [{token: t, token_id: i}]
rocketchat_configs: [{token: t}]
rocketchat_configs: [{token_id: t}]
rocketchat_configs: [{token: t, token_file: f, token_id: i}]
rocketchat_configs: [{token: t, token_id: i, token_id_file: f}]
rocketchat_configs: [{token: t, token_id: i, fields: [{title: a}], actions: [{text: a, url: b, msg: c}]}]
rocketchat_configs: [{token: t, token_id: i, actions: [{image_url: a}]}]
rocketchat_configs: [{token: t, token_id: i, actions: [{imageurl: a, iswebview: true}]}]
mattermost_configs: [{webhook_url: 'http://x.example/'}]
mattermost_configs: [{}]
mattermost_configs: [{webhook_url: 'http://x.example/', webhook_url_file: f}]
mattermost_configs: [{webhook_url: 'http://x.example/', fields: [{title: a}]}]
mattermost_configs: [{webhook_url: 'http://x.example/', attachments: [{title: a, fields: [{title: t, value: v, short: true}]}]}]
mattermost_configs: [{webhook_url: 'http://x.example/', attachments: [{fields: [{value: v}]}]}]
mattermost_configs: [{webhook_url: 'http://x.example/', props: {card: c}, priority: {priority: urgent, requested_ack: true}}]
mattermost_configs: [{webhook_url: 'http://x.example/', priority: {nope: true}}]
nope_configs: [{}]
slack_configs: {}
`
  .trim()
  .split('\n')

const globals = [
  '{slack_api_url: "http://s.example/", opsgenie_api_key: k, victorops_api_key: k, wechat_api_secret: s, wechat_api_corp_id: c, telegram_bot_token: t, smtp_smarthost: "x:25", smtp_from: a@b.example, rocketchat_token: t, rocketchat_token_id: i, mattermost_webhook_url: "http://m.example/", jira_api_url: "http://j.example/"}',
  '{slack_app_token: t}',
  '{slack_app_token: t, slack_api_url: "https://slack.com/api/chat.postMessage"}',
  '{slack_api_url_file: f, http_config: {authorization: {credentials: c}}}',
]

const withGlobals = `
slack_configs: [{}]
slack_configs: [{api_url: 'http://x.example/'}]
slack_configs: [{api_url_file: f}]
slack_configs: [{app_token: t}]
slack_configs: [{http_config: {authorization: {credentials: c}}}]
slack_configs: [{update_message: true, api_url: 'https://slack.com/api/chat.postMessage'}]
opsgenie_configs: [{}]
opsgenie_configs: [{api_key_file: f}]
victorops_configs: [{routing_key: r}]
wechat_configs: [{}]
telegram_configs: [{chat_id: 1}]
email_configs: [{to: a@b.example}]
rocketchat_configs: [{}]
rocketchat_configs: [{token_file: f}]
mattermost_configs: [{}]
jira_configs: [{project: P, issue_type: B}]
webex_configs: [{room_id: r}]
incidentio_configs: [{url: 'http://x.example/'}]
`
  .trim()
  .split('\n')

const cases = [
  ...sections.map((section) => ({ global: '{}', section })),
  ...globals.flatMap((global) => withGlobals.map((section) => ({ global, section }))),
]

describe.skipIf(alertmanagerMissing !== '')(`amtool has the same verdict on receivers${alertmanagerMissing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-notify-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('on every section', { timeout: 120_000 }, async () => {
    const files = cases.map(({ global, section }, i) => {
      const file = join(folder, `${i}.yml`)
      const yaml = `global: ${global}\nroute: {receiver: x}\nreceivers:\n- name: x\n  ${section}\n`
      writeFileSync(file, yaml)
      return { file, yaml, title: `${global === '{}' ? '' : `${global} `}${section}` }
    })
    const { stdout, stderr } = await amtool(['check-config', ...files.map(({ file }) => file)])
    const verdicts = new Map(
      `${stdout}${stderr}`
        .split("Checking '")
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf("'")), part.slice(part.indexOf("'") + 1).trim()] as const),
    )
    const differences: string[] = []
    let good = 0
    for (const { file, yaml, title } of files) {
      const verdict = verdicts.get(file) ?? 'nothing'
      const isTaken = verdict.startsWith('SUCCESS')
      if (isTaken) good++
      const { errors, config } = checkYaml(yaml, file)
      if ((config !== undefined) === isTaken) continue
      differences.push(`${title}\n  amtool: ${verdict}\n  ours: ${errors.map(({ message }) => message).join('; ')}`)
    }
    expect(differences.join('\n')).toBe('')
    expect(good).toBeGreaterThan(60)
    expect(verdicts.size).toBe(cases.length)
  })
})
