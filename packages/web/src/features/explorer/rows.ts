import type { ExplorerSearch } from './search.ts'

/** A query of the page as it is being written. `id` stays while text and place change. */
export type Row = { readonly id: number; readonly text: string; readonly hidden: boolean; readonly legend: string }

export const MAX_ROWS = 12

export function letterOf(place: number): string {
  return String.fromCharCode(65 + place)
}

/** The part of the address that holds the queries. Rows without text are not in it; letters count those that are. */
export function toSearch(rows: readonly Row[]): Pick<ExplorerSearch, 'q' | 'hide' | 'legend'> {
  const filled = rows.filter(({ text }) => text.trim() !== '')
  const hide = filled.flatMap(({ hidden }, i) => (hidden ? [String(i)] : []))
  const legend = filled.flatMap((row, i) => (row.legend === '' ? [] : [`${letterOf(i)}:${row.legend}`]))
  return {
    ...(filled.length === 0 ? {} : { q: filled.map(({ text }) => text) }),
    ...(hide.length === 0 ? {} : { hide }),
    ...(legend.length === 0 ? {} : { legend }),
  }
}

export type AppliedQuery = {
  readonly letter: string
  readonly expr: string
  readonly hidden: boolean
  readonly legend: string
}

/** The queries of an address, in order. */
export function appliedOf({ q = [], hide = [], legend = [] }: ExplorerSearch): AppliedQuery[] {
  return q.slice(0, MAX_ROWS).map((expr, i) => {
    const letter = letterOf(i)
    const format = legend.find((entry) => entry.startsWith(`${letter}:`))?.slice(2) ?? ''
    return { letter, expr, hidden: hide.includes(String(i)), legend: format }
  })
}

/** The rows that show what the address says, with the ids (and so the editors) of those that were there before. */
export function followAddress(old: readonly Row[], applied: readonly AppliedQuery[], nextId: () => number): Row[] {
  if (applied.length === 0) return [{ id: old[0]?.id ?? nextId(), text: '', hidden: false, legend: '' }]
  return applied.map(({ expr, hidden, legend }, i) => ({ id: old[i]?.id ?? nextId(), text: expr, hidden, legend }))
}

export function move(rows: readonly Row[], id: number, by: 1 | -1): Row[] {
  const from = rows.findIndex((row) => row.id === id)
  const to = from + by
  if (from < 0 || to < 0 || to >= rows.length) return [...rows]
  const next = [...rows]
  next[from] = rows[to]!
  next[to] = rows[from]!
  return next
}

export function duplicate(rows: readonly Row[], id: number, newId: number): Row[] {
  if (rows.length >= MAX_ROWS) return [...rows]
  return rows.flatMap((row) => (row.id === id ? [row, { ...row, id: newId }] : [row]))
}
