/**
 * Sum of `values[from..to)` with Neumaier's compensation, so that small terms beside huge ones are not lost:
 * the answers agree with Prometheus's to the last digits.
 */
export function compensatedSum(values: Float64Array, from: number, to: number): number {
  let sum = 0
  let lost = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    const next = sum + value
    if (next - next !== 0)
      lost = 0 // infinite or NaN: nothing left to compensate
    else if (Math.abs(sum) >= Math.abs(value)) lost += sum - next + value
    else lost += value - next + sum
    sum = next
  }
  return sum + lost
}

/** Running compensated sum for places where values come one by one; all state in the object. */
export class Compensated {
  sum = 0
  lost = 0

  add(value: number): void {
    const next = this.sum + value
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) this.lost = 0
    else if (Math.abs(this.sum) >= Math.abs(value)) this.lost += this.sum - next + value
    else this.lost += value - next + this.sum
    this.sum = next
  }

  get total(): number {
    return this.sum + this.lost
  }
}

/**
 * Mean of `values[from..to)`: compensated sum divided by the count, or, where that sum would overflow, the mean carried
 * along incrementally, as Prometheus does it.
 */
export function compensatedMean(values: Float64Array, from: number, to: number): number {
  const first = new Compensated()
  first.add(values[from]!)
  for (let i = from + 1; i < to; i++) {
    const next = first.sum + values[i]!
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) {
      return incrementalMean(values, i, to, i - from, first.sum, first.lost)
    }
    first.add(values[i]!)
  }
  const count = to - from
  return first.sum / count + first.lost / count
}

function incrementalMean(
  values: Float64Array,
  from: number,
  to: number,
  soFar: number,
  sum: number,
  lost: number,
): number {
  const mean = new Compensated()
  mean.sum = sum / soFar
  mean.lost = lost / soFar
  let count = soFar
  for (let i = from; i < to; i++) {
    count++
    const share = (count - 1) / count
    mean.sum *= share
    mean.lost *= share
    mean.add(values[i]! / count)
  }
  return mean.total
}
