import { BinnacleError } from '../../config/index.ts'
import type { Page } from '../history-filter.ts'

/** Where a list goes on: behind this row. */
export type Cursor = { readonly at_ms: number; readonly id: string }

/** Throws `alerting.bad_cursor`. */
export function parseCursor(text: string): Cursor {
  const match = /^(\d{1,16})\.(.{1,200})$/.exec(text)
  if (!match)
    throw new BinnacleError('alerting.bad_cursor', `"${text.slice(0, 100)}" is no cursor`, {
      hint: 'take `next` of the page before as it is',
    })
  return { at_ms: Number(match[1]), id: match[2]! }
}

const formatCursor = ({ at_ms, id }: Cursor) => `${at_ms}.${id}`

/** One short read: what it found, newest first, and how far it has looked; no `reached` is the end. */
export type Found<T> = {
  readonly items: readonly (Cursor & { readonly item: T })[]
  readonly reached?: Cursor | undefined
}

/**
 * A page of what `read` finds, newest first. It may be short or empty with `next` set: then `mostReads` reads passed over many
 * rows. What a read finds beyond the page is found again by the next one.
 */
export async function readPage<T>(
  read: (behind: Cursor | undefined, limit: number) => Promise<Found<T>>,
  options: {
    readonly limit: number
    readonly cursor?: string | undefined
    readonly signal: AbortSignal
    readonly mostReads: number
  },
): Promise<Page<T>> {
  const items: T[] = []
  let behind = options.cursor === undefined ? undefined : parseCursor(options.cursor)
  for (let n = 0; n < options.mostReads; n++) {
    options.signal.throwIfAborted()
    const found = await read(behind, options.limit - items.length)
    for (const row of found.items) {
      items.push(row.item)
      if (items.length >= options.limit) return { items, next: formatCursor(row) }
    }
    behind = found.reached
    if (behind === undefined) return { items }
  }
  return { items, ...(behind === undefined ? {} : { next: formatCursor(behind) }) }
}
