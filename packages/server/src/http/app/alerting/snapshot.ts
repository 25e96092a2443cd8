import { type Alerting, matchesAll, type Silence } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import { type Clock, createPromptPacer, type Pacer } from '../../../telemetry/index.ts'
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
  /**
   * Made when they are first asked for, in slices, once for all who ask: there may be ten thousand, and who looks at rules
   * needs none.
   */
  readonly rows: () => Promise<readonly AlertRow[]>
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
  matchedBy(silence: Silence): Promise<number>
  /** For work that goes over all rows: gives everything else a turn now and then. */
  readonly pace: Pacer
}

/** What all requests of the pages share. */
export function createAlertingView(
  clock: Clock,
  { alerting, rules }: { alerting: Alerting | undefined; rules: RulesPart | undefined },
): AlertingView {
  const indexOf = createRuleIndex()
  const pace = createPromptPacer(clock)
  let last: Snapshot | undefined
  let freshMs = FRESH_MS
  /** Of the rows that were counted, by the silence's id. */
  let counts: { readonly of: readonly AlertRow[]; readonly byId: Map<string, number> } | undefined

  function part(): Alerting {
    if (alerting !== undefined) return alerting
    throw new BinnacleError('http.not_offered', 'alerting does not run here', { kind: 'unavailable' })
  }

  function read(): Snapshot {
    const atMs = clock.now()
    if (last !== undefined && atMs - last.atMs >= 0 && atMs - last.atMs < freshMs) return last
    const index = indexOf(rules)
    const from = part()
    let rows: Promise<readonly AlertRow[]> | undefined
    const snapshot: Snapshot = {
      rows() {
        if (rows === undefined) {
          const made = timed(() => readAlertRows({ alerting: from, rules, index, pace }))
          // Who asks next tries again.
          made.catch(() => {
            rows = undefined
          })
          rows = made
        }
        return rows
      },
      index,
      atMs,
    }
    last = snapshot
    return snapshot
  }

  async function timed<T>(work: () => Promise<T>): Promise<T> {
    const beganMs = clock.monotonic()
    const result = await work()
    const tookMs = clock.monotonic() - beganMs
    freshMs = Math.min(Math.max(FRESH_MS, tookMs / READING_SHARE), STALE_MS)
    return result
  }

  return {
    part,
    read,
    pace,
    forget() {
      last = undefined
    },
    async matchedBy(silence) {
      const rows = await read().rows()
      if (counts?.of !== rows) counts = { of: rows, byId: new Map() }
      const { byId } = counts
      const known = byId.get(silence.id)
      if (known !== undefined) return known
      let count = 0
      for (const { labels } of rows) {
        await pace()
        if (matchesAll(silence.matchers, labels)) count++
      }
      byId.set(silence.id, count)
      return count
    },
  }
}
