import type { ExpositionFormat } from '../exposition/index.ts'

/** A part of Binnacle that is scraped without HTTP: its collectors and its own metrics. */
export type InternalTarget = {
  readonly job: string
  readonly instance: string
  readonly intervalMs: number
  /** Default: the interval, at most 10 s. */
  readonly timeoutMs?: number
  /** Default `text`. */
  readonly format?: ExpositionFormat
  /** Further labels for all its series. */
  readonly labels?: Readonly<Record<string, string>>
  /** Metrics in exposition format. `nowMs` is the time of the scrape (Unix ms). What it throws fails this scrape. */
  collect(nowMs: number): Promise<string | Buffer>
}
