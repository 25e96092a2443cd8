import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { InstantSample } from '../../../api/index.ts'
import { CopySeries } from '../../../ui/chart/index.ts'
import { formatClock, formatCount, formatExact, formatNumber } from '../../../ui/format/index.ts'
import classes from '../explorer.module.css'
import { selectorOf, wholeName } from './merge-frames.ts'

type Sort = { readonly by: 'value' | 'series'; readonly down: boolean }
export type AnswerRow = InstantSample & { readonly letter: string | undefined }

const ROW_PX = 32

/** Values at the end of the range, largest first; thousands of rows stay light because only those in sight exist. */
export function AnswerTable({ rows }: { rows: readonly AnswerRow[] }) {
  const [sort, setSort] = useState<Sort>({ by: 'value', down: true })
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = useMemo(() => {
    const named = rows.map((row) => ({ ...row, name: wholeName(row.labels) || '{}' }))
    const names = new Intl.Collator('en', { numeric: true })
    const sign = sort.down ? -1 : 1
    if (sort.by === 'series') return named.sort((a, b) => sign * names.compare(a.name, b.name))
    // What is equal comes in the order of names, so that rows do not jump from poll to poll.
    return named.sort((a, b) => sign * (rankOf(a) - rankOf(b)) || names.compare(a.name, b.name))
  }, [rows, sort])
  const turn = (by: Sort['by']) => setSort({ by, down: sort.by === by ? !sort.down : by === 'value' })
  const arrow = (by: Sort['by']) => (sort.by === by ? (sort.down ? ' ↓' : ' ↑') : '')
  const order = (by: Sort['by']) => (sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none')
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
            <th aria-sort={order('series')}>
              <button type="button" onClick={() => turn('series')}>
                {formatCount(sorted.length)} series{arrow('series')}
              </button>
            </th>
            <th aria-sort={order('value')}>
              <button type="button" onClick={() => turn('value')}>
                value at {sorted[0] === undefined ? 'the end' : formatClock(sorted[0].atMs)}
                {arrow('value')}
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
                <td>{row.histogram === undefined ? formatExact(row.value) : histogramText(row.histogram)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** Histograms by how much they counted; what is no number comes last where the highest come first. */
function rankOf({ value, histogram }: AnswerRow): number {
  const rank = histogram?.count ?? value
  return Number.isNaN(rank) ? Number.MIN_SAFE_INTEGER : rank
}

function histogramText({ count, sum, buckets }: NonNullable<AnswerRow['histogram']>): string {
  return `count ${formatNumber(count)}, sum ${formatNumber(sum)}, in ${buckets} buckets`
}
