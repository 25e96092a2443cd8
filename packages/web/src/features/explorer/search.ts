import { listOf, textOf } from '../../view/index.ts'

export type ExplorerView = 'lines' | 'stacked' | 'heatmap' | 'table'

/**
 * The explorer's part of the address: queries in order (`q`), the places of those not shown (`hide`), their legends
 * (`A:{{job}}`), how they are shown, what is open beside the answer, and, without a query, the browser's filter and the
 * metric that is open.
 */
export type ExplorerSearch = {
  q?: string[]
  hide?: string[]
  legend?: string[]
  view?: ExplorerView
  /** Seconds between points; absent where the width decides. */
  step?: string
  /** A chart for each query. */
  each?: 'yes'
  exemplars?: 'yes'
  /** Lines drawn at most, and by what they are chosen. */
  top?: string
  rank?: 'max' | 'mean'
  /** Letter of the query that is explained. */
  explain?: string
  /** Breakdown: `*` for the labels, otherwise the label by whose values the answer is taken apart. */
  by?: string
  find?: string
  metric?: string
}

const VIEWS: readonly string[] = ['stacked', 'heatmap', 'table']

export function validateExplorer(search: Record<string, unknown>): ExplorerSearch {
  const found: ExplorerSearch = {}
  for (const name of ['q', 'hide', 'legend'] as const) {
    const list = listOf(search, name)
    if (list.length > 0) found[name] = list
  }
  for (const name of ['step', 'top', 'explain', 'by', 'find', 'metric'] as const) {
    const text = textOf(search, name)
    if (text !== undefined) found[name] = text
  }
  const view = textOf(search, 'view')
  if (view !== undefined && VIEWS.includes(view)) found.view = view as ExplorerView
  const rank = textOf(search, 'rank')
  if (rank === 'max' || rank === 'mean') found.rank = rank
  if (textOf(search, 'each') === 'yes') found.each = 'yes'
  if (textOf(search, 'exemplars') === 'yes') found.exemplars = 'yes'
  return found
}
