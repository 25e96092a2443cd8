// Durations of a query in milliseconds, and where windows lie by offset and `@`.

import type { AtModifier, DurationExpr } from '../../parse/index.ts'
import type { Grid } from './grid.ts'
import type { Run } from './run.ts'
import type { Windows } from './windows.ts'

/** Milliseconds of a duration in this query. */
export function durationMs(run: Run, duration: DurationExpr): number {
  const { startMs, endMs, stepMs } = run.options
  return durationMsOf(duration, { stepMs, rangeMs: endMs - startMs })
}

/** Milliseconds of a duration in a query of that step and length. */
export function durationMsOf(
  duration: DurationExpr,
  query: { readonly stepMs: number; readonly rangeMs: number },
): number {
  return Math.round(evaluate(duration, query.stepMs, query.rangeMs))
}

function evaluate(duration: DurationExpr, stepMs: number, rangeMs: number): number {
  switch (duration.kind) {
    case 'ms':
      return duration.ms
    case 'step':
      return stepMs
    case 'range':
      return rangeMs
    case 'paren':
      return evaluate(duration.inner, stepMs, rangeMs)
    case 'negate':
      return -evaluate(duration.inner, stepMs, rangeMs)
    case 'operation': {
      const a = evaluate(duration.left, stepMs, rangeMs) / 1000
      const b = evaluate(duration.right, stepMs, rangeMs) / 1000
      switch (duration.op) {
        case '+':
          return (a + b) * 1000
        case '-':
          return (a - b) * 1000
        case '*':
          return a * b * 1000
        case '/':
          return (a / b) * 1000
        case '%':
          return (a % b) * 1000
        case '^':
          return a ** b * 1000
        case 'min_of':
          return Math.min(a, b) * 1000
        case 'max_of':
          return Math.max(a, b) * 1000
      }
    }
  }
}

/** Windows of something with offset and `@`, `widthMs` wide. */
export function windowsOf(
  run: Run,
  grid: Grid,
  modifiers: { readonly offset: DurationExpr | undefined; readonly at: AtModifier | undefined },
  widthMs: number,
): Windows {
  const offset = modifiers.offset === undefined ? 0 : durationMs(run, modifiers.offset)
  const at = modifiers.at
  if (at === undefined) {
    return { firstEndMs: grid.startMs - offset, strideMs: grid.stepMs, widthMs, steps: grid.steps }
  }
  const fixed = at.kind === 'time' ? at.ms : at.kind === 'start' ? run.options.startMs : run.options.endMs
  return { firstEndMs: fixed - offset, strideMs: 0, widthMs, steps: grid.steps }
}
