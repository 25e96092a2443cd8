import { prefersSparse } from './deltas.ts'
import {
  MAX_EXPONENT,
  POWERS_OF_TEN,
  VALUES_BITS,
  VALUES_CONSTANT,
  VALUES_DECIMALS,
  VALUES_INTEGERS,
  VALUES_SCALED,
  VALUES_SECOND,
  VALUES_WHOLE_CONSTANT,
  wordsOf,
} from './layout.ts'

export type ValuesPlan = {
  mode: number
  /** Power of two (scaled), exponent (decimals) or shift (bits). */
  param: number
  sparse: boolean
  deltas: Float64Array
  /** Indices of values that the stream does not carry. */
  exceptions: Uint32Array
  exceptionCount: number
  /** Bits mode: how many byte columns, which value is the base, and the low and high words of the differences. */
  planes: number
  base: number
  low: Uint32Array
  high: Uint32Array
}

/** Whole numbers within this have differences that zigzag can carry exactly. */
const MAX_WHOLE = 2 ** 51
/** A delta of this size takes 6 bytes or more: where most are so, bits may be shorter. */
const LARGE_DELTA = 2 ** 34
const EXPONENT = 0x7ff00000

/** Chooses the form of `values[from .. from + n)` and fills `plan`, whose columns must have room for `n`. */
export function planValues(values: Float64Array, from: number, n: number, plan: ValuesPlan): void {
  plan.sparse = false
  plan.exceptionCount = 0
  if (isConstant(values, from, n)) {
    const v = values[from]!
    plan.mode = isWhole(v) ? VALUES_WHOLE_CONSTANT : VALUES_CONSTANT
    return
  }
  const mostExceptions = (n >>> 3) + 1
  const fraction = planWhole(values, from, n, mostExceptions, plan)
  if (fraction === ALL_FIT) return
  if (fraction !== NO_FIT) {
    let exponent = likelyExponent(values, from, n, fraction)
    // A value that needs more digits than the ones that were tried starts it again; the exponent only grows.
    while (exponent > 0) {
      exponent = planDecimals(values, from, n, mostExceptions, exponent, plan)
      if (exponent === ALL_FIT) return
    }
  }
  planBits(values, from, n, mostExceptions, plan)
}

const ALL_FIT = -1
const NO_FIT = -2

function isWhole(v: number): boolean {
  return v === Math.floor(v) && v <= MAX_WHOLE && v >= -MAX_WHOLE && (v !== 0 || 1 / v > 0)
}

function isConstant(values: Float64Array, from: number, n: number): boolean {
  const first = values[from]!
  const end = from + n
  let i = from + 1
  if (!Number.isNaN(first)) {
    while (i < end && Object.is(values[i], first)) i++
    return i === end
  }
  if (n > 1 && !Number.isNaN(values[i])) return false
  const words = wordsOf(values, from, n)
  for (i = 2; i < words.length; i += 2) if (words[i] !== words[0] || words[i + 1] !== words[1]) return false
  return true
}

/** `ALL_FIT`, `NO_FIT`, or the index (from 0) of the first value with a fraction. */
function planWhole(values: Float64Array, from: number, n: number, mostExceptions: number, plan: ValuesPlan): number {
  const { deltas, exceptions } = plan
  let before = 0
  let bits = 0
  let nonZero = 0
  let large = 0
  let exceptionCount = 0
  for (let i = 0; i < n; i++) {
    const v = values[from + i]!
    if (isWhole(v)) {
      const d = v - before
      before = v
      deltas[i] = d
      if (d !== 0) {
        nonZero++
        bits |= d
        if (d >= LARGE_DELTA || d <= -LARGE_DELTA) large++
      }
    } else if (v - v === 0 && v !== Math.floor(v)) return i
    else {
      if (exceptionCount === mostExceptions) return NO_FIT
      exceptions[exceptionCount++] = i
      deltas[i] = 0
    }
  }
  plan.mode = VALUES_INTEGERS
  plan.param = 0
  plan.exceptionCount = exceptionCount
  const zeros = bits === 0 ? 32 : 31 - Math.clz32(bits & -bits)
  if (zeros >= 3 && nonZero > 1) {
    plan.mode = VALUES_SCALED
    plan.param = zeros
    const scale = 2 ** -zeros
    large = 0
    for (let i = 0; i < n; i++) {
      const d = deltas[i]! * scale
      deltas[i] = d
      if (d >= LARGE_DELTA || d <= -LARGE_DELTA) large++
    }
  }
  plan.sparse = prefersSparse(nonZero, n)
  if (large * 2 > n) planShorterBits(values, from, n, mostExceptions, plan)
  return ALL_FIT
}

/** `ALL_FIT`, `NO_FIT`, or the larger exponent that is needed. */
function planDecimals(
  values: Float64Array,
  from: number,
  n: number,
  mostExceptions: number,
  exponent: number,
  plan: ValuesPlan,
): number {
  const { deltas, exceptions } = plan
  const power = POWERS_OF_TEN[exponent]!
  let before = 0
  let nonZero = 0
  let large = 0
  let exceptionCount = 0
  for (let i = 0; i < n; i++) {
    const v = values[from + i]!
    const scaled = Math.round(v * power)
    if (scaled / power === v && scaled <= MAX_WHOLE && scaled >= -MAX_WHOLE && (v !== 0 || 1 / v > 0)) {
      const d = scaled - before
      before = scaled
      deltas[i] = d
      if (d !== 0) {
        nonZero++
        if (d >= LARGE_DELTA || d <= -LARGE_DELTA) large++
      }
    } else {
      if (v - v === 0) {
        const needed = exponentOf(v)
        if (needed > exponent) return needed
      }
      if (exceptionCount === mostExceptions) return NO_FIT
      exceptions[exceptionCount++] = i
      deltas[i] = 0
    }
  }
  plan.mode = VALUES_DECIMALS
  plan.param = exponent
  plan.exceptionCount = exceptionCount
  plan.sparse = prefersSparse(nonZero, n)
  if (large * 2 > n) planShorterBits(values, from, n, mostExceptions, plan)
  return ALL_FIT
}

/** Fewest digits after the point that give `v` back exactly, or 0 where up to `MAX_EXPONENT` do not. */
function exponentOf(v: number): number {
  for (let e = 1; e <= MAX_EXPONENT; e++) {
    const power = POWERS_OF_TEN[e]!
    const scaled = Math.round(v * power)
    if (scaled > MAX_WHOLE || scaled < -MAX_WHOLE) return 0
    if (scaled / power === v) return e
  }
  return 0
}

/** Looks at up to eight values from the first fraction on: 0 when most of them are no short decimals. */
function likelyExponent(values: Float64Array, from: number, n: number, fraction: number): number {
  const stride = Math.max(1, (n - fraction) >>> 3)
  let exponent = 0
  let misses = 0
  for (let i = fraction; i < n; i += stride) {
    const v = values[from + i]!
    if (v === Math.floor(v) || v - v !== 0) continue
    const e = exponentOf(v)
    if (e > exponent) exponent = e
    if (e === 0 && ++misses > 1) return 0
  }
  return exponent
}

/** Differences of differences stay exact within this. */
const MAX_SECOND = 2 ** 50

/** Takes second differences instead of the planned integers where they are shorter. */
export function planSecond(plan: ValuesPlan, n: number): void {
  const { deltas } = plan
  let size = 0
  let seconds = 0
  let secondsNonZero = 0
  for (let i = 1; i < n; i++) {
    const d = deltas[i]!
    const second = i === 1 ? d : d - deltas[i - 1]!
    if (second > MAX_SECOND || second < -MAX_SECOND) return
    if (d !== 0 || !plan.sparse) size += zigzagBytes(d) + (plan.sparse ? 1 : 0)
    if (second !== 0) {
      seconds += zigzagBytes(second)
      secondsNonZero++
    }
  }
  const sparse = prefersSparse(secondsNonZero + 1, n)
  seconds += sparse ? secondsNonZero : n - 1 - secondsNonZero
  if (seconds >= size) return
  for (let i = n - 1; i > 1; i--) deltas[i] = deltas[i]! - deltas[i - 1]!
  plan.mode = VALUES_SECOND
  plan.sparse = sparse
}

function zigzagBytes(d: number): number {
  const z = d < 0 ? -2 * d : 2 * d
  return z < 0x80 ? 1 : z < 0x4000 ? 2 : z < 0x20_0000 ? 3 : z < 0x1000_0000 ? 4 : 6
}

/** Takes the bits form instead of the planned one where that is shorter. */
function planShorterBits(
  values: Float64Array,
  from: number,
  n: number,
  mostExceptions: number,
  plan: ValuesPlan,
): void {
  const { mode, param, sparse, exceptionCount, deltas } = plan
  let size = 1
  for (let i = 0; i < n; i++) {
    for (let rest = Math.abs(deltas[i]!) * 2; rest >= 128; rest = Math.floor(rest / 128)) size++
    size++
  }
  const exceptions = plan.exceptions.slice(0, exceptionCount)
  planBits(values, from, n, mostExceptions, plan)
  if (plan.planes * n + 10 < size) return
  plan.mode = mode
  plan.param = param
  plan.sparse = sparse
  plan.exceptionCount = exceptionCount
  plan.exceptions.set(exceptions)
}

function planBits(values: Float64Array, from: number, n: number, mostExceptions: number, plan: ValuesPlan): void {
  const words = wordsOf(values, from, n)
  const { low, high, exceptions } = plan
  // NaN and infinity among ordinary numbers would widen every difference: they are exceptions while they are few.
  let odd = 0
  for (let i = 1; i < 2 * n; i += 2) if ((words[i]! & EXPONENT) === EXPONENT) odd++
  const skipOdd = odd <= mostExceptions && odd < n
  let orLow = 0
  let orHigh = 0
  let base = -1
  let exceptionCount = 0
  for (let i = 0; i < n; i++) {
    if (skipOdd && (words[2 * i + 1]! & EXPONENT) === EXPONENT) {
      exceptions[exceptionCount++] = i
      continue
    }
    if (base < 0) base = i
    orLow |= words[2 * i]!
    orHigh |= words[2 * i + 1]!
  }
  const shift = orLow !== 0 ? trailingZeros(orLow) : orHigh !== 0 ? 32 + trailingZeros(orHigh) : 0
  let beforeLow = shiftedLow(words[2 * base]!, words[2 * base + 1]!, shift)
  let beforeHigh = shiftedHigh(words[2 * base + 1]!, shift)
  orLow = 0
  orHigh = 0
  let next = 0
  for (let i = 0; i < n; i++) {
    if (next < exceptionCount && exceptions[next] === i) {
      next++
      low[i] = 0
      high[i] = 0
      continue
    }
    const thisLow = shiftedLow(words[2 * i]!, words[2 * i + 1]!, shift)
    const thisHigh = shiftedHigh(words[2 * i + 1]!, shift)
    const dLow = (thisLow - beforeLow) | 0
    const dHigh = (thisHigh - beforeHigh - (thisLow < beforeLow ? 1 : 0)) | 0
    beforeLow = thisLow
    beforeHigh = thisHigh
    const sign = dHigh >> 31
    const zLow = (dLow << 1) ^ sign
    const zHigh = ((dHigh << 1) | (dLow >>> 31)) ^ sign
    low[i] = zLow
    high[i] = zHigh
    orLow |= zLow
    orHigh |= zHigh
  }
  plan.mode = VALUES_BITS
  plan.param = shift
  plan.sparse = false
  plan.exceptionCount = exceptionCount
  plan.base = base
  plan.planes = orHigh !== 0 ? 4 + bytesOf(orHigh) : bytesOf(orLow)
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}

function bytesOf(word: number): number {
  return (39 - Math.clz32(word)) >>> 3
}

/** Words of (high, low) >>> shift, as unsigned numbers. */
function shiftedLow(low: number, high: number, shift: number): number {
  if (shift === 0) return low >>> 0
  return (shift < 32 ? (low >>> shift) | (high << (32 - shift)) : high >>> (shift - 32)) >>> 0
}

function shiftedHigh(high: number, shift: number): number {
  return shift < 32 ? high >>> shift : 0
}
