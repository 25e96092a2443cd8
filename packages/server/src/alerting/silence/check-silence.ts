import { BinnacleError } from '../../config/index.ts'
import type { AlertingLimits } from '../limits.ts'
import type { Matcher } from '../matcher/index.ts'
import type { StoredSilence } from './silence-rows.sql.ts'

/** Throws `alerting.bad_silence` for what Alertmanager refuses, and for what is over a limit. */
export function checkSilence(
  { matchers, startsAtMs, endsAtMs, comment, createdBy }: StoredSilence,
  nowMs: number,
  { maxSilenceMatchers, maxAlertSize }: Pick<AlertingLimits, 'maxSilenceMatchers' | 'maxAlertSize'>,
): void {
  if (matchers.length === 0) throw bad('at least one matcher required')
  if (matchers.length > maxSilenceMatchers)
    throw bad(`it has ${matchers.length} matchers`, `alerting.max_silence_matchers is ${maxSilenceMatchers}`)
  const size = matchers.reduce(
    (sum, { name, value }) => sum + name.length + value.length,
    comment.length + createdBy.length,
  )
  if (size > maxAlertSize)
    throw bad(`its matchers, author and comment have ${size} characters`, `alerting.max_alert_size is ${maxAlertSize}`)
  if (matchers.every(matchesEmpty)) throw bad('at least one matcher must not match the empty string')
  if (!Number.isFinite(startsAtMs) || !Number.isFinite(endsAtMs)) throw bad('start and end must be times')
  if (endsAtMs <= startsAtMs) throw bad('start time must be before end time')
  if (endsAtMs < nowMs) throw bad("end time can't be in the past")
}

/** As Alertmanager sees it: a negative matcher never counts as one that matches the empty text. */
function matchesEmpty(matcher: Matcher): boolean {
  return (matcher.kind === '=' || matcher.kind === '=~') && matcher.matchesValue('')
}

function bad(what: string, hint?: string): BinnacleError {
  return new BinnacleError('alerting.bad_silence', `invalid silence: ${what}`, hint === undefined ? {} : { hint })
}
