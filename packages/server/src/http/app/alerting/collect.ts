import type { HistoryFilter, Page } from '../../../alerting/index.ts'

/** A call passes over so many rows at most; what is rare takes several. */
const MOST_CALLS = 4

/** A page that is filled as far as some calls reach: one call alone may find little among many rows, and say where to go on. */
export async function collect<T>(
  read: (filter: HistoryFilter) => Promise<Page<T>>,
  filter: HistoryFilter,
): Promise<Page<T>> {
  const items: T[] = []
  let { cursor } = filter
  for (let call = 0; call < MOST_CALLS; call++) {
    const page = await read({
      ...filter,
      limit: filter.limit - items.length,
      ...(cursor === undefined ? {} : { cursor }),
    })
    items.push(...page.items)
    cursor = page.next
    if (cursor === undefined) return { items }
    if (items.length >= filter.limit) break
  }
  return cursor === undefined ? { items } : { items, next: cursor }
}
