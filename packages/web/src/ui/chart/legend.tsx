import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { formatValue, type Unit } from '../format/index.ts'
import { useCopy } from '../use-copy.ts'
import { type ChartSeries, figuresOf, type SeriesFigures } from './frame.ts'
import classes from './legend.module.css'
import { Swatch } from './swatch.tsx'

export type LegendProps = {
  series: readonly ChartSeries[]
  unit: Unit
  /** Keys of series that are not drawn. */
  hidden: ReadonlySet<string>
  onHidden: (hidden: ReadonlySet<string>) => void
  onHover?: (key: string | undefined) => void
}

/** What a click on a series does: alone it isolates (a second click brings all back), with Ctrl or Cmd it toggles. */
export function nextHidden(
  all: readonly string[],
  hidden: ReadonlySet<string>,
  key: string,
  toggle: boolean,
): ReadonlySet<string> {
  if (toggle) {
    const next = new Set(hidden)
    if (!next.delete(key)) next.add(key)
    return next.size === all.length ? new Set() : next
  }
  const isolated = hidden.size === all.length - 1 && !hidden.has(key)
  return isolated ? new Set() : new Set(all.filter((other) => other !== key))
}

/** In a legend as short as this, zero is worth its name: `sent 0 B/s` says something. */
const MAX_NAMED = 4

/** Series of which a legend line shows less: zero over the whole range. */
export function quietSeries(series: readonly ChartSeries[]): readonly ChartSeries[] {
  const quiet = series.filter((s) => s.values.every((value) => value === null || value === 0))
  return series.length > MAX_NAMED && quiet.length > 1 && quiet.length < series.length ? quiet : []
}

/** Names and current values in a line below a small chart; series that are zero throughout share one entry. */
export function Legend({ series, unit, hidden, onHidden, onHover }: LegendProps) {
  const [all, setAll] = useState(false)
  const keys = series.map((s) => s.key)
  const quiet = quietSeries(series)
  const shown = all ? series : series.filter((s) => !quiet.includes(s))
  return (
    <ul className={classes.line}>
      {shown.map((s) => {
        const { last } = figuresOf(s.values)
        return (
          <li key={s.key}>
            <button
              type="button"
              className={classes.item}
              aria-pressed={!hidden.has(s.key)}
              title="Click: only this one. Ctrl+click: show or hide."
              onClick={(event) => onHidden(nextHidden(keys, hidden, s.key, event.ctrlKey || event.metaKey))}
              onMouseEnter={() => onHover?.(s.key)}
              onMouseLeave={() => onHover?.(undefined)}
            >
              <Swatch color={s.color} off={hidden.has(s.key)} />
              <span>{s.name}</span>
              <b>{last === null ? '–' : formatValue(last, unit)}</b>
            </button>
          </li>
        )
      })}
      {quiet.length > 0 && (
        <li>
          <button
            type="button"
            className={classes.item}
            aria-expanded={all}
            title={quiet.map((s) => s.name).join(', ')}
            onClick={() => setAll(!all)}
          >
            {all ? 'Hide what is zero' : `+${quiet.length} at ${formatValue(0, unit)}`}
          </button>
        </li>
      )}
    </ul>
  )
}

export type LegendSort = { readonly by: 'name' | keyof SeriesFigures; readonly down: boolean }

/** Figures of each series, in the order asked for; empty series last. */
export function sortSeries(
  series: readonly ChartSeries[],
  sort: LegendSort,
): readonly (ChartSeries & { figures: SeriesFigures })[] {
  const rows = series.map((s) => ({ ...s, figures: figuresOf(s.values) }))
  const sign = sort.down ? -1 : 1
  return rows.sort((a, b) => {
    if (sort.by === 'name') return sign * a.name.localeCompare(b.name, 'en', { numeric: true })
    const x = a.figures[sort.by]
    const y = b.figures[sort.by]
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0)
    return sign * (x - y)
  })
}

/** Takes a series away as the selector that finds it. */
export function CopySeries({ text }: { text: string }) {
  const { copied, copy } = useCopy()
  return (
    <button
      type="button"
      className={classes.copy}
      title={`Copy ${text}`}
      aria-label={`Copy ${text}`}
      onClick={() => copy(text)}
    >
      {copied ? <IconCheck size={13} aria-hidden="true" /> : <IconCopy size={13} aria-hidden="true" />}
    </button>
  )
}

const COLUMNS = ['last', 'max', 'mean'] as const

/** Rows at first: the highest, which is what one looks for; a table of hundreds takes longer to lay out than its chart. */
const FIRST_ROWS = 50

/** The legend as a table below a large chart: sortable by name, last, max or mean. */
export function LegendTable({
  series,
  unit,
  hidden,
  onHidden,
  onHover,
  sort,
  onSort,
}: LegendProps & { sort: LegendSort; onSort: (sort: LegendSort) => void }) {
  const [all, setAll] = useState(false)
  const rows = useMemo(() => sortSeries(series, sort), [series, sort])
  const keys = series.map((s) => s.key)
  const head = (by: LegendSort['by'], text: string) => (
    <th key={by} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className={classes.sort}
        onClick={() => onSort({ by, down: sort.by === by ? !sort.down : by !== 'name' })}
      >
        {text}
        <span aria-hidden="true">{sort.by === by ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={classes.scroll} data-long={rows.length > 20 || undefined} tabIndex={0} aria-label="Legend">
      <table className={classes.table}>
        <thead>
          <tr>
            {head('name', `${series.length} series`)}
            {COLUMNS.map((by) => head(by, by))}
          </tr>
        </thead>
        <tbody>
          {(all ? rows : rows.slice(0, FIRST_ROWS)).map((s) => (
            <tr key={s.key} onMouseEnter={() => onHover?.(s.key)} onMouseLeave={() => onHover?.(undefined)}>
              <td>
                <button
                  type="button"
                  className={classes.item}
                  aria-pressed={!hidden.has(s.key)}
                  title={`${s.name}\nClick: only this one. Ctrl+click: show or hide.`}
                  onClick={(event) => onHidden(nextHidden(keys, hidden, s.key, event.ctrlKey || event.metaKey))}
                >
                  <Swatch color={s.color} off={hidden.has(s.key)} />
                  <code>{s.name}</code>
                </button>
                {s.copyText !== undefined && <CopySeries text={s.copyText} />}
              </td>
              {COLUMNS.map((by) => (
                <td key={by}>{s.figures[by] === null ? '–' : formatValue(s.figures[by], unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {!all && rows.length > FIRST_ROWS && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          Show the other {rows.length - FIRST_ROWS} series
        </button>
      )}
    </section>
  )
}
