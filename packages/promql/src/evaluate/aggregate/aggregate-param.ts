import { formatShort } from '../../number-text.ts'
import type { AggregateExpr } from '../../parse/index.ts'
import { goMax, goMin } from '../numbers/arithmetic.ts'
import type { Run } from '../run/run.ts'

/**
 * Looks at the parameter of an aggregation at all steps together, as Prometheus does: fails where a step's cannot be,
 * warns of the extremes that make no sense. False where nothing can come of it.
 */
export function checkParam(run: Run, expr: AggregateExpr, params: Float64Array): boolean {
  const at = expr.param!
  let [most, least] = [params[0]!, params[0]!]
  let anyNan = false
  for (const param of params) {
    most = goMax(most, param)
    least = goMin(least, param)
    if (Number.isNaN(param)) anyNan = true
  }
  switch (expr.op) {
    case 'quantile':
      if (anyNan) run.warnOfQuantile(Number.NaN, at)
      if (most > 1) run.warnOfQuantile(most, at)
      if (least < 0) run.warnOfQuantile(least, at)
      return true
    case 'limit_ratio': {
      if (most === 0 && least === 0) return false
      if (anyNan) run.fail('Ratio value is NaN', at)
      const warnOf = (ratio: number, cap: number) =>
        run.warn(`ratio value should be between -1 and 1, got ${formatShort(ratio)}, capping to ${cap}`, at)
      if (most > 1) warnOf(most, 1)
      if (least < -1) warnOf(least, -1)
      return true
    }
    default:
      if (most < 1) return false
      if (anyNan) run.fail('Parameter value is NaN', at)
      if (least <= -(2 ** 63)) run.fail(`Scalar value ${formatShort(least)} underflows int64`, at)
      if (most >= 2 ** 63) run.fail(`Scalar value ${formatShort(most)} overflows int64`, at)
      return true
  }
}
