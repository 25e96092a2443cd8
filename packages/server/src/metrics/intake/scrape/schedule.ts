import { createHash } from 'node:crypto'

/**
 * ms until the first scrape of a target: its scrapes are pinned to the wall clock at a phase that follows from its id,
 * so that targets are spread over the interval and a restart keeps their phase. `seed` sets several servers apart.
 */
export function offsetMs(targetId: string, seed: string, intervalMs: number, nowMs: number): number {
  const hash = createHash('sha256').update(`${seed}\n${targetId}`).digest().readUIntBE(0, 6)
  const phase = hash % intervalMs
  const next = intervalMs - (nowMs % intervalMs) + phase
  return next > intervalMs ? next - intervalMs : next
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
