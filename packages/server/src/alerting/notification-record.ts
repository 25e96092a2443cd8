import type { Labels } from '@binnacle/promql'

/** Why alerts of a group were not told when it spoke. */
export type Withheld = {
  readonly why: 'inhibition' | 'silence' | 'mute_time_interval' | 'active_time_interval'
  /** Fingerprints of inhibiting alerts, ids of silences, names of time intervals; at most 20. */
  readonly by: readonly string[]
  readonly count: number
}

/** One notification: what was sent to whom and what came back. Kept for each attempt's end, not for each repetition. */
export type NotificationRecord = {
  readonly id: string
  readonly atMs: number
  readonly receiver: string
  readonly integration: string
  readonly index: number
  readonly groupKey: string
  readonly groupLabels: Labels
  readonly status: 'firing' | 'resolved'
  /** Fingerprints, at most 1,000 of each. */
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
  /** How many there were; absent in records from before they were counted. */
  readonly firingCount?: number
  readonly resolvedCount?: number
  readonly delivered: boolean
  readonly attempts: number
  readonly durationMs: number
  readonly answer: string
  readonly test: boolean
  /** Names of the alerts, each once, at most 50; absent in records from before they were kept. */
  readonly alertnames?: readonly string[]
  /** Nobody was told of these alerts, and why; then there is no integration. */
  readonly withheld?: readonly Withheld[]
}
