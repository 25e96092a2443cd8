import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type Frame, type LabelMap, queries, type RuleSummary, type Transition } from '../../api/index.ts'
import { toneOfState } from '../../ui/alert/index.ts'
import {
  type ChartFrame,
  type ChartLook,
  type ChartSpan,
  ChartView,
  paletteOf,
  seriesKey,
} from '../../ui/chart/index.ts'
import { formatValue, unitOfQuery } from '../../ui/format/index.ts'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { useRefresh, useTimeRange } from '../../view/index.ts'
import classes from './alerts.module.css'
import { distinctNames, spansOfAlerts, spansOfTransitions } from './spans.ts'

const MOST_LINES = 30
const HEIGHT = 220

export type RuleGraphProps = {
  rule: RuleSummary
  /** Shows only series that could have made an alert with these labels. */
  only?: LabelMap
  /** Its changes of state, newest first. Otherwise the series `ALERTS` tell when the rule fired. */
  transitions?: readonly Transition[]
  title?: string
  span?: number
  /** Where nobody chose a range, it begins shortly before this time (Unix ms). */
  sinceMs?: number | undefined
}

/** What a rule measures, with the line that it must not cross, and when it fired. */
export function RuleGraph({ rule, only, transitions, title = 'Measured', span = 12, sinceMs }: RuleGraphProps) {
  const { threshold } = rule
  const measured = threshold?.measured ?? rule.query
  const time = useTimeRange()
  const { intervalMs } = useRefresh()
  const range = useMemo(
    () => (time.isDefault && sinceMs !== undefined ? { from: String(startOf(sinceMs)), to: 'now' } : time.range),
    [time.isDefault, time.range, sinceMs],
  )
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...queries.range({ expr: measured, range, widthPx: 1000 }),
    enabled: time.isKnown,
    refetchInterval: intervalMs,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const fired = useQuery({
    ...queries.range({ expr: alertsQuery(rule.name), range, widthPx: 1000 }),
    enabled: time.isKnown && transitions === undefined,
    refetchInterval: intervalMs,
    retry: false,
    placeholderData: keepPreviousData,
  })
  const severity = rule.labels.severity ?? ''
  const tone = toneOfState('firing', severity)
  const frame = useMemo(() => (data === undefined ? undefined : toFrame(data, only)), [data, only])
  const spans = useMemo<readonly ChartSpan[]>(
    () =>
      transitions !== undefined
        ? spansOfTransitions(transitions, { firing: tone, pending: 'unknown' }, Date.now())
        : fired.data === undefined
          ? []
          : spansOfAlerts(fired.data, { firing: tone, pending: 'unknown' }),
    [fired.data, transitions, tone],
  )
  const unit = unitOfQuery(measured)
  const look = useMemo<ChartLook>(
    () => ({
      kind: 'lines',
      unit,
      filled: false,
      ...(threshold === undefined
        ? {}
        : {
            thresholds: threshold.limits.map(({ op, value }) => ({
              value,
              name: `fires ${op} ${formatValue(value, unit)}`,
              color: tone,
            })),
          }),
    }),
    [threshold, unit, tone],
  )
  return (
    <Sheet
      title={title}
      note={threshold?.partial === true ? 'the first of its conditions; the others are not drawn' : undefined}
      span={span}
      actions={
        <Link to="/explore" search={{ q: [measured] } as never}>
          Open in Metrics
        </Link>
      }
    >
      {frame === undefined && error === null && <Loading label={title} height={HEIGHT + 26} />}
      {frame === undefined && error !== null && (
        <Failed what="The graph could not be loaded" error={error} onRetry={refetch} height={HEIGHT + 26} />
      )}
      {frame !== undefined && frame.series.length === 0 && (
        <Empty title="No samples in this range" height={HEIGHT + 26}>
          {threshold === undefined && only === undefined
            ? 'The query answers only while it is true: nothing means that it was not.'
            : 'The series that the rule reads are not there. Choose a wider range, or see in Metrics which part is missing.'}
        </Empty>
      )}
      {frame !== undefined && data !== undefined && frame.series.length > 0 && (
        <>
          <ChartView
            label={`${rule.name}: ${title}`}
            frame={frame}
            look={look}
            from={data.fromMs / 1000}
            to={data.toMs / 1000}
            height={HEIGHT}
            spans={spans}
            dimmed={isPlaceholderData}
            legend={frame.series.length > 12 ? 'none' : 'line'}
            onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
            onZoomOut={() => time.zoom(2)}
          />
          <p className={classes.shadeKey}>
            <span>
              <i style={{ '--shade': `var(--bn-${tone})` } as React.CSSProperties} />
              firing
            </span>
            <span>
              <i style={{ '--shade': 'var(--bn-unknown)' } as React.CSSProperties} />
              pending
            </span>
            {data.series.length > frame.series.length && only === undefined && (
              <span>
                {frame.series.length} of {data.series.length} series
              </span>
            )}
          </p>
        </>
      )}
    </Sheet>
  )
}

/** A quarter of the time since then earlier, ten minutes at least, on the full minute: the address of the answer stays. */
function startOf(sinceMs: number): number {
  const lead = Math.max(600_000, (Date.now() - sinceMs) / 4)
  const grid = lead > 3_600_000 ? 600_000 : 60_000
  return Math.floor((sinceMs - lead) / grid) * grid
}

/** When alerts of this name were pending or firing. */
const alertsQuery = (name: string) => `max by (alertstate) (ALERTS{alertname=${JSON.stringify(name)}})`

function toFrame(frame: Frame, only: LabelMap | undefined): ChartFrame {
  const series =
    only === undefined
      ? frame.series
      : frame.series.filter((s) =>
          Object.entries(s.labels).every(
            ([name, value]) => name === '__name__' || only[name] === undefined || only[name] === value,
          ),
        )
  const shown = series.length > MOST_LINES ? highest(series, MOST_LINES) : series
  const keys = shown.map((s) => seriesKey(s.labels))
  const names = distinctNames(shown.map((s) => s.labels))
  const palette = paletteOf(keys)
  return {
    times: frame.times,
    series: shown.map((s, i) => ({ key: keys[i]!, name: names[i]!, color: `s${palette[i]! + 1}`, values: s.values })),
  }
}

function highest<T extends { readonly values: readonly (number | null)[] }>(series: readonly T[], count: number): T[] {
  const peak = (values: readonly (number | null)[]) => {
    let most = Number.NEGATIVE_INFINITY
    for (const value of values) if (value !== null && value > most) most = value
    return most
  }
  return [...series].sort((a, b) => peak(b.values) - peak(a.values)).slice(0, count)
}
