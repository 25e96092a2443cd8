import type { StepReach } from '@binnacle/promql'

/** Steps of a range query, first and last one, Unix ms. */
export type Steps = { readonly fromMs: number; readonly toMs: number }

/**
 * Those of the steps whose value is what it was: no sample that it is made of may have changed (`changedFromMs` or later)
 * or gone (before `keptFromMs`). Undefined when there are none.
 */
export function stepsStillRight(
  steps: Steps & { readonly stepMs: number },
  reach: StepReach,
  { changedFromMs, keptFromMs }: { readonly changedFromMs: number; readonly keptFromMs: number },
): Steps | undefined {
  if (reach.fixedToMs >= changedFromMs || reach.fixedFromMs < keptFromMs) return undefined
  const { stepMs } = steps
  const down = Math.floor((changedFromMs - 1 - reach.toMs - steps.fromMs) / stepMs)
  const up = Math.ceil((keptFromMs - reach.fromMs - steps.fromMs) / stepMs)
  const fromMs = Math.max(steps.fromMs, steps.fromMs + up * stepMs)
  const toMs = Math.min(steps.toMs, steps.fromMs + down * stepMs)
  return fromMs <= toMs ? { fromMs, toMs } : undefined
}
