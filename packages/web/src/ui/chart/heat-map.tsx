import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatClock, formatDateTime, formatNumber, formatValue, type Unit } from '../format/index.ts'
import { CHART_PADDING, type ChartTheme, drawMarks, markAt, timeAxis } from './build-options.ts'
import { useChartTheme } from './chart-theme.ts'
import type { ChartMark } from './frame.ts'
import { cellOf, type HeatFrame, rowAt } from './heat-frame.ts'
import classes from './heat-map.module.css'
import chart from './time-chart.module.css'
import { usePlot } from './use-plot.ts'

export type HeatMapProps = {
  label: string
  frame: HeatFrame
  /** Unit of the bounds. */
  unit: Unit
  /** What a cell counts, such as `/s`. */
  countUnit: Unit
  /** Ends of the time axis, Unix seconds. */
  from: number
  to: number
  height?: number
  marks?: readonly ChartMark[]
  onMark?: (mark: ChartMark) => void
  onZoom?: (fromS: number, toS: number) => void
  onZoomOut?: () => void
}

type Cell = { readonly index: number; readonly row: number }
type Tip = Cell & { readonly left: number; readonly mark: ChartMark | undefined }

const SHADES = 5
const NO_MARKS: readonly ChartMark[] = []

/** Histograms over time: the darker (in the dark: brighter) a cell, the more fell into its range then. */
export function HeatMap({
  label,
  frame,
  unit,
  countUnit,
  from,
  to,
  height = 300,
  marks = NO_MARKS,
  onMark,
  onZoom,
  onZoomOut,
}: HeatMapProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [tip, setTip] = useState<Tip | null>(null)
  const [reading, setReading] = useState<Cell | null>(null)
  const theme = useChartTheme()
  const hot = useRef<ChartMark | undefined>(undefined)
  const latest = useRef({ frame, from, to, marks, onMark, onZoom, onZoomOut })
  latest.current = { frame, from, to, marks, onMark, onZoom, onZoomOut }

  const shape = JSON.stringify([frame.places, unit])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the rows
  const options = useMemo((): Omit<uPlot.Options, 'width' | 'height'> => {
    const { places, edges } = latest.current.frame
    return {
      padding: CHART_PADDING,
      legend: { show: false },
      cursor: {
        x: true,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: {
          dblclick: () => () => {
            latest.current.onZoomOut?.()
            return null
          },
          click: (_u, _target, otherwise) => (event: MouseEvent) => {
            if (hot.current !== undefined) latest.current.onMark?.(hot.current)
            return otherwise(event)
          },
        },
      },
      scales: {
        x: { time: true, range: (): [number, number] => [latest.current.from, latest.current.to] },
        y: { range: (): [number, number] => [places[0]!, places.at(-1)!] },
      },
      axes: [
        timeAxis(theme),
        {
          stroke: theme.text,
          font: theme.font,
          ticks: { show: false },
          grid: { show: false },
          gap: 6,
          size: (_u, values) => Math.max(40, 14 + 6.4 * Math.max(0, ...(values ?? []).map((v) => v?.length ?? 0))),
          splits: (u) => labelledEdges(places, u.bbox.height / (window.devicePixelRatio || 1)).map((i) => places[i]!),
          values: (_u, splits) =>
            splits.map((place) => {
              const edge = edges[places.indexOf(place)]!
              return Number.isFinite(edge) ? formatValue(edge, unit) : edge > 0 ? '+Inf' : '−Inf'
            }),
        },
      ],
      // A line that is never drawn: it only ties the data to the axis.
      series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
      hooks: {
        draw: [
          (u) => {
            drawCells(u, latest.current.frame, theme)
            drawMarks(u, latest.current.marks, hot.current?.key, theme)
          },
        ],
        setSelect: [
          (u) => {
            const { left, width: wide } = u.select
            if (wide < 4) return
            latest.current.onZoom?.(u.posToVal(left, 'x'), u.posToVal(left + wide, 'x'))
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          },
        ],
        setCursor: [
          (u) => {
            const found = tipOf(u, latest.current.frame, latest.current.marks)
            if (found?.mark !== hot.current) {
              hot.current = found?.mark
              u.over.style.cursor = found?.mark === undefined ? '' : 'pointer'
              u.redraw(false)
            }
            setTip(found)
          },
        ],
      },
    }
  }, [shape, theme])

  const data = useMemo((): uPlot.AlignedData => [[...frame.times], frame.times.map(() => null)], [frame])
  const width = usePlot({ host, plot }, options, data, height)
  // biome-ignore lint/correctness/useExhaustiveDependencies: frame, marks and ends are read while drawing
  useLayoutEffect(() => plot.current?.setData(data), [data, from, to, marks])

  const last = frame.times.length - 1
  const rows = frame.edges.length - 1
  const at = reading ?? { index: last, row: fullestRow(frame, last) }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && reading !== null) {
      event.stopPropagation()
      setReading(null)
      return
    }
    const jump = event.shiftKey ? 10 : 1
    const next = {
      ArrowLeft: { index: at.index - jump, row: at.row },
      ArrowRight: { index: at.index + jump, row: at.row },
      ArrowUp: { index: at.index, row: at.row + 1 },
      ArrowDown: { index: at.index, row: at.row - 1 },
    }[event.key]
    if (next === undefined || last < 0) return
    event.preventDefault()
    setReading({
      index: Math.min(last, Math.max(0, next.index)),
      row: Math.min(rows - 1, Math.max(0, next.row)),
    })
  }
  const shown: Cell | null = tip ?? reading
  return (
    <div className={chart.chart}>
      <div
        ref={host}
        className={chart.canvas}
        style={{ height }}
        role="slider"
        tabIndex={0}
        aria-label={`${label}, heatmap. Arrow keys read its cells.`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, at.index)}
        aria-valuetext={inWords(frame, at, unit, countUnit)}
        onKeyDown={onKeyDown}
        onBlur={() => setReading(null)}
      />
      {shown !== null && shown.row >= 0 && (
        <HeatTip
          frame={frame}
          cell={shown}
          mark={tip?.mark}
          left={tip?.left ?? width * 0.3}
          width={width}
          unit={unit}
          countUnit={countUnit}
        />
      )}
      <p className={classes.scale} aria-hidden="true">
        <span>0</span>
        <i />
        <span>{formatValue(frame.most, countUnit)}</span>
        {frame.scale === 'log' && <small>logarithmic rows</small>}
      </p>
    </div>
  )
}

function HeatTip({
  frame,
  cell: { index, row },
  mark,
  left,
  width,
  unit,
  countUnit,
}: {
  frame: HeatFrame
  cell: Cell
  mark: ChartMark | undefined
  left: number
  width: number
  unit: Unit
  countUnit: Unit
}) {
  const time = frame.times[index]
  if (time === undefined) return null
  const cell = cellOf(frame, row, index)
  const onLeft = left > width * 0.55
  return (
    <div
      className={chart.tooltip}
      style={{ top: 8, ...(onLeft ? { right: Math.max(0, width - left + 14) } : { left: left + 14 }) }}
    >
      {mark !== undefined && (
        <dl className={chart.mark}>
          {mark.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className={chart.time} title={formatDateTime(time * 1000)}>
        {formatClock(time * 1000)}
      </div>
      {Number.isNaN(frame.totals[index]!) ? (
        <div className={chart.more}>no samples here</div>
      ) : (
        <dl className={classes.facts}>
          <dt>range</dt>
          <dd>{rangeText(cell.lower, cell.upper, unit)}</dd>
          <dt>count</dt>
          <dd>{formatValue(cell.count, countUnit)}</dd>
          <dt>share</dt>
          <dd>{formatValue(cell.share, 'ratio')}</dd>
        </dl>
      )}
    </div>
  )
}

function rangeText(lower: number, upper: number, unit: Unit): string {
  const text = (edge: number) => (Number.isFinite(edge) ? formatValue(edge, unit) : formatNumber(edge))
  if (upper === Number.POSITIVE_INFINITY) return `over ${text(lower)}`
  if (lower === Number.NEGATIVE_INFINITY) return `up to ${text(upper)}`
  return `${text(lower)} to ${text(upper)}`
}

function inWords(frame: HeatFrame, { index, row }: Cell, unit: Unit, countUnit: Unit): string {
  const time = frame.times[index]
  if (time === undefined || row < 0) return 'no data'
  const { lower, upper, count, share } = cellOf(frame, row, index)
  return `${formatDateTime(time * 1000)}: ${rangeText(lower, upper, unit)}: ${formatValue(count, countUnit)}, ${formatValue(share, 'ratio')}`
}

function fullestRow({ counts, times, edges }: HeatFrame, index: number): number {
  let best = 0
  for (let row = 1; row < edges.length - 1; row++)
    if (counts[row * times.length + index]! > counts[best * times.length + index]!) best = row
  return best
}

function tipOf(u: uPlot, frame: HeatFrame, marks: readonly ChartMark[]): Tip | null {
  const { idx, left = -1, top = -1 } = u.cursor
  if (idx == null || left < 0 || !u.root.matches(':hover')) return null
  const row = rowAt(frame, u.posToVal(top, 'y'))
  return { index: idx, row, left: left + u.bbox.left / uPlot.pxRatio, mark: markAt(u, marks, left, top) }
}

/** Edges that have room for their label, from below. */
function labelledEdges(places: readonly number[], heightPx: number): number[] {
  const perUnit = heightPx / (places.at(-1)! - places[0]!)
  const shown: number[] = []
  let next = Number.NEGATIVE_INFINITY
  places.forEach((place, i) => {
    if (place < next) return
    shown.push(i)
    next = place + 18 / perUnit
  })
  return shown
}

/** Each cell reaches half a step to both sides of its time, so that the crosshair lies in its middle. */
function drawCells(u: uPlot, { times, places, counts, most }: HeatFrame, theme: ChartTheme): void {
  if (times.length === 0 || most === 0) return
  const { ctx, bbox } = u
  const shades = shadesOf(theme)
  const n = times.length
  const step = n > 1 ? times[1]! - times[0]! : 60
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  const xs = new Float64Array(n + 1)
  for (let i = 0; i <= n; i++) xs[i] = Math.round(u.valToPos(times[0]! + (i - 0.5) * step, 'x', true))
  for (let row = 0; row < places.length - 1; row++) {
    const top = Math.round(u.valToPos(places[row + 1]!, 'y', true))
    const bottom = Math.round(u.valToPos(places[row]!, 'y', true))
    const gap = bottom - top > 6 ? 1 : 0
    for (let i = 0; i < n; i++) {
      const count = counts[row * n + i]!
      if (count <= 0) continue
      // The root lets rare observations, which are what one looks for, still be seen.
      ctx.fillStyle = shades[Math.min(shades.length - 1, Math.floor(Math.sqrt(count / most) * shades.length))]!
      ctx.fillRect(xs[i]!, top, xs[i + 1]! - xs[i]!, bottom - top - gap)
    }
  }
  ctx.restore()
}

/** Between the tokens of the theme, so that neighbours differ by little. */
function shadesOf(theme: ChartTheme, between = 12): string[] {
  const stops = Array.from({ length: SHADES }, (_x, i) => rgbOf(theme.color(`heat-${i + 1}`)))
  const shades: string[] = []
  for (let i = 0; i < SHADES - 1; i++) {
    for (let k = 0; k < between; k++) {
      const mixed = stops[i]!.map((channel, c) => Math.round(channel + ((stops[i + 1]![c]! - channel) * k) / between))
      shades.push(`rgb(${mixed.join(' ')})`)
    }
  }
  return shades
}

function rgbOf(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}
