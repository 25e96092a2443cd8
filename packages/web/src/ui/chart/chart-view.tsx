import { useMemo, useState } from 'react'
import { ChartTable } from './chart-table.tsx'
import classes from './chart-view.module.css'
import type { ChartFrame, ChartLook } from './frame.ts'
import { Legend, type LegendSort, LegendTable } from './legend.tsx'
import { TimeChart, type TimeChartProps } from './time-chart.tsx'

export type ChartViewProps = Omit<TimeChartProps, 'frame' | 'focus'> & {
  frame: ChartFrame
  look: ChartLook
  /** `line` below small charts, `table` (sortable) below large ones. */
  legend?: 'line' | 'table' | 'none'
  sort?: LegendSort
  onSort?: (sort: LegendSort) => void
  /** Shows the values instead of the curves. */
  asTable?: boolean
  /** New values are on their way: what is shown stays, dimmed. */
  dimmed?: boolean
}

const NONE: ReadonlySet<string> = new Set()

/** A chart with its legend, or the same as a table. Which series are hidden is the view's own, passing state. */
export function ChartView({
  frame,
  legend = 'line',
  sort,
  onSort,
  asTable = false,
  dimmed = false,
  ...chart
}: ChartViewProps) {
  const [hidden, setHidden] = useState(NONE)
  const [focus, setFocus] = useState<string>()
  const shown = useMemo(() => {
    const series = frame.series.filter((s) => !hidden.has(s.key))
    // Series that were hidden may be gone: never leave an empty chart behind.
    return series.length === frame.series.length || series.length === 0 ? frame : { ...frame, series }
  }, [frame, hidden])
  const parts = { series: frame.series, unit: chart.look.unit, hidden, onHidden: setHidden, onHover: setFocus }
  return (
    <div className={classes.view} data-dimmed={dimmed || undefined}>
      {asTable ? (
        <ChartTable label={chart.label} frame={shown} look={chart.look} height={chart.height ?? 180} />
      ) : (
        <TimeChart {...chart} frame={shown} focus={focus} />
      )}
      {legend === 'line' && <Legend {...parts} />}
      {legend === 'table' && sort !== undefined && onSort !== undefined && (
        <LegendTable {...parts} sort={sort} onSort={onSort} />
      )}
    </div>
  )
}
