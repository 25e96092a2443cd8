/** Ascending, NaN before everything, as Prometheus orders values. */
export function sortNanFirst(values: Float64Array): Float64Array {
  values.sort() // typed arrays put NaN last
  let nans = 0
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans]!)) nans++
  if (nans > 0 && nans < values.length) {
    values.copyWithin(nans, 0, values.length - nans)
    values.fill(Number.NaN, 0, nans)
  }
  return values
}

/** The `q`-quantile of sorted values, between two of them in proportion; NaN for none, infinite for `q` outside 0..1. */
export function quantileOfSorted(q: number, sorted: Float64Array): number {
  if (sorted.length === 0 || Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const rank = q * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight
}
