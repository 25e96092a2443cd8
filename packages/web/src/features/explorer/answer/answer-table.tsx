import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { InstantSample } from '../../../api/index.ts'
import { CopySeries } from '../../../ui/chart/index.ts'
import { formatClock, formatExact } from '../../../ui/format/index.ts'
import classes from '../explorer.module.css'
import { selectorOf, wholeName } from './merge-frames.ts'

export type AnswerRow = InstantSample & { readonly letter: string | undefined }

const ROW_PX = 32

/** Values at the end of the range, largest first; thousands of rows stay light because only those in sight exist. */
export function AnswerTable({ rows }: { rows: readonly AnswerRow[] }) {
  const [sort, setSort] = useState<'value' | 'series'>('value')
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = useMemo(() => {
    const named = rows.map((row) => ({ ...row, name: wholeName(row.labels) || '{}' }))
    const byName = new Intl.Collator('en', { numeric: true })
    named.sort((a, b) => byName.compare(a.name, b.name))
    if (sort === 'series') return named
    // Stable: what is equal stays in the order of names, so that rows do not jump from poll to poll.
    const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value)
    return named.sort((a, b) => rank(b.value) - rank(a.value) || 0)
  }, [rows, sort])
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    measureElement: (element) => element.getBoundingClientRect().height,
    overscan: 12,
  })
  // A real table whose rows are laid out as a grid: only so can rows that do not exist leave their height.
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section ref={scroller} className={classes.answerBody} tabIndex={0} aria-label="Answer">
      <table className={classes.answers} aria-rowcount={sorted.length + 1}>
        <thead>
          <tr className={classes.answerHead}>
            <th aria-sort={sort === 'series' ? 'ascending' : 'none'}>
              <button type="button" onClick={() => setSort('series')}>
                {sorted.length} series{sort === 'series' && ' ↑'}
              </button>
            </th>
            <th aria-sort={sort === 'value' ? 'descending' : 'none'}>
              <button type="button" onClick={() => setSort('value')}>
                value at {sorted[0] === undefined ? 'the end' : formatClock(sorted[0].atMs)}
                {sort === 'value' && ' ↓'}
              </button>
            </th>
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = sorted[item.index]!
            return (
              <tr
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                className={classes.answerRow}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <td>
                  <code>
                    {row.letter !== undefined && <b>{row.letter} </b>}
                    {row.labels.__name__}
                    <span>{row.name.slice(row.labels.__name__?.length ?? 0)}</span>
                  </code>
                  <CopySeries text={selectorOf(row.labels)} />
                </td>
                <td>{formatExact(row.value)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
