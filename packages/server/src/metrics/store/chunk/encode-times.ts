import { prefersSparse } from './deltas.ts'
import { TIMES_GRID, TIMES_RAW, TIMES_REGULAR, TIMES_SECOND } from './layout.ts'

export type TimesPlan = {
  mode: number
  step: number
  sparse: boolean
  /** What the stream will hold, one less than there are samples. */
  deltas: Float64Array
  /** Scratch for the form that was not chosen. */
  other: Float64Array
}

/** Times within this are exact in every form: second differences are four times as large, and zigzag doubles that. */
const MAX_TIME = 2 ** 50

function isTime(t: number): boolean {
  return t === Math.floor(t) && t <= MAX_TIME && t >= -MAX_TIME
}

/** About how many bits ZSTD will need for a delta; only the relation counts. */
function bitsOf(d: number): number {
  if (d >= 0x40000000 || d < -0x40000000) return 40
  const whole = d | 0
  return 33 - Math.clz32(whole ^ (whole >> 31))
}

/** Chooses the form of the times `ts[from .. from + n)` and fills `plan`, whose columns must have room for `n`. */
export function planTimes(ts: Float64Array, from: number, n: number, plan: TimesPlan): void {
  const first = ts[from]!
  const last = ts[from + n - 1]!
  plan.sparse = false
  if (!isTime(first) || !isTime(last)) {
    plan.mode = TIMES_RAW
    return
  }
  const step = n > 1 ? ts[from + 1]! - first : 0
  let i = 1
  while (i < n && ts[from + i] === first + i * step) i++
  if (i === n) {
    plan.mode = TIMES_REGULAR
    plan.step = step
    return
  }

  const seconds = plan.deltas
  const offsets = plan.other
  const gridStep = Math.round((last - first) / (n - 1))
  let before = first
  let differenceBefore = 0
  let grid = first
  let secondsBits = 0
  let secondsNonZero = 0
  let offsetsBits = 0
  let offsetsNonZero = 0
  for (i = 1; i < n; i++) {
    const t = ts[from + i]!
    if (!isTime(t)) {
      plan.mode = TIMES_RAW
      return
    }
    const difference = t - before
    const second = difference - differenceBefore
    grid += gridStep
    const offset = t - grid
    seconds[i - 1] = second
    offsets[i - 1] = offset
    secondsBits += bitsOf(second)
    offsetsBits += bitsOf(offset)
    if (second !== 0) secondsNonZero++
    if (offset !== 0) offsetsNonZero++
    before = t
    differenceBefore = difference
  }
  if (offsetsBits <= secondsBits) {
    plan.mode = TIMES_GRID
    plan.step = gridStep
    plan.sparse = prefersSparse(offsetsNonZero, n - 1)
    plan.deltas = offsets
    plan.other = seconds
  } else {
    plan.mode = TIMES_SECOND
    plan.sparse = prefersSparse(secondsNonZero, n - 1)
  }
}
