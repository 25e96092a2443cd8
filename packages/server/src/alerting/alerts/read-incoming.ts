import type { Labels } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { IncomingAlert } from '../../rules/index.ts'
import type { Alert } from '../alert.ts'
import { fingerprintOf, formatLabelSet } from '../fingerprint.ts'
import type { AlertingLimits } from '../limits.ts'

/**
 * The alert that is meant, with everything that its sender left out. Without a start it began now, or when it ended; without
 * an end it lasts `resolveTimeoutMs` from now. Throws `BinnacleError` (`alerting.bad_alert`).
 * Source: Alertmanager's `POST /api/v2/alerts`.
 */
export function readIncoming(
  incoming: IncomingAlert,
  nowMs: number,
  { resolveTimeoutMs, maxAlertSize }: { readonly resolveTimeoutMs: number } & Pick<AlertingLimits, 'maxAlertSize'>,
): Alert {
  const { labels, annotations, generatorUrl } = incoming
  if (labels.length === 0) throw bad(labels, 'at least one label pair required')
  if (!isText(labels)) throw bad(labels, 'a label is no valid Unicode text')
  if (!isText(annotations)) throw bad(labels, 'an annotation is no valid Unicode text')
  let size = generatorUrl.length
  for (const text of labels) size += text.length
  for (const text of annotations) size += text.length
  if (size > maxAlertSize)
    throw bad(labels, `labels, annotations and generator URL have ${size} characters`, {
      hint: `alerting.max_alert_size is ${maxAlertSize}`,
    })
  const startsAtMs = incoming.startsAtMs ?? incoming.endsAtMs ?? nowMs
  if (incoming.endsAtMs !== undefined && incoming.endsAtMs < startsAtMs)
    throw bad(labels, 'start time must be before end time')
  const endsAtMs = incoming.endsAtMs ?? nowMs + resolveTimeoutMs
  return Object.freeze({
    fingerprint: fingerprintOf(labels),
    labels,
    annotations,
    startsAtMs,
    endsAtMs,
    updatedAtMs: nowMs,
    generatorUrl,
    timeout: incoming.endsAtMs === undefined,
    ...(endsAtMs <= nowMs ? { resolvedReason: incoming.resolvedReason ?? ('sender' as const) } : {}),
    ...(incoming.value === undefined ? {} : { value: incoming.value }),
  })
}

/** No half of a surrogate pair stands alone, no name is empty. */
function isText(labels: Labels): boolean {
  for (let i = 0; i < labels.length; i++) {
    if (/[\ud800-\udfff]/u.test(labels[i]!) || (i % 2 === 0 && labels[i] === '')) return false
  }
  return true
}

function bad(labels: Labels, what: string, more: { readonly hint?: string } = {}): BinnacleError {
  const name = formatLabelSet(labels)
  return new BinnacleError(
    'alerting.bad_alert',
    `alert ${name.length > 200 ? `${name.slice(0, 200)}...` : name}: ${what}`,
    more,
  )
}
