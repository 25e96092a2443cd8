import { createHash } from 'node:crypto'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { Flush } from '../group/index.ts'
import { listsOf, type NotificationRecords } from '../history/index.ts'
import type { NotificationRecord, Withheld } from '../notification-record.ts'
import type { PatientWrites } from '../patient-writes.ts'

/** Alerts of a flush that nobody is told of, why, and what does it. */
export type WithheldAlerts = {
  readonly why: Withheld['why']
  readonly by: readonly string[]
  readonly alerts: readonly Alert[]
}

/** Leaves in the history what was not sent and why: once, and again when something about it changes. */
export type WithheldRecords = {
  note(flush: Flush, withheld: readonly WithheldAlerts[]): Promise<void>
}

const MOST_BY = 20
const MOST_GROUPS = 50_000

export function createWithheld(deps: {
  readonly records: NotificationRecords
  readonly writes: PatientWrites
  readonly newId: () => string
}): WithheldRecords {
  /** What was recorded last of a group that has something withheld; the least recently noted go first. Lost by a restart. */
  const noted = new Map<string, string>()

  return {
    async note({ route, groupKey, groupLabels, nowMs }, withheld) {
      const key = `${groupKey}:${route.receiver}`
      const last = noted.get(key)
      noted.delete(key)
      // An alert that ended unheard is no news to anybody.
      const rest = withheld
        .map((one) => ({ ...one, alerts: one.alerts.filter((alert) => !isResolvedAt(alert, nowMs)) }))
        .filter(({ alerts }) => alerts.length > 0)
      if (rest.length === 0) return
      const digest = digestOf(rest)
      noted.set(key, digest)
      if (noted.size > MOST_GROUPS) noted.delete(noted.keys().next().value!)
      if (digest === last) return
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
      await deps.writes.write(deps.records.changesFor([record]))
    },
  }
}

function digestOf(withheld: readonly WithheldAlerts[]): string {
  const hash = createHash('sha256')
  for (const { why, by, alerts } of withheld) {
    hash.update(`${why};${by.join()};`)
    for (const { fingerprint } of alerts) hash.update(fingerprint)
  }
  return hash.digest('base64')
}
