import { listOf, textOf } from '../../view/index.ts'

export type ExplorerView = 'lines' | 'stacked' | 'table'

/**
 * The explorer's part of the address: queries in order (`q`), the places of those not shown (`hide`), how they are
 * shown, and, without a query, the browser's filter and the metric that is open.
 */
export type ExplorerSearch = { q?: string[]; hide?: string[]; view?: ExplorerView; find?: string; metric?: string }

export function validateExplorer(search: Record<string, unknown>): ExplorerSearch {
  const found: ExplorerSearch = {}
  const q = listOf(search, 'q')
  const hide = listOf(search, 'hide')
  const view = textOf(search, 'view')
  const find = textOf(search, 'find')
  const metric = textOf(search, 'metric')
  if (q.length > 0) found.q = q
  if (hide.length > 0) found.hide = hide
  if (view === 'stacked' || view === 'table') found.view = view
  if (find !== undefined) found.find = find
  if (metric !== undefined) found.metric = metric
  return found
}
