/** An interval in Unix ms, `fromMs < toMs`. */
export type Interval = { readonly fromMs: number; readonly toMs: number }

const MIN_MS = 10_000
const MAX_MS = 5 * 365 * 86_400_000

/** `factor` times as wide around the same middle, but never past `nowMs` (a chart has nothing to show there). */
export function zoomBy({ fromMs, toMs }: Interval, factor: number, nowMs: number): Interval {
  const width = Math.min(MAX_MS, Math.max(MIN_MS, (toMs - fromMs) * factor))
  const end = Math.min(Math.round((fromMs + toMs) / 2 + width / 2), Math.max(toMs, nowMs))
  return { fromMs: Math.round(end - width), toMs: end }
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800]

/** Seconds between points so that about one point comes on `pixelsPerPoint` pixels, never finer than `minStepS`. */
export function stepFor(
  { fromMs, toMs }: Interval,
  widthPx: number,
  { minStepS = 5, pixelsPerPoint = 3 } = {},
): number {
  const points = Math.max(20, Math.min(1500, widthPx / pixelsPerPoint))
  const exact = Math.max(minStepS, (toMs - fromMs) / 1000 / points)
  return STEPS_S.find((step) => step >= exact) ?? Math.ceil(exact / 604_800) * 604_800
}

/** Both ends on the step's grid, so that points do not jump between two refreshes. The end covers `toMs`'s last full step. */
export function alignTo({ fromMs, toMs }: Interval, stepS: number): Interval {
  const step = stepS * 1000
  return { fromMs: Math.floor(fromMs / step) * step, toMs: Math.floor(toMs / step) * step }
}
