import {
  COUNTER_RESET,
  type FloatHistogram,
  NOT_RESET,
  UNKNOWN_RESET,
  withResetHint,
} from '../../native-histogram/index.ts'
import type { SubqueryExpr } from '../../parse/index.ts'
import type { Column } from '../column/column.ts'
import { durationMs } from '../run/durations.ts'
import type { Grid } from '../run/grid.ts'
import type { Run } from '../run/run.ts'
import type { SampleHistograms, Windows } from '../run/windows.ts'

/**
 * The histograms of a subquery's samples. What their hints say of resets is forgotten: the sample before may not be
 * among them, or the same sample may be there twice.
 */
export function histogramSamples({ present, histograms }: Column): SampleHistograms {
  if (histograms === undefined) return undefined
  const samples: (FloatHistogram | undefined)[] = []
  for (let i = 0; i < present.length; i++) {
    if (present[i] === 0) continue
    const one = histograms[i]
    const hinted = one !== undefined && (one.resetHint === COUNTER_RESET || one.resetHint === NOT_RESET)
    samples.push(hinted ? withResetHint(one, UNKNOWN_RESET) : one)
  }
  return samples
}

/** The steps of a subquery lie on multiples of its step, whatever the outer query's times are. */
export function subqueryGrid(run: Run, subquery: SubqueryExpr, windows: Windows): Grid {
  const stepMs = subquery.step === undefined ? run.options.subqueryStepMs : durationMs(run, subquery.step)
  if (stepMs <= 0) run.fail('duration must be greater than 0', subquery)
  const afterMs = windows.firstEndMs - windows.widthMs
  const endMs = windows.firstEndMs + windows.strideMs * (windows.steps - 1)
  const startMs = (Math.floor(afterMs / stepMs) + 1) * stepMs
  return { startMs, stepMs, steps: endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1 }
}
