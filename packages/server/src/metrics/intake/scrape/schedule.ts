/** The first moment of a phase after `nowMs`, by at least 1 ms. Unix ms. */
export function nextOfPhase(nowMs: number, phaseMs: number, intervalMs: number): number {
  const next = Math.floor((nowMs - phaseMs) / intervalMs) * intervalMs + phaseMs + intervalMs
  return next - nowMs < 1 ? next + intervalMs : next
}

/**
 * The timestamp of a scrape that begins at `nowMs`: the nearest point of its grid when that is not further away than
 * `toleranceMs` and 1 % of the interval, otherwise `nowMs`. Even times compress to almost nothing.
 * Source: Prometheus `--scrape.timestamp-tolerance`, `--scrape.adjust-timestamps`.
 */
export function alignToGrid(nowMs: number, gridMs: number, intervalMs: number, toleranceMs: number): number {
  const nearest = gridMs + Math.round((nowMs - gridMs) / intervalMs) * intervalMs
  return Math.abs(nowMs - nearest) <= Math.min(toleranceMs, intervalMs / 100) ? nearest : Math.floor(nowMs)
}
