import type uPlot from 'uplot'
import { formatValue } from '../format/index.ts'
import {
  type ChartFrame,
  type ChartLook,
  type ChartMark,
  type ChartSpan,
  stackColumns,
  type Threshold,
} from './frame.ts'

/** Colours as the canvas needs them: resolved from the tokens of the theme in force. */
export type ChartTheme = {
  readonly text: string
  readonly grid: string
  readonly surface: string
  readonly font: string
  readonly area: number
  readonly stack: number
  color(token: string): string
}

export type ChartEvents = {
  onZoom(fromS: number, toS: number): void
  onCursor(plot: uPlot): void
}

/** Lines past this are too many to follow one of them. */
const DENSE = 50

/** Columns as uPlot takes them: times, then one column a series; sums where the chart stacks. */
export function toPlotData(frame: ChartFrame, look: ChartLook): uPlot.AlignedData {
  const columns = frame.series.map((s) => s.values)
  const drawn = look.kind === 'stacked' ? stackColumns(columns, frame.times.length) : columns
  const { band } = frame
  return [
    frame.times,
    ...drawn,
    ...(band === undefined ? [] : [band.high, band.low, band.mean]),
  ] as unknown as uPlot.AlignedData
}

/** Series, axes, scales and grid of a time chart. Pure: the same arguments give the same picture. */
export function buildOptions(
  frame: Pick<ChartFrame, 'series' | 'band'>,
  look: ChartLook,
  theme: ChartTheme,
  events: ChartEvents,
): Omit<uPlot.Options, 'width' | 'height'> {
  const stacked = look.kind === 'stacked'
  const count = frame.series.length
  const filled = stacked || (look.filled ?? count <= 3)
  // Bringing a line to the front redraws all of them: with so many, the pointer would stick. The tooltip still names it.
  const dense = count > DENSE
  const axis = { stroke: theme.text, font: theme.font, ticks: { show: false } }
  return {
    padding: CHART_PADDING,
    legend: { show: false },
    focus: { alpha: stacked ? 0.55 : 0.25 },
    cursor: {
      x: true,
      y: false,
      points: {
        show: !dense,
        size: 7,
        width: 1.5,
        stroke: (_u, i) => theme.color(frame.series[i - 1]?.color ?? 's1'),
        fill: () => theme.surface,
      },
      focus: { prox: stacked || dense ? -1 : 24 },
      drag: { x: true, y: false, setScale: false },
    },
    scales: {
      x: { time: true },
      y: { range: (_u, low, high) => valueRange(low, high, look) },
    },
    axes: [
      timeAxis(theme),
      {
        ...axis,
        size: (_u, values) => Math.max(40, 14 + 6.4 * Math.max(0, ...(values ?? []).map((v) => v?.length ?? 0))),
        gap: 6,
        space: 34,
        grid: { stroke: theme.grid, width: 1 },
        values: (_u, splits) => splits.map((value) => formatValue(value, look.unit)),
        ...(look.unit === 'bytes' ? { incrs: BINARY_STEPS } : look.unit === 'seconds' ? { incrs: SECOND_STEPS } : {}),
      },
    ],
    series: [
      {},
      ...frame.series.map((s): uPlot.Series => {
        const color = theme.color(s.color)
        return {
          label: s.name,
          stroke: dense ? withAlpha(color, 0.65) : color,
          width: stacked || dense ? 1 : 1.6,
          spanGaps: false,
          points: { size: 3.5, filter: lonePoints, fill: color },
          ...(filled ? { fill: withAlpha(color, stacked ? theme.stack : theme.area) } : {}),
        }
      }),
      ...(frame.band === undefined ? [] : bandSeries(frame.band.name, theme)),
    ],
    ...(stacked
      ? { bands: frame.series.slice(1).map((_s, i) => ({ series: [i + 2, i + 1] as [number, number] })) }
      : {}),
    ...(frame.band === undefined
      ? {}
      : { bands: [{ series: [count + 1, count + 2] as [number, number], fill: withAlpha(theme.text, theme.area) }] }),
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width < 4) return
          events.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
      setCursor: [events.onCursor],
      setSeries: [events.onCursor],
    },
  }
}

/** Top, right, bottom, left, px: on the right half of `00:00:00`, so that a tick at the very end keeps its last digit. */
export const CHART_PADDING: uPlot.Padding = [8, 28, 0, 0]

/** The time axis of every chart. */
export function timeAxis(theme: ChartTheme): uPlot.Axis {
  return {
    stroke: theme.text,
    font: theme.font,
    ticks: { show: false },
    size: 26,
    gap: 6,
    space: 72,
    incrs: TIME_STEPS,
    grid: { show: false },
    values: (_u, splits, _axis, _space, incr) => splits.map((at) => timeLabel(at, incr)),
  }
}

/** The upper and lower edge of the band, without points, and the dashed mean between them. */
function bandSeries(name: string, theme: ChartTheme): uPlot.Series[] {
  const edge = { stroke: withAlpha(theme.text, 0.35), width: 1, points: { show: false } }
  return [
    { ...edge, label: `highest of ${name}` },
    { ...edge, label: `lowest of ${name}` },
    { ...edge, label: `mean of ${name}`, stroke: theme.text, dash: [4, 4] },
  ]
}

const MARK_PX = 3.5

/** Place of a mark in the plot's CSS pixels; inside of the plot, whatever its value. */
export function placeOf(plot: uPlot, { at, value }: ChartMark): { left: number; top: number } {
  const height = plot.bbox.height / devicePixelRatio
  const top = value === undefined ? height - MARK_PX - 1 : plot.valToPos(value, 'y')
  return { left: plot.valToPos(at, 'x'), top: Math.min(height - MARK_PX - 1, Math.max(MARK_PX + 1, top)) }
}

/** Marks as small diamonds over the lines; `hot` is the one under the pointer. */
export function drawMarks(plot: uPlot, marks: readonly ChartMark[], hot: string | undefined, theme: ChartTheme): void {
  if (marks.length === 0) return
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.lineWidth = ratio
  ctx.strokeStyle = theme.surface
  ctx.fillStyle = theme.color('brass')
  for (const mark of marks) {
    const { left, top } = placeOf(plot, mark)
    const size = (mark.key === hot ? MARK_PX + 2 : MARK_PX) * ratio
    const x = bbox.left + left * ratio
    const y = bbox.top + top * ratio
    ctx.beginPath()
    ctx.moveTo(x, y - size)
    ctx.lineTo(x + size, y)
    ctx.lineTo(x, y + size)
    ctx.lineTo(x - size, y)
    ctx.closePath()
    ctx.fill()
    ctx.stroke()
  }
  ctx.restore()
}

/** Stretches of time behind the lines: faint over the whole height, with a bar at the foot that is plain to see. */
export function drawSpans(plot: uPlot, spans: readonly ChartSpan[], theme: ChartTheme): void {
  if (spans.length === 0) return
  const { ctx, bbox } = plot
  const bar = 3 * devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const span of spans) {
    const left = plot.valToPos(span.from, 'x', true)
    // A moment is there too: never thinner than a hair.
    const width = Math.max(1.5 * devicePixelRatio, plot.valToPos(span.to, 'x', true) - left)
    ctx.fillStyle = withAlpha(theme.color(span.color), theme.area)
    ctx.fillRect(left, bbox.top, width, bbox.height)
    ctx.fillStyle = theme.color(span.color)
    ctx.fillRect(left, bbox.top + bbox.height - bar, width, bar)
  }
  ctx.restore()
}

/** Dashed lines with their names at the right, over the data. */
export function drawThresholds(plot: uPlot, thresholds: readonly Threshold[], theme: ChartTheme): void {
  const { ctx, bbox } = plot
  ctx.save()
  for (const { value, name, color } of thresholds) {
    const y = Math.round(plot.valToPos(value, 'y', true))
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = theme.color(color)
    ctx.fillStyle = theme.color(color)
    ctx.lineWidth = 1.2 * devicePixelRatio
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.font = theme.font.replace(/^\d+/, (size) => String(Number(size) * devicePixelRatio))
    ctx.textAlign = 'right'
    // Above its line, below it where there is no room above.
    const above = y - bbox.top > 16 * devicePixelRatio
    ctx.textBaseline = above ? 'bottom' : 'top'
    // A rim in the colour of the paper, so that lines behind the name do not cross it out.
    ctx.setLineDash([])
    ctx.strokeStyle = withAlpha(theme.surface, 0.85)
    ctx.lineWidth = 4 * devicePixelRatio
    ctx.lineJoin = 'round'
    ctx.strokeText(name, bbox.left + bbox.width - 4 * devicePixelRatio, y + (above ? -3 : 4) * devicePixelRatio)
    ctx.fillText(name, bbox.left + bbox.width - 4 * devicePixelRatio, y + (above ? -3 : 4) * devicePixelRatio)
  }
  ctx.restore()
}

/** The mark under a place of the plot (CSS pixels), the nearest within reach of a finger. */
export function markAt(plot: uPlot, marks: readonly ChartMark[], left: number, top: number): ChartMark | undefined {
  let best = 10
  let found: ChartMark | undefined
  for (const mark of marks) {
    const place = placeOf(plot, mark)
    const distance = Math.hypot(place.left - left, place.top - top)
    if (distance < best) {
      best = distance
      found = mark
    }
  }
  return found
}

/** A tick in local time, as fine as the ticks are apart; midnight shows the day that begins. */
export function timeLabel(atS: number, incrS: number): string {
  const d = new Date(atS * 1000)
  const clock = `${pad(d.getHours())}:${pad(d.getMinutes())}`
  if (incrS >= 31_536_000) return String(d.getFullYear())
  if (incrS >= 86_400 || (clock === '00:00' && d.getSeconds() === 0)) return `${MONTHS[d.getMonth()]} ${d.getDate()}`
  return incrS >= 60 ? clock : `${clock}:${pad(d.getSeconds())}`
}

const pad = (value: number) => String(value).padStart(2, '0')
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A sample between two gaps has no line to lie on: only those get a dot. */
const lonePoints: uPlot.Series.Points.Filter = (plot, index, show) => {
  if (show) return null
  const values = plot.data[index]!
  const lone: number[] = []
  for (let i = 0; i < values.length; i++)
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) lone.push(i)
  return lone
}

// Labels of ticks have three digits: what differs less than this would carry the same label at every tick.
const MIN_SPAN = 0.005

/** Ends of the value axis: with 0 in sight unless the data move in a narrow band far from it. */
export function valueRange(low: number | null, high: number | null, look: ChartLook): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high))
    return [look.min ?? 0, look.max ?? 1]
  for (const { value } of look.thresholds ?? []) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  let from = low
  let to = high
  const near = low >= 0 && (look.kind === 'stacked' || low <= (high - low) * 3 || low === high)
  if (near) from = 0
  if (high <= 0 && high >= (low - high) * 3) to = 0
  if (from === to) to = from === 0 ? 1 : from + Math.abs(from)
  // Far from zero, the last digits of a float are no curve: at least this share of the value fills the axis.
  const least = Math.max(Math.abs(from), Math.abs(to)) * MIN_SPAN
  if (to - from < least) {
    const middle = (from + to) / 2
    from = middle - least / 2
    to = middle + least / 2
  }
  const room = (to - from) * 0.08
  return [look.min ?? (from === 0 ? 0 : from - room), look.max ?? (to === 0 ? 0 : to + room)]
}

// Finer than uPlot's own, which goes from one minute to five: a narrow chart of five minutes would get a single tick.
const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400,
  172_800, 345_600, 604_800, 1_209_600, 2_592_000, 7_776_000, 15_552_000, 31_536_000,
]
const BINARY_STEPS = Array.from({ length: 60 }, (_x, power) => 2 ** power)
const SECOND_STEPS = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
  15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
  31_536_000, 315_360_000,
]

/** `#rrggbb` with an opacity from 0 to 1. */
export function withAlpha(hex: string, alpha: number): string {
  // The build shortens colours of the style sheet where it can: `#fff`.
  const whole = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex
  return `${whole}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`
}
