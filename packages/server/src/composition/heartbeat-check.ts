import type { ReceiverView } from '../alerting/index.ts'
import { formatDurationMs } from '../config/index.ts'
import type { RuleGroupView } from '../rules/index.ts'

/** A group may be late by so much beside two of its intervals. */
const GRACE_MS = 30_000
/** What fails for a shorter time may yet be taken: it is tried again within seconds. */
const PATIENCE_MS = 60_000
/** Notifications of so long count. */
const LATELY_MS = 15 * 60_000
const MOST_NAMED = 3

/**
 * Why nobody should think that all is well, in words; empty when it is: groups of rules that are not evaluated any more, and
 * notifications of which none arrives. One receiver that fails beside others that work is no reason.
 */
export function problemsOfAlerting(
  groups: readonly Pick<RuleGroupView, 'name' | 'intervalMs' | 'lastEvaluationMs'>[],
  receivers: readonly ReceiverView[],
  { nowMs, startedAtMs }: { readonly nowMs: number; readonly startedAtMs: number },
): readonly string[] {
  const problems: string[] = []
  const late = groups.flatMap(({ name, intervalMs, lastEvaluationMs }) => {
    const sinceMs = nowMs - (lastEvaluationMs ?? startedAtMs)
    return sinceMs > 2 * intervalMs + GRACE_MS ? [`"${name}" for ${formatDurationMs(roundToSeconds(sinceMs))}`] : []
  })
  if (late.length > 0) {
    const more = late.length > MOST_NAMED ? ` and ${late.length - MOST_NAMED} more` : ''
    problems.push(`rule groups are not evaluated: ${late.slice(0, MOST_NAMED).join(', ')}${more}`)
  }
  const results = receivers.flatMap(({ integrations }) => integrations)
  const arrived = results.some(({ lastSuccessMs = 0 }) => lastSuccessMs > nowMs - LATELY_MS)
  const failed = results.some(
    ({ lastFailure }) =>
      lastFailure !== undefined && lastFailure.atMs > nowMs - LATELY_MS && lastFailure.sinceMs <= nowMs - PATIENCE_MS,
  )
  if (failed && !arrived) problems.push('notifications fail, and none has arrived lately')
  return problems
}

const roundToSeconds = (ms: number) => Math.round(ms / 1000) * 1000
