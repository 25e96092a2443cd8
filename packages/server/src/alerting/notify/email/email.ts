import { createHash } from 'node:crypto'
import addressparser from 'nodemailer/lib/addressparser'
import { withDeadline } from '../../../telemetry/index.ts'
import { composeInSlices } from '../composition.ts'
import { groupHash } from '../group-hash.ts'
import { readTls } from '../http/index.ts'
import { failureOf, marked } from '../http-notifier.ts'
import { cleanDelivery } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notification, Notifier, RenderedMessage } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { openSecrets, type Secrets } from '../secret-source.ts'
import { openSentMemory } from '../sent-memory.ts'
import type { EmailConfig } from './config.ts'
import { htmlText } from './html-text.ts'
import { composeMail, type Mail } from './mail.ts'
import { SmtpFailed, type SmtpOutcome, sendMail } from './smtp.ts'

const DEFAULT_TIMEOUT_MS = 30_000

/**
 * A mail to each address of `to`, by SMTP. An address that is refused for good does not keep the others from getting
 * theirs; one that is refused for now gets its mail by a later attempt, the others no second one.
 * Source: RFC 5321, RFC 5322; Alertmanager's documentation, "Configuration", `<email_config>`.
 */
export function createEmail(config: EmailConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates, clock, log } = deps
  const timeoutMs = deps.attemptTimeoutMs ?? DEFAULT_TIMEOUT_MS

  const toMail = (notification: Notification): Promise<Mail> =>
    composeInSlices(notification, clock, async (own) => compose(own))

  function compose(notification: Notification): Mail {
    const data = notificationData(notification, templates.externalUrl)
    const render = (template: string) => templates.text(template, data)
    const word = (template: string) => templates.word(template, data)
    const headers = Object.fromEntries(
      Object.entries(config.headers).map(([name, template]) => [
        name,
        name === 'Subject' ? render(template) : word(template),
      ]),
    )
    headers.Subject = marked(subjectLine(headers.Subject ?? '', templates.isFallback), notification)
    return {
      from: word(config.from),
      to: word(config.to),
      headers: { ...headers, ...ownHeaders(config, notification, deps.hostname, headers) },
      text: config.text === '' ? '' : render(config.text),
      html: config.html === '' ? '' : templates.html(config.html, data),
      dateMs: clock.now(),
    }
  }

  async function deliver(notification: Notification, secrets: Secrets, signal: AbortSignal): Promise<Delivery> {
    const mail = await toMail(notification)
    const from = addressesOf(mail.from)
    const to = addressesOf(mail.to)
    if (from.length !== 1) return { ok: false, answer: `from: expected one address, got ${from.length}`, retry: false }
    if (to.length === 0) return { ok: false, answer: 'to: expected at least one address', retry: false }
    const memory = openSentMemory(notification)
    const left = memory.left(to)
    if (left.length === 0) return { ok: true, answer: 'all addresses have it' }
    const reveal = (source: EmailConfig['auth_password']) =>
      source === undefined ? Promise.resolve(undefined) : secrets.reveal(source)
    const credentials =
      config.auth_username === ''
        ? undefined
        : {
            username: config.auth_username,
            identity: config.auth_identity,
            password: await reveal(config.auth_password),
            secret: await reveal(config.auth_secret),
          }
    const settings = await readTls(config.tls, secrets)
    const outcome = await sendMail({ from: from[0]!, to: left }, await composeMail(mail), {
      host: config.smarthost.host || 'localhost',
      port: Number(config.smarthost.port),
      hello: config.hello,
      implicitTls: config.implicitTls,
      requireTls: config.requireTls,
      tls: settings,
      credentials,
      timeoutMs,
      signal,
    })
    memory.add(outcome.accepted)
    const delivery = judgeOutcome(outcome)
    if (delivery.ok) memory.forget()
    if (delivery.ok && outcome.refused.length > 0) {
      log.warn({ receiver: notification.receiver, addresses: outcome.refused.length }, 'some addresses were refused')
    }
    return delivery
  }

  return {
    kind: 'email',
    index,
    sendResolved: config.sendResolved,

    async render(notification): Promise<RenderedMessage> {
      const { headers, text, html, from, to } = await toMail(notification)
      const parts = { ...(text === '' ? {} : { text }), ...(html === '' ? {} : { html }) }
      const request = { server: `${config.smarthost.host}:${config.smarthost.port}`, from, to, headers, ...parts }
      return { title: headers.Subject ?? '', text: text || htmlText(html), request }
    },

    async send(notification, signal): Promise<Delivery> {
      const secrets = openSecrets()
      try {
        const delivery = await withDeadline(clock, signal, timeoutMs, (own) => deliver(notification, secrets, own))
        return cleanDelivery(delivery, secrets.redact)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (!(error instanceof SmtpFailed)) return failureOf(error, secrets)
        // A reply of 5yz will be the same again; everything else may pass.
        const retry = (error.status ?? 0) < 500
        return cleanDelivery({ ok: false, answer: error.message, retry }, secrets.redact)
      }
    },

    stop: () => Promise.resolve(),
  }
}

function judgeOutcome({ accepted, refused, answer }: SmtpOutcome): Delivery {
  const list = refused.map((one) => `${one.address}: ${one.answer}`).join('; ')
  if (refused.length === 0) return { ok: true, answer }
  const later = refused.some((one) => one.status < 500)
  if (accepted.length > 0 && !later) return { ok: true, answer: `${answer} (refused: ${list})` }
  return { ok: false, answer: `refused: ${list}`, retry: later }
}

/** Message id and thread, unless the configuration has its own. A repeated notification has the same id. */
function ownHeaders(
  config: EmailConfig,
  notification: Notification,
  hostname: string,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {}
  if (given['Message-Id'] === undefined) {
    const id = createHash('sha256').update(`${notification.idempotencyKey}\n${notification.receiver}`).digest('hex')
    headers['Message-Id'] = `<${id.slice(0, 32)}@${hostname}>`
  }
  if (config.threading !== 'off') {
    const day = config.threading === 'daily' ? new Date(notification.nowMs).toISOString().slice(0, 10) : ''
    // The same root as Alertmanager's, so that threads go on when Binnacle takes over.
    const root = `<alert-${groupHash(notification.groupKey).slice(0, 16)}-${day}@alertmanager>`
    headers.References = root
    headers['In-Reply-To'] = root
  }
  return headers
}

/** One line; of a text that stands in for one that failed, the first says what there is to say. */
const subjectLine = (subject: string, isFallback: boolean): string =>
  isFallback ? (subject.split('\n')[0] ?? '') : subject.replace(/\s*[\r\n]\s*/g, ' ')

function addressesOf(text: string): string[] {
  return addressparser(text, { flatten: true }).flatMap(({ address }) =>
    address !== undefined && /^\S+@\S+$/.test(address) ? [address] : [],
  )
}
