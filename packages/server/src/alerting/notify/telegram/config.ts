import { z } from 'zod'
import { flag, resolveIn, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { httpUrl, wholeNumber } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type TelegramConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_url: string
  readonly bot_token: SecretSource
  readonly chat: { readonly id: string } | { readonly file: string }
  /** 0: none. */
  readonly message_thread_id: number
  readonly message: string
  readonly disable_notifications: boolean
  readonly parse_mode: '' | 'Markdown' | 'MarkdownV2' | 'HTML'
}

export const telegramSchema = z.strictObject({
  ...receiverShape,
  api_url: httpUrl,
  bot_token: secret,
  bot_token_file: text,
  chat_id: wholeNumber,
  chat_id_file: text,
  message_thread_id: wholeNumber,
  message: text,
  disable_notifications: flag,
  parse_mode: text,
})

/** Source: Alertmanager's documentation, "Configuration", `<telegram_config>`. */
export function checkTelegram(
  given: z.output<typeof telegramSchema>,
  context: ReceiverContext,
): TelegramConfig | undefined {
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['bot_token', 'bot_token_file'], context)
  const chatId = given.chat_id === '0' ? undefined : given.chat_id
  if (chatId === undefined && !given.chat_id_file) report('missing chat_id or chat_id_file on telegram_config', [])
  onlyOne({ ...given, chat_id: chatId }, ['chat_id', 'chat_id_file'], context)
  const parse_mode = given.parse_mode ?? 'HTML'
  if (parse_mode !== '' && parse_mode !== 'Markdown' && parse_mode !== 'MarkdownV2' && parse_mode !== 'HTML') {
    report('unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string', ['parse_mode'])
    return undefined
  }
  const bot_token =
    toSource(given.bot_token, given.bot_token_file, directory) ??
    toSource(globals.telegram_bot_token, globals.telegram_bot_token_file, directory)
  if (bot_token === undefined) {
    report('missing bot_token or bot_token_file on telegram_config', [])
    return undefined
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    api_url: given.api_url ?? globals.telegram_api_url,
    bot_token,
    chat: chatId === undefined ? { file: resolveIn(directory, given.chat_id_file ?? '') } : { id: chatId },
    message_thread_id: Number(given.message_thread_id ?? 0),
    message: given.message ?? '{{ template "telegram.default.message" . }}',
    disable_notifications: given.disable_notifications ?? false,
    parse_mode,
  }
}
