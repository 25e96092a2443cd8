import { createHash } from 'node:crypto'
import { BinnacleError } from '../../config/index.ts'
import { createPacer, withDeadline } from '../../telemetry/index.ts'
import { composeInSlices } from './composition.ts'
import { isTemplateFailure } from './fallback-templates.ts'
import { createHttpClient, type HttpOptions, type HttpReply, type HttpRequest, RequestFailed } from './http/index.ts'
import { jsonInSlices } from './json-in-slices.ts'
import { cleanDelivery, judgeReply } from './judge-reply.ts'
import type { Delivery, Notification, Notifier, RenderedMessage } from './notifier.ts'
import type { NotifierDeps } from './receiver-kind.ts'
import { hiddenSecrets, openSecrets, type Secrets } from './secret-source.ts'
import { noteTemplateFailure } from './with-fallback.ts'

/** What a receiver would send, before a connection is opened. */
export type Composed = {
  readonly title: string
  readonly text: string
  /** In this order; the first that is refused ends the attempt. */
  readonly requests: readonly ComposedRequest[]
  /** To whom each request goes, where a notification has several. */
  readonly targets?: readonly string[]
}

export type ComposedRequest = {
  readonly method: HttpRequest['method']
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is; its type stands in `headers`. */
  readonly text?: string
}

/** Sends one request. Rejects with `RequestFailed`. */
export type Call = (request: ComposedRequest) => Promise<HttpReply>

export type HttpReceiver = {
  readonly kind: string
  readonly index: number
  readonly sendResolved: boolean
  readonly http: HttpOptions
  /** The receiver's own limit on an attempt, ms; 0 and absent: the general one. */
  readonly timeoutMs?: number
  /**
   * Throws `BinnacleError` when a template fails. Secrets come by `secrets` only: in a preview they stay hidden. May be begun
   * several times for one message (`composeInSlices`): it has no effects.
   */
  compose(notification: Notification, secrets: Secrets): Promise<Composed>
  /** What an answer means; by default its status. */
  judge?(reply: HttpReply, nowMs: number): Delivery
  /** For protocols of several steps: instead of sending the composed requests in turn. */
  exchange?(
    composed: Composed,
    call: Call,
    context: { notification: Notification; secrets: Secrets },
  ): Promise<Delivery>
}

const DEFAULT_TIMEOUT_MS = 30_000

/** A notifier that talks HTTP: deadline, redaction and the meaning of failures are the same for all of them. */
export function createHttpNotifier(receiver: HttpReceiver, deps: NotifierDeps): Notifier {
  const client = createHttpClient(receiver.http, deps)
  const judge = receiver.judge ?? ((reply, nowMs) => judgeReply(reply, { nowMs }))
  const general = deps.attemptTimeoutMs ?? DEFAULT_TIMEOUT_MS
  const timeoutMs = receiver.timeoutMs ? Math.min(receiver.timeoutMs, general) : general

  async function deliver(notification: Notification, secrets: Secrets, signal: AbortSignal): Promise<Delivery> {
    const composed = await composeInSlices(notification, deps.clock, (own) => receiver.compose(own, secrets))
    const isOnly = composed.requests.length === 1 && receiver.exchange === undefined
    const call: Call = async ({ json, text, headers, ...request }) => {
      const body = json === undefined ? text : await jsonInSlices(json, createPacer(deps.clock))
      // Steps of one notification are different requests: none may be taken for a repetition of another.
      const key = isOnly ? notification.idempotencyKey : stepKey(notification.idempotencyKey, request, body)
      return client.send(
        {
          ...request,
          headers: {
            ...(json === undefined ? {} : { 'content-type': 'application/json' }),
            ...(request.method === 'GET' ? {} : { 'idempotency-key': key }),
            ...headers,
          },
          ...(body === undefined ? {} : { body }),
        },
        { secrets, signal },
      )
    }
    if (receiver.exchange) return receiver.exchange(composed, call, { notification, secrets })
    let last: Delivery = { ok: true, answer: '' }
    for (const request of composed.requests) {
      last = judge(await call(request), deps.clock.now())
      if (!last.ok) return last
    }
    return last
  }

  return {
    kind: receiver.kind,
    index: receiver.index,
    sendResolved: receiver.sendResolved,

    async render(notification): Promise<RenderedMessage> {
      const { title, text, requests } = await composeInSlices(notification, deps.clock, (own) =>
        receiver.compose(own, hiddenSecrets),
      )
      const shown = requests.map(({ method, url, headers, json, text: body }) => ({
        method,
        url,
        ...(headers === undefined ? {} : { headers }),
        ...(json === undefined && body === undefined ? {} : { body: json ?? body }),
      }))
      return { title, text, request: shown.length === 1 ? shown[0]! : { requests: shown } }
    },

    async send(notification, signal): Promise<Delivery> {
      const secrets = openSecrets()
      try {
        const delivery = await withDeadline(deps.clock, signal, timeoutMs, (own) => deliver(notification, secrets, own))
        return cleanDelivery(delivery, secrets.redact)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        return failureOf(error, secrets)
      }
    },

    stop: () => {
      client.close()
      return Promise.resolve()
    },
  }
}

/** What a thrown failure means, without secrets. Throws what is a bug. */
export function failureOf(error: unknown, secrets: Secrets): Delivery {
  const delivery = cleanDelivery(failedDelivery(error), secrets.redact)
  return isTemplateFailure(error) ? noteTemplateFailure(delivery) : delivery
}

function failedDelivery(error: unknown): Delivery {
  if (error instanceof RequestFailed) return { ok: false, answer: error.message, retry: error.retry }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { ok: false, answer: error.message, retry: true }
  }
  if (error instanceof BinnacleError) {
    // A secret file may be missing for the moment in which it is replaced; a template fails again.
    const { file, line, column } = error.place ?? {}
    const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}:${column ?? 1}`}: `
    return { ok: false, answer: `${where}${error.message}`, retry: error.code === 'config.secret_file' }
  }
  throw error
}

function stepKey(idempotencyKey: string, { method, url }: { method: string; url: string }, body = ''): string {
  const hash = createHash('sha256').update(`${method} ${url}\n${body}`).digest('hex')
  return `${idempotencyKey}-${hash.slice(0, 16)}`
}

/** A text that people read first: tests and drills say what they are. */
export function marked(text: string, notification: Notification): string {
  return notification.test === true ? `[TEST] ${text}` : text
}
