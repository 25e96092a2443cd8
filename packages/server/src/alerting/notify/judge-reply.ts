import { answerText } from './answer-text.ts'
import type { HttpReply } from './http/index.ts'
import type { Delivery } from './notifier.ts'

/** The longest that a server can put us off by `Retry-After`. */
const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * What a status means: 2xx is delivered; 5xx and 429 are worth another attempt, and the statuses in `retryOn`; all
 * others are final. `details` picks what matters out of a body that was refused.
 */
export function judgeReply(
  reply: HttpReply,
  options: { retryOn?: readonly number[]; details?: (body: string) => string | undefined; nowMs: number },
): Delivery {
  const { status } = reply
  const body = reply.body.toString('utf8', 0, 64 * 1024)
  if (status >= 200 && status < 300) return { ok: true, status, answer: body }
  const said = options.details?.(body) ?? body
  const answer = `status ${status}${said.trim() === '' ? '' : `: ${said}`}`
  const retry = status >= 500 || status === 429 || (options.retryOn?.includes(status) ?? false)
  const retryAfterMs = retry ? parseRetryAfter(reply.headers['retry-after'], options.nowMs) : undefined
  return { ok: false, status, answer, retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** Seconds or an HTTP date, as ms from now. Source: RFC 9110 §10.2.3. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  const ms = /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : undefined
}

/** A delivery whose answer may leave: secrets taken out, one line, bounded. */
export function cleanDelivery(delivery: Delivery, redact: (text: string) => string): Delivery {
  return { ...delivery, answer: answerText(redact(delivery.answer)) }
}

/** The JSON object in a body, or `undefined`. */
export function jsonObject(body: Buffer | string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
