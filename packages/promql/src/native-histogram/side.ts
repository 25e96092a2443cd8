// Buckets of one side of a histogram while others are added to them:
//
//   indexes  -3  -1   0   4        ascending
//   counts    7   2   0  11        running sums
//   lost    1e-9  0   0  -2e-16    what rounding has lost of each (Neumaier), added at the end

import { copyDoubles, newDoubles } from './arrays.ts'
import { coarserIndex, upperBound } from './bounds.ts'
import { bucketIndexes } from './buckets.ts'
import { NO_BUCKETS, NO_SPANS } from './float-histogram.ts'
import { type BucketSide, compactSide, placesAmong, sameNumbers, spansOf } from './layout.ts'

export class Side {
  counts: Float64Array
  lost: Float64Array
  length: number
  /** Spans that name exactly these buckets, or their indexes: at least one of them is at hand. */
  private spans: Int32Array | undefined
  private known: Int32Array | undefined

  constructor(spans: Int32Array, buckets: Float64Array) {
    this.length = buckets.length
    this.counts = copyDoubles(buckets, buckets.length)
    this.lost = newDoubles(buckets.length)
    this.spans = spans
    this.known = undefined
  }

  get indexes(): Int32Array {
    this.known ??= bucketIndexes(this.spans!, this.length)
    return this.known
  }

  private replace(indexes: Int32Array, counts: Float64Array, lost: Float64Array, length: number): void {
    this.known = indexes
    this.counts = counts
    this.lost = lost
    this.length = length
    this.spans = undefined
  }

  clone(): Side {
    const copy = new Side(NO_SPANS, NO_BUCKETS)
    const { length } = this
    copy.replace(this.indexes.slice(0, length), this.counts.slice(0, length), this.lost.slice(0, length), length)
    return copy
  }

  /**
   * Adds (`sign` 1) or subtracts (-1) buckets of a schema that is `levels` finer. Leading ones that end within the zero
   * bucket (0: none do), which has their counts, are passed over.
   */
  add(
    spans: Int32Array,
    buckets: Float64Array,
    sign: 1 | -1,
    schema: number,
    levels: number,
    zeroThreshold: number,
  ): void {
    if (buckets.length === 0) return
    if (
      levels === 0 &&
      this.spans !== undefined &&
      (zeroThreshold === 0 || upperBound(spans[0]!, schema, NO_BUCKETS) > zeroThreshold) &&
      sameNumbers(spans, this.spans)
    ) {
      addAligned(this.counts, this.lost, buckets, sign)
      return
    }
    const indexes = bucketIndexes(spans, buckets.length)
    if (levels > 0) for (let i = 0; i < indexes.length; i++) indexes[i] = coarserIndex(indexes[i]!, levels)
    let first = 0
    if (zeroThreshold > 0)
      while (first < indexes.length && upperBound(indexes[first]!, schema, NO_BUCKETS) <= zeroThreshold) first++
    this.addAt(indexes, buckets, first, sign)
  }

  /** Adds `buckets[first..]` at ascending indexes, of which several may be the same. */
  private addAt(indexes: Int32Array, buckets: Float64Array, first: number, sign: 1 | -1): void {
    let own = this.indexes
    let at = 0
    for (let i = first; i < buckets.length; i++) {
      const index = indexes[i]!
      while (at < this.length && own[at]! < index) at++
      if (at === this.length || own[at] !== index) {
        this.makePlaces(indexes, i)
        own = this.indexes
      }
      accumulate(this.counts, this.lost, at, sign * buckets[i]!)
    }
  }

  /** Makes empty buckets of `indexes[from..]` where there are none yet. */
  private makePlaces(indexes: Int32Array, from: number): void {
    const room = this.length + indexes.length - from
    const { indexes: mine } = this
    const merged = new Int32Array(room)
    const counts = new Float64Array(room)
    const lost = new Float64Array(room)
    let n = 0
    let at = 0
    let other = from
    while (at < this.length || other < indexes.length) {
      const own = at < this.length ? mine[at]! : Number.POSITIVE_INFINITY
      const their = other < indexes.length ? indexes[other]! : Number.POSITIVE_INFINITY
      merged[n] = Math.min(own, their)
      if (own <= their) {
        counts[n] = this.counts[at]!
        lost[n] = this.lost[at++]!
      }
      while (other < indexes.length && indexes[other] === merged[n]) other++
      n++
    }
    this.replace(merged, counts, lost, n)
  }

  /** Merges buckets into those of a schema that is `levels` coarser. */
  reduce(levels: number): void {
    const { indexes } = this
    let n = -1
    for (let i = 0; i < this.length; i++) {
      const index = coarserIndex(indexes[i]!, levels)
      if (n >= 0 && indexes[n] === index) {
        accumulate(this.counts, this.lost, n, this.counts[i]!)
        accumulate(this.counts, this.lost, n, this.lost[i]!)
        continue
      }
      n++
      indexes[n] = index
      this.counts[n] = this.counts[i]!
      this.lost[n] = this.lost[i]!
    }
    this.length = n + 1
    this.spans = undefined
  }

  /** Drops the buckets that begin below `threshold`: they are in the zero bucket now. */
  dropBelow(schema: number, threshold: number): void {
    const { indexes, length } = this
    let from = 0
    while (from < length && upperBound(indexes[from]! - 1, schema, NO_BUCKETS) < threshold) from++
    const rest = length - from
    this.replace(indexes.slice(from, length), this.counts.slice(from, length), this.lost.slice(from, length), rest)
  }

  /** Moves buckets of custom bounds to coarser ones, and adds those of another histogram moved there too. */
  addReconciled(
    bounds: Float64Array,
    spans: Int32Array,
    buckets: Float64Array,
    otherBounds: Float64Array,
    sign: 1 | -1,
    coarser: Float64Array,
  ): void {
    const counts = new Float64Array(coarser.length + 1)
    const lost = new Float64Array(coarser.length + 1)
    const own = placesAmong(this.indexes, this.length, bounds, coarser)
    for (let i = 0; i < this.length; i++) {
      accumulate(counts, lost, own[i]!, this.counts[i]!)
      accumulate(counts, lost, own[i]!, this.lost[i]!)
    }
    const theirs = placesAmong(bucketIndexes(spans, buckets.length), buckets.length, otherBounds, coarser)
    for (let i = 0; i < buckets.length; i++) accumulate(counts, lost, theirs[i]!, sign * buckets[i]!)
    const indexes = new Int32Array(counts.length)
    let n = 0
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0 && lost[i] === 0) continue
      indexes[n] = i
      counts[n] = counts[i]!
      lost[n++] = lost[i]!
    }
    this.replace(indexes, counts, lost, n)
  }

  multiply(factor: number): void {
    for (let i = 0; i < this.length; i++) {
      this.counts[i]! *= factor
      this.lost[i]! *= factor
    }
  }

  divide(divisor: number): void {
    for (let i = 0; i < this.length; i++) {
      this.counts[i]! /= divisor
      this.lost[i]! /= divisor
    }
  }

  hasInfinity(): boolean {
    for (let i = 0; i < this.length; i++) if (Math.abs(this.counts[i]!) === Number.POSITIVE_INFINITY) return true
    return false
  }

  /** What rounding takes from the sums of `finish`, as buckets; undefined where that is nothing. */
  rest(): BucketSide | undefined {
    const { length, counts, lost } = this
    const buckets = newDoubles(length)
    let any = false
    for (let i = 0; i < length; i++) {
      const rest = restOf(counts[i]!, lost[i]!)
      if (rest !== 0) any = true
      buckets[i] = rest
    }
    return any ? { spans: this.spans ?? spansOf(this.indexes, length), buckets } : undefined
  }

  /** The sums, as buckets of their own; with `compacted` those that are not empty. */
  finish(compacted: boolean): BucketSide {
    const { length, counts, lost } = this
    const spans = this.spans ?? spansOf(this.indexes, length)
    if (compacted) {
      if (scratch.length < length) scratch = new Float64Array(2 * length)
      for (let i = 0; i < length; i++) scratch[i] = counts[i]! + lost[i]!
      return compactSide(spans, scratch, length)
    }
    const buckets = newDoubles(length)
    for (let i = 0; i < length; i++) buckets[i] = counts[i]! + lost[i]!
    return { spans, buckets }
  }
}

/** What `sum + lost` leaves of `lost` once it is rounded. */
export function restOf(sum: number, lost: number): number {
  const rest = lost - (sum + lost - sum)
  return Number.isFinite(rest) ? rest : 0
}

let scratch = new Float64Array(64)

/** Neumaier's addition; nothing is left to compensate once a sum is infinite. */
function accumulate(counts: Float64Array, lost: Float64Array, at: number, value: number): void {
  const sum = counts[at]!
  const next = sum + value
  if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost[at] = 0
  else if (Math.abs(sum) >= Math.abs(value)) lost[at]! += sum - next + value
  else lost[at]! += value - next + sum
  counts[at] = next
}

/** `accumulate` for buckets that lie at the same places. */
function addAligned(counts: Float64Array, lost: Float64Array, buckets: Float64Array, sign: 1 | -1): void {
  for (let i = 0; i < buckets.length; i++) {
    const value = sign * buckets[i]!
    const sum = counts[i]!
    const next = sum + value
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost[i] = 0
    else if (Math.abs(sum) >= Math.abs(value)) lost[i]! += sum - next + value
    else lost[i]! += value - next + sum
    counts[i] = next
  }
}
