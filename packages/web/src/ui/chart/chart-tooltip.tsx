import { formatClock, formatDateTime, formatValue } from '../format/index.ts'
import type { ChartFrame, ChartLook, ChartMark } from './frame.ts'
import { Swatch } from './swatch.tsx'
import classes from './time-chart.module.css'

export type TooltipAt = {
  readonly index: number
  readonly left: number
  readonly top: number
  readonly nearest: string | undefined
  /** The single observation under the pointer: what it says comes first. */
  readonly mark?: ChartMark
}

const MAX_ROWS = 10

/** Values at the crosshair, largest first (stacked: top band first); the nearest series is marked and always there. */
export function ChartTooltip({
  tip,
  frame,
  look,
  width,
}: {
  tip: TooltipAt
  frame: ChartFrame
  look: ChartLook
  width: number
}) {
  const time = frame.times[tip.index]
  if (time === undefined) return null
  const rows = frame.series.flatMap((s) => {
    const value = s.values[tip.index]
    return value == null ? [] : [{ ...s, value }]
  })
  if (look.kind === 'stacked') rows.reverse()
  else rows.sort((a, b) => b.value - a.value)
  const shown = rows.slice(0, MAX_ROWS)
  const nearest = rows.find((r) => r.key === tip.nearest)
  if (nearest !== undefined && !shown.includes(nearest)) shown[MAX_ROWS - 1] = nearest
  const onLeft = tip.left > width * 0.55
  return (
    <div
      className={classes.tooltip}
      style={{ top: 8, ...(onLeft ? { right: Math.max(0, width - tip.left + 14) } : { left: tip.left + 14 }) }}
    >
      {tip.mark !== undefined && (
        <dl className={classes.mark}>
          {tip.mark.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className={classes.time} title={formatDateTime(time * 1000)}>
        {formatClock(time * 1000)}
      </div>
      {shown.length === 0 && <div className={classes.more}>no samples here</div>}
      {shown.map((r) => (
        <div key={r.key} className={classes.row} data-nearest={r.key === tip.nearest || undefined}>
          <Swatch color={r.color} />
          <span>{r.name}</span>
          <span>{formatValue(r.value, look.unit)}</span>
        </div>
      ))}
      {frame.band !== undefined && frame.band.mean[tip.index] != null && (
        <div className={classes.more}>
          {frame.band.name}: {formatValue(frame.band.low[tip.index]!, look.unit)} to{' '}
          {formatValue(frame.band.high[tip.index]!, look.unit)}, mean{' '}
          {formatValue(frame.band.mean[tip.index]!, look.unit)}
        </div>
      )}
      {rows.length > shown.length && <div className={classes.more}>and {rows.length - shown.length} more</div>}
    </div>
  )
}
