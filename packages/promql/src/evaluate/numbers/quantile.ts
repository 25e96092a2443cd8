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

/** Sorted values (NaN first) into which single ones are put and from which they are taken: for windows that overlap. */
export class SortedWindow {
  private cells = new Float64Array(64)
  private count = 0

  get values(): Float64Array {
    return this.cells.subarray(0, this.count)
  }

  clear(): void {
    this.count = 0
  }

  add(value: number): void {
    if (this.count === this.cells.length) {
      const wider = new Float64Array(2 * this.count)
      wider.set(this.cells)
      this.cells = wider
    }
    const at = this.placeOf(value)
    this.cells.copyWithin(at + 1, at, this.count)
    this.cells[at] = value
    this.count++
  }

  /** The value must be there. */
  remove(value: number): void {
    this.cells.copyWithin(this.placeOf(value), this.placeOf(value) + 1, this.count)
    this.count--
  }

  /** First place whose value is not below; -0 is below 0, so that what a window gives does not depend on the ones before. */
  private placeOf(value: number): number {
    if (Number.isNaN(value)) return 0
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      const there = this.cells[middle]!
      if (there < value || Number.isNaN(there) || (value === 0 && isBelowZero(there, value))) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Of two zeros: whether the first one is -0 and the second is not. */
function isBelowZero(there: number, value: number): boolean {
  return there === 0 && Object.is(there, -0) && !Object.is(value, -0)
}
