import { IconArrowLeft, IconFilter, IconFilterOff, IconX } from '@tabler/icons-react'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { labels } from '../../../api/index.ts'
import { Button } from '../../../ui/button.tsx'
import { type ChartLook, ChartView, paletteOf } from '../../../ui/chart/index.ts'
import { formatCount } from '../../../ui/format/index.ts'
import { Empty, Failed, Loading, TooMuch } from '../../../ui/notice.tsx'
import { Sheet } from '../../../ui/sheet.tsx'
import { useOnScreen } from '../../../ui/use-on-screen.ts'
import { intervalOf, useTimeRange } from '../../../view/index.ts'
import { useRangeAnswers } from '../answer/index.ts'
import { splitBy, withMatcher } from '../rewrite.ts'
import type { AppliedQuery } from '../rows.ts'
import { selectorsOf, selectorText } from '../selectors.ts'
import classes from './breakdown.module.css'

export type BreakdownProps = {
  query: AppliedQuery
  /** `*` for the labels, otherwise the label by whose values the query is taken apart. */
  by: string
  stepS: number | undefined
  look: ChartLook
  onBy: (by: string | undefined) => void
  onQuery: (query: string) => void
}

const CHART_WIDTH_PX = 400
const MAX_LABELS = 24
const MAX_VALUES = 24
/** Values of a label that are drawn in its one chart. */
const LINES = 12

/** One small chart a label, then one a value, each with what leads further. */
export function Breakdown(props: BreakdownProps) {
  const { by, onBy, query } = props
  return (
    <Sheet
      title={
        by === '*' ? (
          `${query.letter} by label`
        ) : (
          <>
            {query.letter} by <code>{by}</code>
          </>
        )
      }
      actions={
        <>
          {by !== '*' && (
            <Button small look="quiet" onClick={() => onBy('*')}>
              <IconArrowLeft size={14} aria-hidden="true" /> All labels
            </Button>
          )}
          <Button icon small look="quiet" aria-label="Close the breakdown" onClick={() => onBy(undefined)}>
            <IconX size={15} aria-hidden="true" />
          </Button>
        </>
      }
    >
      {by === '*' ? <Labels {...props} /> : <Values {...props} />}
    </Sheet>
  )
}

/** The series that the query reads, as far as its first selector says. */
function useScope(expr: string) {
  const { range } = useTimeRange()
  const selector = selectorsOf(expr)[0]
  const { fromMs, toMs } = intervalOf(range, Date.now())
  return {
    matches: selector === undefined ? [] : [selectorText(selector)],
    start: Math.floor(fromMs / 60_000) * 60,
    end: Math.ceil(toMs / 60_000) * 60,
  }
}

function Labels({ query, stepS, look, onBy }: BreakdownProps) {
  const scope = useScope(query.expr)
  const { data, error, refetch } = useQuery(labels.names({ ...scope, limit: 200 }))
  const names = (data?.items ?? []).filter((name) => name !== '__name__' && name !== 'le')
  const counted = useQueries({
    queries: names.slice(0, MAX_LABELS).map((name) => labels.values(name, { ...scope, limit: 1000 })),
  })
  if (data === undefined)
    return error === null ? (
      <Loading label="Labels" height={200} />
    ) : (
      <Failed what="The labels could not be listed" error={error} onRetry={refetch} />
    )
  if (names.length === 0)
    return <Empty title="These series have no labels">There is nothing to take them apart by.</Empty>
  const known = names.slice(0, MAX_LABELS).map((label, i) => ({ label, values: counted[i]?.data }))
  // A label of one value takes nothing apart: it is named, not drawn.
  const telling = known.filter(({ values }) => values === undefined || values.items.length > 1)
  const same = known.filter(({ values }) => values !== undefined && values.items.length <= 1)
  return (
    <>
      {(names.length > MAX_LABELS || data.more) && (
        <TooMuch>
          The first {MAX_LABELS} of {formatCount(names.length)} labels are shown (limit of the breakdown).
        </TooMuch>
      )}
      <ul className={classes.grid}>
        {telling.map(({ label, values }) => (
          <li key={label}>
            <SmallChart
              title={
                <button type="button" className={classes.title} onClick={() => onBy(label)}>
                  <code>{label}</code>
                  <span>
                    {values === undefined
                      ? ''
                      : `${formatCount(values.items.length)}${values.more ? ' or more' : ''} values`}
                  </span>
                </button>
              }
              name={label}
              expr={splitBy(query.expr, label)}
              by={label}
              stepS={stepS}
              look={look}
            />
          </li>
        ))}
      </ul>
      {same.length > 0 && (
        <p className={classes.same}>
          The same in all series:{' '}
          {same.map(({ label, values }) => (
            <code key={label}>
              {label}="{values!.items[0] ?? ''}"
            </code>
          ))}
        </p>
      )}
    </>
  )
}

function Values({ query, by, stepS, look, onQuery }: BreakdownProps) {
  const scope = useScope(query.expr)
  const { data, error, refetch } = useQuery(labels.values(by, { ...scope, limit: 1000 }))
  if (data === undefined)
    return error === null ? (
      <Loading label="Values" height={200} />
    ) : (
      <Failed what="The values could not be listed" error={error} onRetry={refetch} />
    )
  if (data.items.length === 0)
    return <Empty title={`No series has the label ${by}`}>Take them apart by another one.</Empty>
  return (
    <>
      {(data.items.length > MAX_VALUES || data.more) && (
        <TooMuch>
          The first {MAX_VALUES} of {formatCount(data.items.length)}
          {data.more && ' or more'} values are shown (limit of the breakdown). Narrow the query, or draw the top ones
          with{' '}
          <Button small onClick={() => onQuery(`topk(10, ${splitBy(query.expr, by) ?? query.expr})`)}>
            <code>topk(10, …)</code>
          </Button>
        </TooMuch>
      )}
      <ul className={classes.grid}>
        {data.items.slice(0, MAX_VALUES).map((value) => {
          const include = withMatcher(query.expr, { name: by, op: '=', value })
          const exclude = withMatcher(query.expr, { name: by, op: '!=', value })
          return (
            <li key={value}>
              <SmallChart
                title={
                  <span className={classes.title}>
                    <code>{value === '' ? '""' : value}</code>
                    <span className={classes.tools}>
                      <Button
                        small
                        look="quiet"
                        aria-label={`Only ${by}="${value}"`}
                        title={include}
                        onClick={() => onQuery(include)}
                      >
                        <IconFilter size={14} aria-hidden="true" /> Only
                      </Button>
                      <Button
                        small
                        look="quiet"
                        aria-label={`Without ${by}="${value}"`}
                        title={exclude}
                        onClick={() => onQuery(exclude)}
                      >
                        <IconFilterOff size={14} aria-hidden="true" /> Without
                      </Button>
                    </span>
                  </span>
                }
                name={`${by}="${value}"`}
                expr={splitBy(include, by)}
                by={by}
                stepS={stepS}
                look={look}
              />
            </li>
          )
        })}
      </ul>
    </>
  )
}

function SmallChart({
  title,
  name,
  expr,
  by,
  stepS,
  look,
}: {
  title: React.ReactNode
  name: string
  expr: string | undefined
  by: string
  stepS: number | undefined
  look: ChartLook
}) {
  const box = useRef<HTMLDivElement>(null)
  const seen = useOnScreen(box)
  const time = useTimeRange()
  const [answer] = useRangeAnswers(expr === undefined ? [] : [{ expr }], {
    widthPx: CHART_WIDTH_PX,
    stepS,
    keep: LINES,
    rank: 'mean',
    buckets: false,
    enabled: seen,
  })
  const data = answer?.data
  const frame = useMemo(() => {
    if (data === undefined) return undefined
    const keys = data.series.map((s) => s.labels[by] ?? `no ${by}`)
    const places = paletteOf(keys)
    return {
      times: data.times,
      series: data.series.map((s, i) => ({
        key: keys[i]!,
        name: keys[i]!,
        color: `s${places[i]! + 1}`,
        values: s.values,
      })),
    }
  }, [data, by])
  return (
    <div ref={box} className={classes.chart}>
      {title}
      {expr === undefined && <p className={classes.none}>The query does not parse.</p>}
      {answer?.error != null && data === undefined && <p className={classes.none}>{answer.error.message}</p>}
      {frame === undefined && expr !== undefined && answer?.error == null && <Loading label={name} height={120} />}
      {frame !== undefined && frame.series.length === 0 && <p className={classes.none}>No samples in this range.</p>}
      {frame !== undefined && frame.series.length > 0 && (
        <ChartView
          label={name}
          frame={frame}
          look={look}
          from={data!.fromMs / 1000}
          to={data!.toMs / 1000}
          height={120}
          legend="none"
          dimmed={answer?.isPlaceholderData ?? false}
          syncKey="breakdown"
          onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
          onZoomOut={() => time.zoom(2)}
        />
      )}
      {data !== undefined && data.total > data.series.length && (
        <p className={classes.none}>
          {data.series.length} of {formatCount(data.total)} drawn
        </p>
      )}
    </div>
  )
}
