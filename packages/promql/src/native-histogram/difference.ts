import { type FloatHistogram, GAUGE } from './float-histogram.ts'
import { areAligned, type BucketSide, compactSide } from './layout.ts'

/** Counters that grew: what is added, `minus` what was there before. All of them have the same buckets. */
export type AlignedIncrease = { readonly plus: readonly FloatHistogram[]; readonly minus: FloatHistogram | undefined }

/** Whether all of them have the same buckets at the same places. */
export function isAligned({ plus, minus }: AlignedIncrease): boolean {
  const first = plus[0]!
  if (minus !== undefined && !areAligned(first, minus)) return false
  for (let i = 1; i < plus.length; i++) if (!areAligned(first, plus[i]!)) return false
  return true
}

export function increaseOfCount({ plus, minus }: AlignedIncrease): number {
  let count = plus[0]!.count - (minus === undefined ? 0 : minus.count)
  for (let i = 1; i < plus.length; i++) count += plus[i]!.count
  return count
}

/** The increase times `factor`, compacted, a gauge; `isAligned` must hold. */
export function scaledIncrease(increase: AlignedIncrease, factor: number): FloatHistogram {
  const { plus, minus } = increase
  const first = plus[0]!
  let { zeroCount, sum } = first
  if (minus !== undefined) {
    zeroCount -= minus.zeroCount
    sum -= minus.sum
  }
  for (let i = 1; i < plus.length; i++) {
    zeroCount += plus[i]!.zeroCount
    sum += plus[i]!.sum
  }
  const positive = sideOf(increase, 'positiveBuckets', first.positiveSpans, factor)
  const negative = sideOf(increase, 'negativeBuckets', first.negativeSpans, factor)
  return {
    resetHint: GAUGE,
    schema: first.schema,
    zeroThreshold: first.zeroThreshold,
    zeroCount: zeroCount * factor,
    count: increaseOfCount(increase) * factor,
    sum: sum * factor,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
    customValues: first.customValues,
  }
}

function sideOf(
  { plus, minus }: AlignedIncrease,
  side: 'positiveBuckets' | 'negativeBuckets',
  spans: Int32Array,
  factor: number,
): BucketSide {
  const first = plus[0]![side]
  const { length } = first
  if (scratch.length < length) scratch = new Float64Array(2 * length)
  if (minus === undefined) for (let i = 0; i < length; i++) scratch[i] = first[i]!
  else {
    const before = minus[side]
    for (let i = 0; i < length; i++) scratch[i] = first[i]! - before[i]!
  }
  for (let k = 1; k < plus.length; k++) {
    const more = plus[k]![side]
    for (let i = 0; i < length; i++) scratch[i]! += more[i]!
  }
  for (let i = 0; i < length; i++) scratch[i]! *= factor
  return compactSide(spans, scratch, length)
}

let scratch = new Float64Array(64)
