import type { LogEntry } from '../notification-log/index.ts'

/** In Alertmanager's words, as templates see them. */
export type NotifyReason =
  | 'first notification'
  | 'new alerts added'
  | 'some alerts resolved'
  | 'all alerts resolved'
  | 'repeat interval elapsed'

/** What is to be told now. Sets of fingerprints. */
export type Situation = {
  readonly firing: ReadonlySet<string>
  readonly resolved: ReadonlySet<string>
  readonly sendResolved: boolean
  /** It may have been told of something else before a crash. */
  readonly isInDoubt: boolean
  readonly repeatIntervalMs: number
  readonly nowMs: number
}

/**
 * Why somebody who was told `entry` must be told again; undefined: nothing is new. Source: behaviour of Alertmanager's
 * deduplication of notifications. Beyond it: who may have been told of a beginning is told of the end.
 */
export function notifyReason(entry: LogEntry | undefined, now: Situation): NotifyReason | undefined {
  const { firing, resolved } = now
  const mayHaveHeard = now.isInDoubt && resolved.size > 0 ? 'all alerts resolved' : undefined
  if (entry === undefined) return firing.size > 0 ? 'first notification' : mayHaveHeard
  if (!isWithin(firing, entry.firing)) return entry.firing.length === 0 ? 'first notification' : 'new alerts added'
  // Even where ends are not sent: the log must not go on saying that something fires.
  if (firing.size === 0) return entry.firing.length > 0 ? 'all alerts resolved' : mayHaveHeard
  if (now.sendResolved && !isWithin(resolved, entry.resolved)) return 'some alerts resolved'
  return entry.atMs < now.nowMs - now.repeatIntervalMs ? 'repeat interval elapsed' : undefined
}

function isWithin(some: ReadonlySet<string>, all: readonly string[]): boolean {
  const known = new Set(all)
  for (const one of some) if (!known.has(one)) return false
  return true
}
