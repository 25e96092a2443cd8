import { type Alerting, matchesAll, type Silence } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import type { Clock } from '../../../telemetry/index.ts'
import type { RulesPart } from '../../parts.ts'
import { type AlertRow, readAlertRows } from './alert-rows.ts'
import { createRuleIndex, type RuleIndex } from './rule-index.ts'

/** Alerts are read anew after so long, however many pages ask. */
const FRESH_MS = 1000
/** Where there are so many that it takes long to read them, it takes no more than this part of the time. */
const READING_SHARE = 0.05
/** Nothing is older, however long it takes. */
const STALE_MS = 10_000

export type Snapshot = {
  /** Made when they are first asked for: there may be ten thousand, and who looks at rules needs none. */
  readonly rows: readonly AlertRow[]
  readonly index: RuleIndex
  readonly atMs: number
}

export type AlertingView = {
  /** Throws `BinnacleError` where nothing is alerted upon. */
  part(): Alerting
  read(): Snapshot
  /** Somebody has changed something: the next look must show it. */
  forget(): void
  /** Alerts that a silence mutes, or would mute. */
  matchedBy(silence: Silence): number
}

/** What all requests of the pages share. */
export function createAlertingView(
  clock: Clock,
  { alerting, rules }: { alerting: Alerting | undefined; rules: RulesPart | undefined },
): AlertingView {
  const indexOf = createRuleIndex()
  let last: Snapshot | undefined
  let freshMs = FRESH_MS
  let counts = new Map<string, number>()

  function part(): Alerting {
    if (alerting !== undefined) return alerting
    throw new BinnacleError('http.not_offered', 'alerting does not run here', { kind: 'unavailable' })
  }

  function read(): Snapshot {
    const atMs = clock.now()
    if (last !== undefined && atMs - last.atMs >= 0 && atMs - last.atMs < freshMs) return last
    const index = indexOf(rules)
    const from = part()
    let rows: readonly AlertRow[] | undefined
    last = {
      get rows() {
        if (rows !== undefined) return rows
        const beganMs = clock.monotonic()
        rows = readAlertRows(from, rules, index)
        const tookMs = clock.monotonic() - beganMs
        freshMs = Math.min(Math.max(FRESH_MS, tookMs / READING_SHARE), STALE_MS)
        return rows
      },
      index,
      atMs,
    }
    counts = new Map()
    return last
  }

  return {
    part,
    read,
    forget() {
      last = undefined
    },
    matchedBy(silence) {
      const { rows } = read()
      const known = counts.get(silence.id)
      if (known !== undefined) return known
      const count = rows.reduce((sum, { labels }) => sum + (matchesAll(silence.matchers, labels) ? 1 : 0), 0)
      counts.set(silence.id, count)
      return count
    },
  }
}
