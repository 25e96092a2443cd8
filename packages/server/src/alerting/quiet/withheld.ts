import { createHash } from 'node:crypto'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { AggregationGroup, Flush } from '../group/index.ts'
import { listsOf, type NotificationRecords } from '../history/index.ts'
import type { NotificationRecord, Withheld } from '../notification-record.ts'
import type { PatientWrites } from '../patient-writes.ts'
import type { AlertingTables } from '../tables.ts'
import { createWithheldMemory } from './withheld-memory.ts'

/** Alerts of a flush that nobody is told of, why, and what does it. */
export type WithheldAlerts = {
  readonly why: Withheld['why']
  readonly by: readonly string[]
  readonly alerts: readonly Alert[]
}

/** Leaves in the history what was not sent and why: once, and again when something about it changes. */
export type WithheldRecords = {
  load(): Promise<void>
  note(flush: Flush, withheld: readonly WithheldAlerts[]): Promise<void>
  /** Forgets groups that are not among these. */
  collect(groups: readonly AggregationGroup[]): Promise<void>
}

const MOST_BY = 20

export function createWithheld(deps: {
  readonly tables: AlertingTables
  readonly records: NotificationRecords
  readonly writes: PatientWrites
  readonly newId: () => string
}): WithheldRecords {
  const memory = createWithheldMemory(deps.tables)
  /** Not the route's place in the file: it is another one after an edit. */
  const keyOf = (groupKey: string, receiver: string) => `${groupKey}:${receiver}`

  return {
    load: () => memory.load(),
    async note({ route, groupKey, groupLabels, nowMs }, withheld) {
      const key = keyOf(groupKey, route.receiver)
      // An alert that ended unheard is no news to anybody.
      const rest = withheld
        .map((one) => ({ ...one, alerts: one.alerts.filter((alert) => !isResolvedAt(alert, nowMs)) }))
        .filter(({ alerts }) => alerts.length > 0)
      const changes = memory.set(key, rest.length === 0 ? undefined : digestOf(rest), nowMs)
      if (changes.length === 0) return
      if (rest.length === 0) return deps.writes.write(changes)
      const alerts = rest.flatMap((one) => one.alerts)
      const record: NotificationRecord = {
        id: deps.newId(),
        atMs: nowMs,
        receiver: route.receiver,
        integration: '',
        index: 0,
        groupKey,
        groupLabels,
        status: 'firing',
        ...listsOf(
          alerts.map(({ fingerprint }) => fingerprint),
          [],
          alerts,
        ),
        delivered: false,
        attempts: 0,
        durationMs: 0,
        answer: '',
        test: false,
        withheld: rest.map((one) => ({ why: one.why, by: one.by.slice(0, MOST_BY), count: one.alerts.length })),
      }
      await deps.writes.write([...deps.records.changesFor([record]), ...changes])
    },
    collect(groups) {
      const keys = new Set(groups.map(({ key, route }) => keyOf(key, route.receiver)))
      return memory.collect((key) => keys.has(key))
    },
  }
}

function digestOf(withheld: readonly WithheldAlerts[]): string {
  const hash = createHash('sha256')
  for (const { why, by, alerts } of withheld) {
    // Which of several alerts inhibits is another one after a restart, and changes nothing.
    hash.update(`${why};${why === 'inhibition' ? '' : by.join()};`)
    for (const { fingerprint } of alerts) hash.update(fingerprint)
  }
  return hash.digest('base64')
}
