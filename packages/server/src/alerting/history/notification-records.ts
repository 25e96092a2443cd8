import { type Labels, labelValue } from '@binnacle/promql'
import type { Change } from '../../state/index.ts'
import type { HistoryFilter, NotificationResult, Page } from '../history-filter.ts'
import { matchesAll } from '../matcher/index.ts'
import type { NotificationRecord } from '../notification-record.ts'
import type { AlertingTables } from '../tables.ts'
import { type Cursor, readPage } from './cursor.ts'
import { padded } from './event-reader.sql.ts'
import { createLabelSets } from './label-sets.ts'

/** A group of ten thousand would make each of its records several hundred KB. */
const MOST_LISTED = 1_000
const MOST_NAMES = 50
/** Records are larger than events. */
const ROWS_A_READ = 100
const READS_A_CALL = 200
/** Sets of labels of groups that are asked for by their keys; of more the records are gone through. */
const MOST_GROUPS = 200
const BRANCHES = 20

/** The alerts of a record: as many as are listed, how many there were, and their names. */
export const listsOf = (
  firing: readonly string[],
  resolved: readonly string[],
  alerts: Iterable<{ readonly labels: Labels }>,
) => {
  const names = new Set<string>()
  for (const { labels } of alerts) {
    names.add(labelValue(labels, 'alertname'))
    if (names.size > MOST_NAMES) break
  }
  names.delete('')
  return {
    firing: firing.slice(0, MOST_LISTED),
    resolved: resolved.slice(0, MOST_LISTED),
    firingCount: firing.length,
    resolvedCount: resolved.length,
    alertnames: [...names].slice(0, MOST_NAMES),
  }
}

/** What was sent to whom, and what came back; and what was not sent, and why. */
export type NotificationRecords = {
  /** What makes the records durable; written together with the notification log. */
  changesFor(records: readonly NotificationRecord[]): readonly Change[]
  page(filter: HistoryFilter, signal: AbortSignal): Promise<Page<NotificationRecord>>
}

/** Which keys lead to the records of a filter; none: all records are gone through. */
type Place = { readonly keys: readonly string[] } | undefined

export function createNotificationRecords(tables: AlertingTables): NotificationRecords {
  const { db } = tables
  const labelSets = createLabelSets(tables)
  const insert = db
    .insertInto('alerting_notifications')
    .values({ id: '', at_ms: 0, doc: '' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile()
  const insertKey = db
    .insertInto('alerting_notification_keys')
    .values({ key: '', at_ms: 0, id: '' })
    .onConflict((conflict) => conflict.columns(['key', 'at_ms', 'id']).doNothing())
    .compile()

  async function placeOf(filter: HistoryFilter, signal: AbortSignal): Promise<Place | 'nowhere'> {
    const { fingerprint, rule, receiver, matchers, result } = filter
    if (fingerprint !== undefined) return { keys: [`alert ${fingerprint}`] }
    if (rule !== undefined) return { keys: [`rule ${rule}`] }
    const groups =
      matchers === undefined || matchers.length === 0
        ? undefined
        : await labelSets.find('group', matchers, MOST_GROUPS, signal)
    if (groups !== undefined && groups.length <= MOST_GROUPS)
      return groups.length === 0 ? 'nowhere' : { keys: groups.map((one) => `group ${one}`) }
    // What was delivered is nearly all, and has no key.
    if (result !== undefined && result !== 'delivered') return { keys: [`result ${result}`] }
    return receiver === undefined ? undefined : { keys: [`receiver ${receiver}`] }
  }

  /** Index `(key, at_ms, id)` of the keys, or `(at_ms, id)` of the records. */
  async function idsAlong(filter: HistoryFilter, place: Place, behind: Cursor | undefined): Promise<readonly Cursor[]> {
    const newest: Cursor[] = []
    const keys = place?.keys ?? []
    for (let at = 0; at < keys.length; at += BRANCHES) {
      const branches = keys.slice(at, at + BRANCHES).map((key) => {
        let branch = db
          .selectFrom('alerting_notification_keys')
          .select(['at_ms', 'id'])
          .where('key', '=', key)
          .where('at_ms', '>=', filter.fromMs)
          .where('at_ms', '<=', filter.toMs)
        if (behind !== undefined)
          branch = branch
            .where('at_ms', '<=', behind.at_ms)
            .where((is) => is.or([is('at_ms', '<', behind.at_ms), is('id', '<', behind.id)]))
        const bounded = branch.orderBy('at_ms', 'desc').orderBy('id', 'desc').limit(ROWS_A_READ)
        return db.selectFrom(bounded.as('branch')).select(['at_ms', 'id'])
      })
      newest.push(...(await branches.reduce((all, one) => all.unionAll(one)).execute()))
    }
    return newest.sort(byNewest).slice(0, ROWS_A_READ)
  }

  async function rowsAlong(filter: HistoryFilter, place: Place, behind: Cursor | undefined) {
    if (place !== undefined) {
      const cursors = await idsAlong(filter, place, behind)
      if (cursors.length === 0) return []
      const ids = padded(cursors.map(({ id }) => id))
      const rows = await db
        .selectFrom('alerting_notifications')
        .select(['id', 'at_ms', 'doc'])
        .where('id', 'in', ids)
        .execute()
      const docs = new Map(rows.map((row) => [row.id, row.doc]))
      // A key outlives its record for a moment.
      return cursors.map(({ at_ms, id }) => ({ at_ms, id, doc: docs.get(id) }))
    }
    let query = db
      .selectFrom('alerting_notifications')
      .select(['id', 'at_ms', 'doc'])
      .where('at_ms', '>=', filter.fromMs)
      .where('at_ms', '<=', filter.toMs)
    if (behind !== undefined)
      query = query
        .where('at_ms', '<=', behind.at_ms)
        .where((is) => is.or([is('at_ms', '<', behind.at_ms), is('id', '<', behind.id)]))
    return query.orderBy('at_ms', 'desc').orderBy('id', 'desc').limit(ROWS_A_READ).execute()
  }

  return {
    changesFor(records) {
      const keys = records.flatMap((record) => keysOf(record).map((key) => [key, record.atMs, record.id] as const))
      const groups = records.map(({ groupLabels, atMs }) => ({
        fingerprint: JSON.stringify(groupLabels),
        labels: groupLabels,
        atMs,
      }))
      const rows = records.map((record) => [record.id, record.atMs, JSON.stringify(record)])
      return [
        { query: { compile: () => insert }, rows },
        { query: { compile: () => insertKey }, rows: keys },
        ...labelSets.changesFor('group', groups),
      ]
    },
    async page(filter, signal) {
      const place = await placeOf(filter, signal)
      if (place === 'nowhere') return { items: [] }
      return readPage<NotificationRecord>(
        async (behind) => {
          const rows = await rowsAlong(filter, place, behind)
          const items = rows.flatMap(({ at_ms, id, doc }) => {
            if (doc === undefined) return []
            const item = JSON.parse(doc) as NotificationRecord
            return belongs(item, filter) ? [{ at_ms, id, item }] : []
          })
          return { items, reached: rows.length < ROWS_A_READ ? undefined : rows.at(-1) }
        },
        { limit: filter.limit, cursor: filter.cursor, signal, mostReads: READS_A_CALL },
      )
    },
  }
}

const byNewest = (a: Cursor, b: Cursor) => b.at_ms - a.at_ms || (a.id < b.id ? 1 : -1)

function keysOf(record: NotificationRecord): readonly string[] {
  const { firing, resolved, alertnames, receiver, groupLabels } = record
  const result = resultOf(record)
  const keys = [
    ...firing.map((one) => `alert ${one}`),
    ...resolved.map((one) => `alert ${one}`),
    ...(alertnames ?? []).map((one) => `rule ${one}`),
    `receiver ${receiver}`,
    // As text and not as a fingerprint: old records were given their keys by SQL.
    `group ${JSON.stringify(groupLabels)}`,
    ...(result === 'delivered' ? [] : [`result ${result}`]),
  ]
  return [...new Set(keys)]
}

/** Matchers look at the labels of the group; the keys have led to the alert and the rule. */
function belongs(record: NotificationRecord, filter: HistoryFilter): boolean {
  return (
    (filter.receiver === undefined || record.receiver === filter.receiver) &&
    (filter.to === undefined || record.status === filter.to) &&
    (filter.result === undefined || resultOf(record) === filter.result) &&
    (filter.matchers === undefined || matchesAll(filter.matchers, record.groupLabels))
  )
}

const resultOf = ({ withheld, delivered }: NotificationRecord): NotificationResult =>
  withheld !== undefined ? 'withheld' : delivered ? 'delivered' : 'failed'
