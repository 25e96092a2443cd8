import type { HistoryEvent } from '../history-event.ts'
import type { AlertingRows, AlertingTables } from '../tables.ts'

/** What an event is, in the columns of its row: of some dozen such the history consists. */
export type EventChange = Pick<AlertingRows['alerting_transitions'], 'kind' | 'from_state' | 'to_state' | 'reason'>

/** The changes that the history has, and perhaps some that it had. */
export type ChangesSeen = {
  note(event: HistoryEvent): void
  all(signal: AbortSignal): Promise<readonly EventChange[]>
}

/** In the order of the index `..._by_change`. */
const COLUMNS = ['kind', 'from_state', 'to_state', 'reason'] as const

export const changeOf = (event: HistoryEvent): EventChange =>
  'kind' in event
    ? { kind: event.kind, from_state: '', to_state: '', reason: '' }
    : { kind: 'state', from_state: event.from, to_state: event.to, reason: event.reason ?? '' }

const keyOf = (change: EventChange) => COLUMNS.map((column) => change[column]).join('\n')

export function createChangesSeen({ db }: AlertingTables): ChangesSeen {
  const seen = new Map<string, EventChange>()
  /** Thousands of events of one change come one after the other. */
  let last: EventChange | undefined
  let reading: Promise<void> | undefined

  /** The first change that begins with some columns of `like` and has more in the next one, by one step into the index. */
  function after(like: EventChange, same: number) {
    let query = db.selectFrom('alerting_transitions').select(COLUMNS)
    for (const column of COLUMNS.slice(0, same)) query = query.where(column, '=', like[column] as never)
    query = query.where(COLUMNS[same]!, '>', like[COLUMNS[same]!] as never)
    for (const column of COLUMNS) query = query.orderBy(column)
    return query.limit(1).executeTakeFirst()
  }

  async function read(): Promise<void> {
    let query = db.selectFrom('alerting_transitions').select(COLUMNS)
    for (const column of COLUMNS) query = query.orderBy(column)
    let last = await query.limit(1).executeTakeFirst()
    while (last !== undefined) {
      seen.set(keyOf(last), last)
      let next: EventChange | undefined
      for (let same = COLUMNS.length - 1; same >= 0 && next === undefined; same--) next = await after(last, same)
      last = next
    }
  }

  return {
    note(event) {
      const change = changeOf(event)
      if (last !== undefined && COLUMNS.every((column) => last![column] === change[column])) return
      last = change
      const key = keyOf(change)
      if (!seen.has(key)) seen.set(key, change)
    },
    async all(signal) {
      reading ??= read().catch((error) => {
        reading = undefined
        throw error
      })
      await reading
      signal.throwIfAborted()
      return [...seen.values()]
    },
  }
}
