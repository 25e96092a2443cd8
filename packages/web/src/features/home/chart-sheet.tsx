import { IconChartLine, IconTable } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import { type Frame, type LabelMap, selfQuery, withWindow } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { type ChartFrame, type ChartLook, ChartView } from '../../ui/chart/index.ts'
import { formatClock } from '../../ui/format/index.ts'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateMark } from '../../ui/state-badge.tsx'
import { useOnScreen } from '../../ui/use-on-screen.ts'
import { useFirstMoments, useLiveRange, useTimeRange } from '../../view/index.ts'
import classes from './home.module.css'

/** A series of a chart of our own: its place in the order of drawing, its words and its colour are known beforehand. */
export type KnownSeries = { readonly key: string; readonly name?: string; readonly color: string }

export type ChartSheetProps = {
  title: string
  note?: string
  expr: string
  look: ChartLook
  /** The label that tells the series apart. */
  by: string
  known: readonly KnownSeries[]
  span?: number
  height?: number
  /** Said instead of an empty chart. */
  whenEmpty: string
}

const HEIGHT = 176
/** What charts and tiles of this page ask for: with the same points and windows, they show the same figures. */
export const CHART_WIDTH_PX = 600

/** A chart of one query on a sheet: asks only while it is in sight, and carries its query to the explorer. */
export function ChartSheet({
  title,
  note,
  expr,
  look,
  by,
  known,
  span = 6,
  height = HEIGHT,
  whenEmpty,
}: ChartSheetProps) {
  const box = useRef<HTMLDivElement>(null)
  const seen = useOnScreen(box)
  const [asTable, setAsTable] = useState(false)
  const time = useTimeRange()
  const first = useFirstMoments()
  const self = useQuery(selfQuery)
  const { data, error, isPlaceholderData, dataUpdatedAt, refetch } = useLiveRange(expr, {
    enabled: seen,
    widthPx: CHART_WIDTH_PX,
  })
  const frame = useMemo(() => data && toChartFrame(data, by, known), [data, by, known])
  const empty = frame !== undefined && frame.series.length === 0
  return (
    <Sheet
      title={title}
      note={
        // What is no longer answered is shown, but not as if it were fresh.
        frame !== undefined && error !== null ? (
          <span className={classes.late}>
            <StateMark tone="warning" /> no answer since {formatClock(dataUpdatedAt)}: {error.message}
          </span>
        ) : (
          note
        )
      }
      span={span}
      actions={
        <>
          <Button
            small
            icon
            look="quiet"
            active={asTable}
            aria-pressed={asTable}
            aria-label={`${title} as a table`}
            title="As a table"
            onClick={() => setAsTable(!asTable)}
          >
            <IconTable size={15} aria-hidden="true" />
          </Button>
          <Link
            to="/explore"
            search={{ q: [withWindow(expr, 30)], ...(look.kind === 'stacked' ? { view: 'stacked' } : {}) } as never}
            aria-label={`${title}: open in Metrics`}
            title="Open in Metrics"
            className={classes.open}
          >
            <IconChartLine size={15} aria-hidden="true" />
          </Link>
        </>
      }
    >
      <div ref={box}>
        {frame === undefined && error === null && <Loading label={title} height={height + 26} />}
        {frame === undefined && error !== null && (
          <Failed what={`${title} could not be loaded`} error={error} onRetry={refetch} height={height + 26} />
        )}
        {empty &&
          (first && self.data?.series === 0 ? (
            <Empty title="Nothing has arrived yet" height={height + 26}>
              The figures of this host come within seconds of the start, unless its collector is switched off.
            </Empty>
          ) : first ? (
            <Empty title="The first samples have just arrived" height={height + 26}>
              A curve of changes needs two of them: a few seconds more.
            </Empty>
          ) : (
            <Empty title="No samples in this range" height={height + 26}>
              {whenEmpty}
            </Empty>
          ))}
        {frame !== undefined && !empty && (
          <ChartView
            label={title}
            frame={frame}
            look={look}
            from={data!.fromMs / 1000}
            to={data!.toMs / 1000}
            height={height}
            syncKey="home"
            asTable={asTable}
            dimmed={isPlaceholderData || error !== null}
            onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
            onZoomOut={() => time.zoom(2)}
          />
        )}
      </div>
    </Sheet>
  )
}

/** Known series in their order; what is not known follows in muted colours, so that nothing is left out of a sum. */
export function toChartFrame(frame: Frame, by: string, known: readonly KnownSeries[]): ChartFrame {
  const name = (labels: LabelMap) => labels[by] ?? ''
  const named = known.flatMap((k) => {
    const found = frame.series.find((s) => name(s.labels) === k.key)
    return found === undefined ? [] : [{ key: k.key, name: k.name ?? k.key, color: k.color, values: found.values }]
  })
  const others = frame.series
    .filter((s) => known.every((k) => k.key !== name(s.labels)))
    .map((s, i) => ({
      key: name(s.labels),
      name: name(s.labels),
      color: `s${((known.length + i) % 8) + 1}`,
      values: s.values,
    }))
  return { times: frame.times, series: [...named, ...others] }
}
