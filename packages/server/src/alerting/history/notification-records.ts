import type { Change } from '../../state/index.ts'
import type { HistoryFilter, NotificationRecord, Page } from '../alerting.ts'
import { matchesAll } from '../matcher/index.ts'
import type { AlertingTables } from '../tables.ts'
import { type Cursor, readPage } from './cursor.ts'

/** A group of ten thousand would make each of its records several hundred KB. */
const MOST_LISTED = 1_000
/** Records are larger than transitions. */
const ROWS_A_READ = 100

/** The alerts of a record: as many as are listed, and how many there were. */
export const listsOf = (firing: readonly string[], resolved: readonly string[]) => ({
  firing: firing.slice(0, MOST_LISTED),
  resolved: resolved.slice(0, MOST_LISTED),
  firingCount: firing.length,
  resolvedCount: resolved.length,
})

/** What was sent to whom, and what came back. */
export type NotificationRecords = {
  /** What makes the records durable; written together with the notification log. */
  changesFor(records: readonly NotificationRecord[]): readonly Change[]
  page(filter: HistoryFilter, signal: AbortSignal): Promise<Page<NotificationRecord>>
}

export function createNotificationRecords(tables: AlertingTables): NotificationRecords {
  const { db } = tables
  const insert = db
    .insertInto('alerting_notifications')
    .values({ id: '', at_ms: 0, doc: '' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile()
  return {
    changesFor: (records) => [
      {
        query: { compile: () => insert },
        rows: records.map((record) => [record.id, record.atMs, JSON.stringify(record)]),
      },
    ],
    page(filter, signal) {
      const read = (behind: Cursor | undefined, limit: number) => {
        let query = db
          .selectFrom('alerting_notifications')
          .select(['id', 'at_ms', 'doc'])
          .where('at_ms', '>=', filter.fromMs)
          .where('at_ms', '<=', filter.toMs)
        if (behind !== undefined) {
          query = query
            .where('at_ms', '<=', behind.atMs)
            .where((is) => is.or([is('at_ms', '<', behind.atMs), is('id', '<', behind.id)]))
        }
        return query.orderBy('at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
      }
      const accept = (doc: string) => {
        const record = JSON.parse(doc) as NotificationRecord
        return belongs(record, filter) ? record : undefined
      }
      return readPage(read, accept, {
        limit: filter.limit,
        cursor: filter.cursor,
        signal,
        rowsARead: ROWS_A_READ,
      })
    },
  }
}

/** Matchers look at the labels of the group. */
function belongs(record: NotificationRecord, filter: HistoryFilter): boolean {
  const { fingerprint, fingerprints } = filter
  const isOne = (id: string) => fingerprints?.has(id) ?? true
  return (
    (filter.receiver === undefined || record.receiver === filter.receiver) &&
    (filter.to === undefined || record.status === filter.to) &&
    (fingerprint === undefined || record.firing.includes(fingerprint) || record.resolved.includes(fingerprint)) &&
    (fingerprints === undefined || record.firing.some(isOne) || record.resolved.some(isOne)) &&
    (filter.matchers === undefined || matchesAll(filter.matchers, record.groupLabels))
  )
}
