import {
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  type FloatHistogram,
  GAUGE,
  isCustom,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  UNKNOWN_RESET,
} from './float-histogram.ts'
import { commonBounds, sameNumbers } from './layout.ts'
import { divide } from './scale.ts'
import { restOf, Side } from './side.ts'
import { widenZeroBucket, widenZeroBucketOf } from './zero-bucket.ts'

/** What an addition has to tell: bits. */
export type Outcome = number
/** One histogram said that a reset lies before it, the other that none does: the sum knows neither. */
export const COLLISION = 1
/** Custom bounds differed; the sum has those that both had. */
export const RECONCILED = 2
/** One has exponential buckets, the other custom ones: nothing was added. */
export const INCOMPATIBLE = 4

/**
 * Adds up histograms of any layouts with compensation: schemas are reduced to the coarsest, zero buckets widened to the
 * widest, custom bounds thinned to the common ones. Starts as a copy of one histogram.
 */
export class HistogramSum {
  private resetHint: ResetHint
  private schema: number
  private zeroThreshold: number
  private customValues: Float64Array
  private zeroCount: number
  private zeroLost = 0
  private count: number
  private countLost = 0
  private sum: number
  private sumLost = 0
  private positive: Side
  private negative: Side

  constructor(h: FloatHistogram) {
    this.resetHint = h.resetHint
    this.schema = h.schema
    this.zeroThreshold = h.zeroThreshold
    this.customValues = h.customValues
    this.zeroCount = h.zeroCount
    this.count = h.count
    this.sum = h.sum
    this.positive = new Side(h.positiveSpans, h.positiveBuckets)
    this.negative = new Side(h.negativeSpans, h.negativeBuckets)
  }

  clone(): HistogramSum {
    const copy = new HistogramSum(EMPTY)
    Object.assign(copy, this)
    copy.positive = this.positive.clone()
    copy.negative = this.negative.clone()
    return copy
  }

  add(h: FloatHistogram): Outcome {
    return this.combine(h, 1)
  }

  /** The hint of the difference follows the same rules as that of a sum. */
  subtract(h: FloatHistogram): Outcome {
    return this.combine(h, -1)
  }

  private combine(h: FloatHistogram, sign: 1 | -1): Outcome {
    if (isCustom(h) !== (this.schema === CUSTOM_SCHEMA)) return INCOMPATIBLE
    let outcome = this.adjustHint(h.resetHint)
    if (isCustom(h)) {
      if (sameNumbers(this.customValues, h.customValues)) {
        this.positive.add(h.positiveSpans, h.positiveBuckets, sign, h.schema, 0, 0)
      } else {
        outcome |= RECONCILED
        const common = commonBounds(this.customValues, h.customValues)
        this.positive.addReconciled(this.customValues, h.positiveSpans, h.positiveBuckets, h.customValues, sign, common)
        this.customValues = common
      }
    } else {
      this.addZeroCount(sign * this.reconcileZeroBuckets(h))
      if (h.schema < this.schema) {
        this.positive.reduce(this.schema - h.schema)
        this.negative.reduce(this.schema - h.schema)
        this.schema = h.schema
      }
      const levels = h.schema - this.schema
      // Its own buckets lie outside of its own zero bucket.
      const within = this.zeroThreshold > h.zeroThreshold ? this.zeroThreshold : 0
      this.positive.add(h.positiveSpans, h.positiveBuckets, sign, this.schema, levels, within)
      this.negative.add(h.negativeSpans, h.negativeBuckets, sign, this.schema, levels, within)
    }
    const count = this.count + sign * h.count
    this.countLost = lostOf(this.count, sign * h.count, count, this.countLost)
    this.count = count
    const sum = this.sum + sign * h.sum
    this.sumLost = lostOf(this.sum, sign * h.sum, sum, this.sumLost)
    this.sum = sum
    return outcome
  }

  private addZeroCount(count: number): void {
    const total = this.zeroCount + count
    this.zeroLost = lostOf(this.zeroCount, count, total, this.zeroLost)
    this.zeroCount = total
  }

  /** Widens the own zero bucket until the other's can be as wide; what the other would have in it then. */
  private reconcileZeroBuckets(h: FloatHistogram): number {
    let theirs = { threshold: h.zeroThreshold, count: h.zeroCount }
    while (theirs.threshold !== this.zeroThreshold) {
      if (this.zeroThreshold > theirs.threshold) theirs = widenZeroBucketOf(h, this.zeroThreshold)
      else if (theirs.threshold > this.zeroThreshold) {
        const before = this.zeroCount
        const wide = widenZeroBucket(this.schema, before, this.positive, this.negative, theirs.threshold)
        this.zeroCount = wide.count
        this.zeroThreshold = wide.threshold
        this.positive.dropBelow(this.schema, wide.threshold)
        this.negative.dropBelow(this.schema, wide.threshold)
      } else break // a threshold that is no number
    }
    return theirs.count
  }

  private adjustHint(other: ResetHint): Outcome {
    const own = this.resetHint
    if (own === other || own === GAUGE) return 0
    if (other === GAUGE) {
      this.resetHint = GAUGE
      return 0
    }
    this.resetHint = UNKNOWN_RESET
    return own !== UNKNOWN_RESET && other !== UNKNOWN_RESET ? COLLISION : 0
  }

  multiply(factor: number): void {
    this.zeroCount *= factor
    this.zeroLost *= factor
    this.count *= factor
    this.countLost *= factor
    this.sum *= factor
    this.sumLost *= factor
    this.positive.multiply(factor)
    this.negative.multiply(factor)
  }

  /** By a number above 0. */
  divide(divisor: number): void {
    this.zeroCount /= divisor
    this.zeroLost /= divisor
    this.count /= divisor
    this.countLost /= divisor
    this.sum /= divisor
    this.sumLost /= divisor
    this.positive.divide(divisor)
    this.negative.divide(divisor)
  }

  hasInfinity(): boolean {
    return (
      Math.abs(this.zeroCount) === Number.POSITIVE_INFINITY ||
      Math.abs(this.count) === Number.POSITIVE_INFINITY ||
      Math.abs(this.sum) === Number.POSITIVE_INFINITY ||
      this.positive.hasInfinity() ||
      this.negative.hasInfinity()
    )
  }

  /** The sum so far, compacted unless said otherwise. */
  finish(options: { readonly compacted?: boolean; readonly resetHint?: ResetHint } = {}): FloatHistogram {
    const compacted = options.compacted ?? true
    const positive = this.positive.finish(compacted)
    const negative = this.negative.finish(compacted)
    return {
      resetHint: options.resetHint ?? this.resetHint,
      schema: this.schema,
      zeroThreshold: this.zeroThreshold,
      zeroCount: this.zeroCount + this.zeroLost,
      count: this.count + this.countLost,
      sum: this.sum + this.sumLost,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: this.customValues,
    }
  }

  /**
   * What rounding takes from `finish`, to be added after it where the sum goes on elsewhere: then it is the one that it
   * would have been here. Undefined where that is nothing, as for whole numbers.
   */
  rest(): FloatHistogram | undefined {
    const positive = this.positive.rest()
    const negative = this.negative.rest()
    const zeroCount = restOf(this.zeroCount, this.zeroLost)
    const count = restOf(this.count, this.countLost)
    const sum = restOf(this.sum, this.sumLost)
    if (positive === undefined && negative === undefined && zeroCount === 0 && count === 0 && sum === 0)
      return undefined
    return {
      resetHint: this.resetHint,
      schema: this.schema,
      zeroThreshold: this.zeroThreshold,
      zeroCount,
      count,
      sum,
      positiveSpans: positive?.spans ?? NO_SPANS,
      positiveBuckets: positive?.buckets ?? NO_BUCKETS,
      negativeSpans: negative?.spans ?? NO_SPANS,
      negativeBuckets: negative?.buckets ?? NO_BUCKETS,
      customValues: this.customValues,
    }
  }
}

const EMPTY: FloatHistogram = {
  resetHint: UNKNOWN_RESET,
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positiveSpans: NO_SPANS,
  positiveBuckets: NO_BUCKETS,
  negativeSpans: NO_SPANS,
  negativeBuckets: NO_BUCKETS,
  customValues: NO_BUCKETS,
}

/** What rounding has lost after `sum + value = next`. */
function lostOf(sum: number, value: number, next: number, lost: number): number {
  if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) return 0
  return lost + (Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum)
}

/** The mean of histograms: their sum divided at the end, or, once it would overflow, carried along from then on. */
export class HistogramMean {
  private state: HistogramSum
  private taken = 1
  private incremental = false
  /** No sum can be larger than this. */
  private magnitude: number

  constructor(h: FloatHistogram) {
    this.state = new HistogramSum(h)
    this.magnitude = magnitudeOf(h)
  }

  /** One that is incompatible counts as taken, too: nobody asks for the mean then. */
  add(h: FloatHistogram): Outcome {
    this.taken++
    if (!this.incremental) {
      this.magnitude += magnitudeOf(h)
      if (this.magnitude < Number.MAX_VALUE) return this.state.add(h)
      const before = this.state.clone()
      const outcome = this.state.add(h)
      if (!this.state.hasInfinity()) return outcome
      this.incremental = true
      this.state = before
      this.state.divide(this.taken - 1)
    }
    this.state.multiply((this.taken - 1) / this.taken)
    return this.state.add(divide(h, this.taken))
  }

  finish(options: { readonly compacted?: boolean } = {}): FloatHistogram {
    if (!this.incremental) this.state.divide(this.taken)
    return this.state.finish(options)
  }
}

function magnitudeOf(h: FloatHistogram): number {
  let most = Math.max(Math.abs(h.count), Math.abs(h.sum), Math.abs(h.zeroCount))
  for (let i = 0; i < h.positiveBuckets.length; i++) most = Math.max(most, Math.abs(h.positiveBuckets[i]!))
  for (let i = 0; i < h.negativeBuckets.length; i++) most = Math.max(most, Math.abs(h.negativeBuckets[i]!))
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most
}

/** Whether hints of resets were seen that contradict each other. */
export class HintsSeen {
  private reset = false
  private noReset = false

  note({ resetHint }: FloatHistogram): void {
    if (resetHint === COUNTER_RESET) this.reset = true
    else if (resetHint === NOT_RESET) this.noReset = true
  }

  get collide(): boolean {
    return this.reset && this.noReset
  }
}
