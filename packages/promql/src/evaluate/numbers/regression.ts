import { Compensated } from './kahan.ts'

/**
 * Least squares over the samples `[from..to)`: slope per second and value at `interceptMs`; NaN where a constant
 * infinite series has neither.
 */
export function linearRegression(
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  interceptMs: number,
): { slope: number; intercept: number } {
  const sumX = new Compensated()
  const sumY = new Compensated()
  const sumXY = new Compensated()
  const sumX2 = new Compensated()
  const first = values[from]!
  let constant = true
  for (let i = from; i < to; i++) {
    const x = (ts[i]! - interceptMs) / 1000
    const y = values[i]!
    if (y !== first) constant = false
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumX2.add(x * x)
  }
  if (constant) {
    if (Math.abs(first) === Number.POSITIVE_INFINITY) return { slope: Number.NaN, intercept: Number.NaN }
    return { slope: 0, intercept: first }
  }
  const n = to - from
  const covariance = sumXY.total - (sumX.total * sumY.total) / n
  const variance = sumX2.total - (sumX.total * sumX.total) / n
  const slope = covariance / variance
  return { slope, intercept: sumY.total / n - (slope * sumX.total) / n }
}
