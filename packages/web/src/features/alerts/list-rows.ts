import type { AlertGroup } from '../../api/index.ts'

/** A line of the list: a group's head, or the alert at a place of the whole list. */
export type ListRow =
  | { readonly kind: 'group'; readonly group: AlertGroup }
  | { readonly kind: 'alert'; readonly index: number }

/** Heads and alerts in the order in which they stand. Without grouping there are no heads. */
export function toListRows(groups: readonly AlertGroup[], total: number, grouped: boolean): ListRow[] {
  const rows: ListRow[] = []
  if (!grouped) {
    for (let index = 0; index < total; index++) rows.push({ kind: 'alert', index })
    return rows
  }
  let next = 0
  for (const group of groups) {
    rows.push({ kind: 'group', group })
    for (next = group.from; next < group.from + group.count; next++) rows.push({ kind: 'alert', index: next })
  }
  // Groups are bounded; what stands behind the last of them is there all the same.
  for (; next < total; next++) rows.push({ kind: 'alert', index: next })
  return rows
}
