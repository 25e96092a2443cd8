import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatDateTime, formatValue } from '../format/index.ts'
import { buildOptions, drawMarks, drawSpans, drawThresholds, markAt, toPlotData } from './build-options.ts'
import { useChartTheme } from './chart-theme.ts'
import { ChartTooltip, type TooltipAt } from './chart-tooltip.tsx'
import type { ChartFrame, ChartLook, ChartMark, ChartSpan } from './frame.ts'
import classes from './time-chart.module.css'
import { usePlot } from './use-plot.ts'

export type TimeChartProps = {
  /** What the chart shows, in words: its name for who cannot see it. */
  label: string
  frame: ChartFrame
  look: ChartLook
  /** Ends of the time axis, Unix seconds. */
  from: number
  to: number
  height?: number
  /** Charts with the same key share their crosshair. */
  syncKey?: string
  /** Key of the series to bring to the front (hovered in the legend). */
  focus?: string | undefined
  /** Single observations over the lines. */
  marks?: readonly ChartMark[]
  /** Stretches of time behind the lines. */
  spans?: readonly ChartSpan[]
  /** A click on one of the marks. */
  onMark?: (mark: ChartMark) => void
  onZoom?: (fromS: number, toS: number) => void
  onZoomOut?: () => void
}

const NO_MARKS: readonly ChartMark[] = []
const NO_SPANS: readonly ChartSpan[] = []

/** A canvas over time. Drag zooms, double click zooms out; focused, the arrow keys read point by point. */
export function TimeChart({
  label,
  frame,
  look,
  from,
  to,
  height = 180,
  syncKey,
  focus,
  marks = NO_MARKS,
  spans = NO_SPANS,
  onMark,
  onZoom,
  onZoomOut,
}: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [tip, setTip] = useState<TooltipAt | null>(null)
  const [reading, setReading] = useState<number | null>(null)
  const theme = useChartTheme()

  // What the imperative part reads at the time of an event; kept out of the options so that they stay the same.
  const hot = useRef<ChartMark | undefined>(undefined)
  const latest = useRef({ frame, look, from, to, marks, spans, onMark, onZoom, onZoomOut })
  latest.current = { frame, look, from, to, marks, spans, onMark, onZoom, onZoomOut }

  const shape = JSON.stringify([look, frame.series.map((s) => [s.key, s.name, s.color]), frame.band?.name])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for frame and look
  const options = useMemo(() => {
    const built = buildOptions(latest.current.frame, latest.current.look, theme, {
      onZoom: (a, b) => latest.current.onZoom?.(a, b),
      onCursor: (u) => {
        const { frame: shown, look: as, marks: all } = latest.current
        const tooltip = tooltipOf(u, shown, as)
        const mark = tooltip === null ? undefined : markAt(u, all, u.cursor.left ?? -1, u.cursor.top ?? -1)
        if (mark !== hot.current) {
          hot.current = mark
          u.over.style.cursor = mark === undefined ? '' : 'pointer'
          u.redraw(false)
        }
        setTip(tooltip === null || mark === undefined ? tooltip : { ...tooltip, mark })
      },
    })
    return {
      ...built,
      hooks: {
        ...built.hooks,
        drawClear: [(u: uPlot) => drawSpans(u, latest.current.spans, theme)],
        draw: [
          (u: uPlot) => {
            drawThresholds(u, latest.current.look.thresholds ?? [], theme)
            drawMarks(u, latest.current.marks, hot.current?.key, theme)
          },
        ],
      },
      cursor: {
        ...built.cursor,
        ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
        bind: {
          dblclick: () => () => {
            latest.current.onZoomOut?.()
            return null
          },
          // Taken over, since uPlot calls no hook for a click that zooms nothing.
          click: (_u, _target, otherwise) => (event: MouseEvent) => {
            if (hot.current !== undefined) latest.current.onMark?.(hot.current)
            return otherwise(event)
          },
        },
      },
      scales: {
        ...built.scales,
        x: { time: true, range: (): [number, number] => [latest.current.from, latest.current.to] },
      },
    } satisfies Omit<uPlot.Options, 'width' | 'height'>
    // `shape` stands for frame and look: new values in the same series need no new chart.
  }, [shape, theme, syncKey])

  const data = useMemo(() => toPlotData(frame, look), [frame, look])
  const width = usePlot({ host, plot }, options, data, height)
  // biome-ignore lint/correctness/useExhaustiveDependencies: from and to are read by the x scale's range
  useLayoutEffect(() => plot.current?.setData(data), [data, from, to])
  // biome-ignore lint/correctness/useExhaustiveDependencies: marks and spans are drawn by hooks
  useLayoutEffect(() => plot.current?.redraw(false), [marks, spans])
  useEffect(() => {
    const index = frame.series.findIndex((s) => s.key === focus)
    plot.current?.setSeries(index < 0 ? null : index + 1, { focus: true }, false)
  }, [focus, frame.series])

  const moveTo = useCallback((index: number | null) => {
    const u = plot.current
    setReading(index)
    if (u === null) return
    if (index === null) u.setCursor({ left: -10, top: -10 }, false)
    else u.setCursor({ left: u.valToPos(latest.current.frame.times[index]!, 'x'), top: 8 }, false)
  }, [])

  const onKeyDown = (event: React.KeyboardEvent) => {
    const last = frame.times.length - 1
    const at = reading ?? last
    const jump = event.shiftKey ? 10 : 1
    const next = { ArrowLeft: at - jump, ArrowRight: at + jump, Home: 0, End: last }[event.key]
    if (event.key === 'Escape' && reading !== null) {
      event.stopPropagation()
      moveTo(null)
      return
    }
    if (next === undefined || last < 0) return
    event.preventDefault()
    moveTo(Math.min(last, Math.max(0, next)))
  }

  const at = Math.min(reading ?? frame.times.length - 1, frame.times.length - 1)
  return (
    <div className={classes.chart}>
      {/* A slider over time is what a chart is to a keyboard and a screen reader: a value for each place. */}
      <div
        ref={host}
        className={classes.canvas}
        style={{ height }}
        role="slider"
        tabIndex={0}
        aria-label={`${label}, chart. Arrow keys read its points.`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, frame.times.length - 1)}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={readPoint(frame, look, at)}
        onKeyDown={onKeyDown}
        onBlur={() => reading !== null && moveTo(null)}
      />
      {tip !== null && <ChartTooltip tip={tip} frame={frame} look={look} width={width} />}
    </div>
  )
}

/** A point in words: `2026-11-20 14:03:10: user 31 %, system 9 %`. */
function readPoint(frame: ChartFrame, look: ChartLook, index: number): string {
  const time = frame.times[index]
  if (time === undefined) return 'no data'
  const values = frame.series
    .slice(0, 8)
    .flatMap((s) => (s.values[index] == null ? [] : [`${s.name} ${formatValue(s.values[index], look.unit)}`]))
  return `${formatDateTime(time * 1000)}: ${values.length === 0 ? 'no samples' : values.join(', ')}`
}

function tooltipOf(u: uPlot, frame: ChartFrame, look: ChartLook): TooltipAt | null {
  const { idx, left = -1, top = -1 } = u.cursor
  const own = u.root.matches(':hover') || u.root.parentElement === document.activeElement
  if (idx == null || left < 0 || !own) return null
  return { index: idx, left: left + u.bbox.left / uPlot.pxRatio, top, nearest: nearestSeries(u, frame, look, idx, top) }
}

/** Key of the series under the pointer: the closest line, or the band that the pointer is in. */
function nearestSeries(u: uPlot, frame: ChartFrame, look: ChartLook, index: number, top: number): string | undefined {
  if (look.kind === 'stacked') {
    const value = u.posToVal(top, 'y')
    const band = frame.series.findIndex((_s, i) => (u.data[i + 1]?.[index] ?? Number.NEGATIVE_INFINITY) >= value)
    return frame.series[band]?.key
  }
  let best = 30
  let key: string | undefined
  frame.series.forEach((s, i) => {
    const value = u.data[i + 1]?.[index]
    if (value == null) return
    const distance = Math.abs(u.valToPos(value, 'y') - top)
    if (distance < best) {
      best = distance
      key = s.key
    }
  })
  return key
}
