import { z } from 'zod'
import { flag, type Report, secret, type TlsInput, text, tlsSchema } from '../../config/go-yaml/index.ts'
import type { Secret } from '../../config/index.ts'
import { type HostPort, hostPort, httpUrl, secretUrl } from './fields.ts'
import { checkHttpConfig, type HttpConfig, httpConfigSchema } from './http-config.ts'

/** The keys of `global` that receivers take where they say nothing themselves. */
export const globalsShape = {
  http_config: httpConfigSchema,
  smtp_from: text,
  smtp_hello: text,
  smtp_smarthost: hostPort,
  smtp_auth_username: text,
  smtp_auth_password: secret,
  smtp_auth_password_file: text,
  smtp_auth_secret: secret,
  smtp_auth_secret_file: text,
  smtp_auth_identity: text,
  smtp_require_tls: flag,
  smtp_tls_config: tlsSchema.nullable().optional(),
  smtp_force_implicit_tls: flag,
  slack_api_url: secretUrl,
  slack_api_url_file: text,
  slack_app_token: secret,
  slack_app_token_file: text,
  slack_app_url: httpUrl,
  pagerduty_url: httpUrl,
  opsgenie_api_url: httpUrl,
  opsgenie_api_key: secret,
  opsgenie_api_key_file: text,
  wechat_api_url: httpUrl,
  wechat_api_secret: secret,
  wechat_api_secret_file: text,
  wechat_api_corp_id: text,
  victorops_api_url: httpUrl,
  victorops_api_key: secret,
  victorops_api_key_file: text,
  telegram_api_url: httpUrl,
  telegram_bot_token: secret,
  telegram_bot_token_file: text,
  webex_api_url: httpUrl,
  rocketchat_api_url: httpUrl,
  rocketchat_token: secret,
  rocketchat_token_file: text,
  rocketchat_token_id: secret,
  rocketchat_token_id_file: text,
  mattermost_webhook_url: secretUrl,
  mattermost_webhook_url_file: text,
  jira_api_url: httpUrl,
} as const

const globalsSchema = z.strictObject(globalsShape)
export type GlobalsInput = z.output<typeof globalsSchema>

/**
 * `global` with Alertmanager's defaults, its keys as the file spells them. Of a pair such as `slack_api_url` and
 * `slack_api_url_file` at most one is there. Paths are as in the file: relative ones count from its folder.
 */
export type Globals = {
  readonly http_config: HttpConfig | undefined
  readonly smtp_from: string
  readonly smtp_hello: string
  readonly smtp_smarthost: HostPort | undefined
  readonly smtp_auth_username: string
  readonly smtp_auth_password: Secret | undefined
  readonly smtp_auth_password_file: string
  readonly smtp_auth_secret: Secret | undefined
  readonly smtp_auth_secret_file: string
  readonly smtp_auth_identity: string
  readonly smtp_require_tls: boolean
  readonly smtp_tls_config: TlsInput | undefined
  /** Absent: by the port (465 speaks TLS from the start). */
  readonly smtp_force_implicit_tls: boolean | undefined
  readonly slack_api_url: Secret | undefined
  readonly slack_api_url_file: string
  readonly slack_app_token: Secret | undefined
  readonly slack_app_token_file: string
  readonly slack_app_url: string
  readonly pagerduty_url: string
  readonly opsgenie_api_url: string
  readonly opsgenie_api_key: Secret | undefined
  readonly opsgenie_api_key_file: string
  readonly wechat_api_url: string
  readonly wechat_api_secret: Secret | undefined
  readonly wechat_api_secret_file: string
  readonly wechat_api_corp_id: string
  readonly victorops_api_url: string
  readonly victorops_api_key: Secret | undefined
  readonly victorops_api_key_file: string
  readonly telegram_api_url: string
  readonly telegram_bot_token: Secret | undefined
  readonly telegram_bot_token_file: string
  readonly webex_api_url: string
  readonly rocketchat_api_url: string
  readonly rocketchat_token: Secret | undefined
  readonly rocketchat_token_file: string
  readonly rocketchat_token_id: Secret | undefined
  readonly rocketchat_token_id_file: string
  readonly mattermost_webhook_url: Secret | undefined
  readonly mattermost_webhook_url_file: string
  /** Has no default. */
  readonly jira_api_url: string | undefined
}

/** Pairs of which at most one may be given. */
const ONE_OF = [
  ['slack_app_token', 'slack_app_token_file'],
  ['slack_api_url', 'slack_api_url_file'],
  ['opsgenie_api_key', 'opsgenie_api_key_file'],
  ['victorops_api_key', 'victorops_api_key_file'],
  ['telegram_bot_token', 'telegram_bot_token_file'],
  ['smtp_auth_password', 'smtp_auth_password_file'],
  ['rocketchat_token', 'rocketchat_token_file'],
  ['rocketchat_token_id', 'rocketchat_token_id_file'],
  ['smtp_auth_secret', 'smtp_auth_secret_file'],
  ['wechat_api_secret', 'wechat_api_secret_file'],
  ['mattermost_webhook_url', 'mattermost_webhook_url_file'],
] as const

/** Fills in what is left out, and reports what excludes one another. Source: Alertmanager's documentation, `<global>`. */
export function toGlobals(given: GlobalsInput, report: Report): Globals {
  checkHttpConfig(given.http_config, report)
  for (const [one, other] of ONE_OF) {
    if (given[one] !== undefined && given[other]) {
      report(`at most one of ${one} & ${other} must be configured`, [other])
    }
  }
  const slackAppUrl = given.slack_app_url ?? 'https://slack.com/api/chat.postMessage'
  const token = given.slack_app_token !== undefined || Boolean(given.slack_app_token_file)
  const url = given.slack_api_url !== undefined || Boolean(given.slack_api_url_file)
  // A token beside the URL of Slack's own API is how it was done before there were tokens.
  if (token && url && given.slack_api_url?.reveal() !== slackAppUrl) {
    report(
      'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured',
      [given.slack_app_token === undefined ? 'slack_app_token_file' : 'slack_app_token'],
    )
  }
  return {
    http_config: given.http_config ?? undefined,
    smtp_from: given.smtp_from ?? '',
    smtp_hello: given.smtp_hello ?? 'localhost',
    smtp_smarthost: given.smtp_smarthost,
    smtp_auth_username: given.smtp_auth_username ?? '',
    smtp_auth_password: given.smtp_auth_password,
    smtp_auth_password_file: given.smtp_auth_password_file ?? '',
    smtp_auth_secret: given.smtp_auth_secret,
    smtp_auth_secret_file: given.smtp_auth_secret_file ?? '',
    smtp_auth_identity: given.smtp_auth_identity ?? '',
    smtp_require_tls: given.smtp_require_tls ?? true,
    smtp_tls_config: given.smtp_tls_config ?? undefined,
    smtp_force_implicit_tls: given.smtp_force_implicit_tls,
    slack_api_url: given.slack_api_url,
    slack_api_url_file: given.slack_api_url_file ?? '',
    slack_app_token: given.slack_app_token,
    slack_app_token_file: given.slack_app_token_file ?? '',
    slack_app_url: slackAppUrl,
    pagerduty_url: given.pagerduty_url ?? 'https://events.pagerduty.com/v2/enqueue',
    opsgenie_api_url: given.opsgenie_api_url ?? 'https://api.opsgenie.com/',
    opsgenie_api_key: given.opsgenie_api_key,
    opsgenie_api_key_file: given.opsgenie_api_key_file ?? '',
    wechat_api_url: given.wechat_api_url ?? 'https://qyapi.weixin.qq.com/cgi-bin/',
    wechat_api_secret: given.wechat_api_secret,
    wechat_api_secret_file: given.wechat_api_secret_file ?? '',
    wechat_api_corp_id: given.wechat_api_corp_id ?? '',
    victorops_api_url: given.victorops_api_url ?? 'https://alert.victorops.com/integrations/generic/20131114/alert/',
    victorops_api_key: given.victorops_api_key,
    victorops_api_key_file: given.victorops_api_key_file ?? '',
    telegram_api_url: given.telegram_api_url ?? 'https://api.telegram.org',
    telegram_bot_token: given.telegram_bot_token,
    telegram_bot_token_file: given.telegram_bot_token_file ?? '',
    webex_api_url: given.webex_api_url ?? 'https://webexapis.com/v1/messages',
    rocketchat_api_url: given.rocketchat_api_url ?? 'https://open.rocket.chat/',
    rocketchat_token: given.rocketchat_token,
    rocketchat_token_file: given.rocketchat_token_file ?? '',
    rocketchat_token_id: given.rocketchat_token_id,
    rocketchat_token_id_file: given.rocketchat_token_id_file ?? '',
    mattermost_webhook_url: given.mattermost_webhook_url,
    mattermost_webhook_url_file: given.mattermost_webhook_url_file ?? '',
    jira_api_url: given.jira_api_url,
  }
}
