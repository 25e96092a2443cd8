import { type Alert, isResolvedAt } from '../alert.ts'

/**
 * What is known of an alert once `next` has come in. Where both cover a common time they are one alert: the earliest start
 * holds, and of two ends the later one unless it was only assumed. Otherwise `next` begins anew. Both are frozen.
 * Source: behaviour of Alertmanager's `provider/mem` and `Alert.Merge`.
 */
export function mergeAlerts(known: Alert, next: Alert, nowMs: number): Alert {
  const overlap =
    (next.endsAtMs > known.startsAtMs && next.endsAtMs < known.endsAtMs) ||
    (next.startsAtMs > known.startsAtMs && next.startsAtMs < known.endsAtMs)
  return overlap ? join(known, next, nowMs) : next
}

function join(known: Alert, next: Alert, nowMs: number): Alert {
  if (next.updatedAtMs < known.updatedAtMs) return join(next, known, nowMs)
  const bothEnded = isResolvedAt(next, nowMs) && isResolvedAt(known, nowMs)
  const keepEnd = known.endsAtMs > next.endsAtMs && (isResolvedAt(next, nowMs) ? bothEnded : !known.timeout)
  return Object.freeze({
    ...next,
    startsAtMs: Math.min(known.startsAtMs, next.startsAtMs),
    endsAtMs: keepEnd ? known.endsAtMs : next.endsAtMs,
  })
}
