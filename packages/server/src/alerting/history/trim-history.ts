import type { AlertingLimits } from '../limits.ts'
import type { AlertingTables } from '../tables.ts'

const ROWS_PER_WRITE = 1_000
const KINDS = ['alerting_transitions', 'alerting_notifications'] as const

/** Deletes what is older than the limit or more than it, the oldest first, in small pieces. */
export async function trimHistory(
  { db }: AlertingTables,
  { historyMaxAgeMs, historyMaxRows }: Pick<AlertingLimits, 'historyMaxAgeMs' | 'historyMaxRows'>,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
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
}
