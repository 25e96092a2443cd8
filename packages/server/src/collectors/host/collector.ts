import type { StatsFs } from 'node:fs'
import type { Clock, Logger } from '../../telemetry/index.ts'
import type { HostOptions } from './config.ts'
import type { FileReader } from './file-reader.ts'
import type { MetricText } from './metric-text.ts'

/** What a collector works with. `proc`, `sys` and `root` put the configured prefix before a path without leading slash. */
export type CollectorEnv = {
  readonly options: HostOptions
  readonly files: FileReader
  readonly clock: Clock
  readonly log: Logger
  /** Space of the file system that `mountPoint` is in. May never come back. */
  statfs(mountPoint: string): Promise<StatsFs>
  proc(path: string): string
  sys(path: string): string
  root(path: string): string
}

/**
 * One reading of one family of metrics into `out`. `nowMs` is the wall clock (Unix ms) of the round. Throws when it
 * could not read what it must; what it had written by then counts, as with node exporter.
 */
export type Collect = (out: MetricText, nowMs: number) => Promise<void>

/** Called once at start; keeps its state (counters that must not go back, what never changes) in the closure. */
export type CollectorFactory = (env: CollectorEnv) => Collect

/** This machine does not have what the collector reads (no RAID, no sensors): success is 0, but nothing is wrong. */
export class NoDataError extends Error {
  constructor(what: string) {
    super(`this machine has no ${what}`)
    this.name = 'NoDataError'
  }
}

/** How many files one collector reads at the same time: the thread pool is shared with all of Binnacle. */
export const READ_WIDTH = 4
