import { BinnacleError } from '../../config/index.ts'
import type { Page } from '../alerting.ts'

/** Where a list goes on: behind this row. */
export type Cursor = { readonly atMs: number; readonly id: string }
export type HistoryRow = { readonly id: string; readonly at_ms: number; readonly doc: string }

/** Rows that one call looks at; it gives what it found and where to go on. */
const ROWS_PER_CALL = 20_000

/** Throws `alerting.bad_cursor`. */
export function parseCursor(text: string): Cursor {
  const match = /^(\d{1,16})\.(.{1,200})$/.exec(text)
  if (!match)
    throw new BinnacleError('alerting.bad_cursor', `"${text.slice(0, 100)}" is no cursor`, {
      hint: 'take `next` of the page before as it is',
    })
  return { atMs: Number(match[1]), id: match[2]! }
}

const formatCursor = ({ at_ms, id }: HistoryRow) => `${at_ms}.${id}`

/**
 * A page of rows that `read` gives, newest first. `accept` makes an item of a row's content, or undefined when it does not
 * belong to the list. A page may be short or empty with `next` set: then many rows were passed over.
 */
export async function readPage<T>(
  read: (behind: Cursor | undefined, limit: number) => Promise<readonly HistoryRow[]>,
  accept: (doc: string) => T | undefined,
  options: {
    readonly limit: number
    readonly cursor?: string | undefined
    readonly signal: AbortSignal
    readonly rowsARead: number
  },
): Promise<Page<T>> {
  const items: T[] = []
  let behind = options.cursor === undefined ? undefined : parseCursor(options.cursor)
  for (let seen = 0; seen < ROWS_PER_CALL; ) {
    options.signal.throwIfAborted()
    const rows = await read(behind, options.rowsARead)
    for (const row of rows) {
      const item = accept(row.doc)
      if (item !== undefined) items.push(item)
      if (items.length >= options.limit) return { items, next: formatCursor(row) }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < options.rowsARead) return { items }
    behind = { atMs: last.at_ms, id: last.id }
    seen += rows.length
  }
  return { items, ...(behind === undefined ? {} : { next: `${behind.atMs}.${behind.id}` }) }
}
