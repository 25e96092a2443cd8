import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alertmanagerMissing, startAlertmanager } from '../testkit/index.ts'
import { checkAlertmanagerConfig } from './index.ts'
import { configCases, receiverCases } from './testkit/index.ts'

const texts = [
  ...configCases.filter(({ error }) => error === undefined).map(({ text }) => text),
  ...receiverCases.flatMap(({ section, global, good = [] }) =>
    good.map(
      (entry) =>
        `${global === undefined ? '' : `global: ${global}\n`}route: {receiver: a}\nreceivers:\n  - name: a\n    ${section}: [${entry}]\n`,
    ),
  ),
]
const shown = (text: string) =>
  checkAlertmanagerConfig(text, 'alertmanager.yml', { environment: {} }).config?.yaml ?? ''

test('what is shown has no secrets in it', () => {
  const text = `global:
  smtp_auth_password: S3cret
  slack_api_url: http://x/S3cret
  http_config: {basic_auth: {username: u, password: S3cret}, http_headers: {X: {secrets: [S3cret], values: [seen]}}, proxy_url: "http://u:S3cret@p:1"}
route: {receiver: a}
receivers:
  - name: a
    webhook_configs: [{url: http://x/S3cret, http_config: {oauth2: {client_id: c, client_secret: S3cret, token_url: http://t}, tls_config: {cert: c, key: S3cret}}}]
    pagerduty_configs: [{routing_key: S3cret}, {service_key: S3cret}]
    opsgenie_configs: [{api_key: S3cret}]
    slack_configs: [{api_url: http://x/S3cret}, {app_token: S3cret}]
    victorops_configs: [{api_key: S3cret, routing_key: r}]
    pushover_configs: [{user_key: S3cret, token: S3cret}]
    sns_configs: [{topic_arn: t, sigv4: {access_key: a, secret_key: S3cret}}]
    telegram_configs: [{bot_token: S3cret, chat_id: 1}]
    discord_configs: [{webhook_url: http://x/S3cret}]
    webex_configs: [{room_id: r, http_config: {authorization: {credentials: S3cret}}}]
    msteams_configs: [{webhook_url: http://x/S3cret}]
    msteamsv2_configs: [{webhook_url: http://x/S3cret}]
    incidentio_configs: [{url: http://x, alert_source_token: S3cret}]
    rocketchat_configs: [{token: S3cret, token_id: S3cret}]
    mattermost_configs: [{webhook_url: http://x/S3cret}]
    wechat_configs: [{api_secret: S3cret, corp_id: c}]
    email_configs: [{to: a, from: b, smarthost: 'm:25', auth_password: S3cret, auth_secret: S3cret}]
`
  expect(checkAlertmanagerConfig(text, 'x', { environment: {} }).errors.map(({ message }) => message)).toEqual([])
  expect(shown(text)).not.toContain('S3cret')
  expect(shown(text)).toContain('seen')
  expect(shown(text).match(/<secret>/g)?.length).toBe(28)
})

describe.skipIf(alertmanagerMissing !== '')(`beside Alertmanager${alertmanagerMissing}`, () => {
  test('what is shown means the same to the real one as the file', async () => {
    await using judge = await startAlertmanager()
    /** Its own view of a file; undefined when it cannot run by it (a file that is named is not there). */
    const view = async (text: string): Promise<string | undefined> => {
      writeFileSync(judge.file, text)
      const reload = await fetch(`${judge.url}/-/reload`, { method: 'POST' })
      if (!reload.ok) return undefined
      const status = (await (await fetch(`${judge.url}/api/v2/status`)).json()) as { config: { original: string } }
      return status.config.original
    }
    const different: unknown[] = []
    let compared = 0
    for (const text of texts) {
      const own = await view(text)
      if (own === undefined) continue
      compared++
      const ours = await view(shown(text))
      // Where even its own view cannot be read again, the hidden secrets are to blame.
      if (ours === undefined && (await view(own)) === undefined) continue
      if (ours !== own) different.push({ text, shown: shown(text), own, ours })
    }
    expect(different).toEqual([])
    expect(compared).toBeGreaterThan(100)
  }, 60_000)
})
