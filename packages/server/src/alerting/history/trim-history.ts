import type { AlertingLimits } from '../limits.ts'
import type { AlertingTables } from '../tables.ts'
import { SET_STEP_MS } from './label-sets.ts'

const ROWS_PER_WRITE = 1_000
const KINDS = ['alerting_transitions', 'alerting_notifications'] as const

/** Deletes what is older than the limit or more than it, the oldest first, in small pieces; then what led to it. */
export async function trimHistory(
  tables: AlertingTables,
  { historyMaxAgeMs, historyMaxRows }: Pick<AlertingLimits, 'historyMaxAgeMs' | 'historyMaxRows'>,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { db } = tables
  for (const table of KINDS) {
    const oldest = () => db.selectFrom(table).select('id').orderBy('at_ms')
    for (;;) {
      signal.throwIfAborted()
      const old = oldest()
        .where('at_ms', '<', nowMs - historyMaxAgeMs)
        .limit(ROWS_PER_WRITE)
      const { numDeletedRows } = await db.deleteFrom(table).where('id', 'in', old).executeTakeFirst()
      if (numDeletedRows < ROWS_PER_WRITE) break
    }
    const counted = await db
      .selectFrom(table)
      .select((is) => is.fn.countAll<number>().as('rows'))
      .executeTakeFirst()
    for (let over = (counted?.rows ?? 0) - historyMaxRows; over > 0; over -= ROWS_PER_WRITE) {
      signal.throwIfAborted()
      await db
        .deleteFrom(table)
        .where('id', 'in', oldest().limit(Math.min(over, ROWS_PER_WRITE)))
        .execute()
    }
  }
  await trimKeys(tables, nowMs, signal)
}

async function trimKeys({ db }: AlertingTables, nowMs: number, signal: AbortSignal): Promise<void> {
  const first = async (table: (typeof KINDS)[number]) =>
    (await db.selectFrom(table).select('at_ms').orderBy('at_ms').limit(1).executeTakeFirst())?.at_ms ?? nowMs
  const oldestNotification = await first('alerting_notifications')
  const oldest = Math.min(oldestNotification, await first('alerting_transitions'))
  const keys = () => db.selectFrom('alerting_notification_keys').select('at_ms').orderBy('at_ms')
  for (;;) {
    signal.throwIfAborted()
    const bound = (await keys().offset(ROWS_PER_WRITE).limit(1).executeTakeFirst())?.at_ms
    const before = bound === undefined ? oldestNotification : Math.min(oldestNotification, bound + 1)
    await db.deleteFrom('alerting_notification_keys').where('at_ms', '<', before).execute()
    if (before === oldestNotification) break
  }
  const sets = () => db.selectFrom('alerting_label_sets').select('last_ms').orderBy('last_ms')
  // What a set says of its last event is right to a day.
  const unused = oldest - SET_STEP_MS
  for (;;) {
    signal.throwIfAborted()
    const bound = (await sets().offset(ROWS_PER_WRITE).limit(1).executeTakeFirst())?.last_ms
    const before = bound === undefined ? unused : Math.min(unused, bound + 1)
    await db.deleteFrom('alerting_label_sets').where('last_ms', '<', before).execute()
    if (before === unused) break
  }
}
