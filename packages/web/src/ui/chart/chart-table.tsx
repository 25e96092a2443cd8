import { formatDateTime, formatValue } from '../format/index.ts'
import classes from './chart-table.module.css'
import type { ChartFrame, ChartLook } from './frame.ts'

const MAX_ROWS = 120
const MAX_SERIES = 24

/** The same values as the chart, newest first: for reading exactly, for copying, for who does not see the canvas. */
export function ChartTable({
  label,
  frame,
  look,
  height,
}: {
  label: string
  frame: ChartFrame
  look: ChartLook
  height: number
}) {
  const series = frame.series.slice(0, MAX_SERIES)
  const rows: number[] = []
  for (let i = frame.times.length - 1; i >= 0 && rows.length < MAX_ROWS; i--)
    if (series.some((s) => s.values[i] != null)) rows.push(i)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={classes.scroll} style={{ height }} tabIndex={0} aria-label={`${label}, table`}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">time</th>
            {series.map((s) => (
              <th key={s.key} scope="col">
                {s.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={i}>
              <td>{formatDateTime(frame.times[i]! * 1000)}</td>
              {series.map((s) => (
                <td key={s.key}>{s.values[i] == null ? '–' : formatValue(s.values[i], look.unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
