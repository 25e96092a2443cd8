import type { BinnacleError } from '../../../config/index.ts'
import type { TargetGroup } from './target-group.ts'

/**
 * Finds targets by some mechanism. `emit` gets groups that are new or changed; a group without targets says that its
 * source is gone. After `stop()` nothing is emitted any more.
 */
export type Discoverer = {
  start(signal: AbortSignal, emit: (groups: readonly TargetGroup[]) => void): void
  stop(): void
  /** What is wrong now, by source. */
  problems(): readonly BinnacleError[]
}
