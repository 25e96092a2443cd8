import { keepPreviousData, type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { ApiError, type Frame, type InstantAnswer, queries } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { type ChartLook, ChartView, type LegendSort } from '../../ui/chart/index.ts'
import { formatAge, formatCount, formatDuration, unitOfQuery } from '../../ui/format/index.ts'
import { Empty, Loading, Note, TooMuch } from '../../ui/notice.tsx'
import { useRefresh, useTimeRange } from '../../view/index.ts'
import { AnswerTable } from './answer-table.tsx'
import { emptyReason } from './explain-empty.ts'
import classes from './explorer.module.css'
import { mergeFrames } from './merge-frames.ts'
import type { ExplorerView } from './search.ts'

export type ActiveQuery = { readonly letter: string; readonly expr: string }

/** Lines past this are neither told apart nor drawn fast; the table has them all. */
const DRAWN = 100
const DRAWN_AT_MOST = 1000
const HEIGHT = 340
const EMPTY_HEIGHT = 160

/** Range answers of all queries, kept up to date while `enabled`. */
export function useRangeAnswers(
  active: readonly ActiveQuery[],
  widthPx: number,
  enabled: boolean,
): UseQueryResult<Frame>[] {
  const { range, isKnown } = useTimeRange()
  const { intervalMs } = useRefresh()
  return useQueries({
    queries: active.map(({ expr }) => ({
      ...queries.range({ expr, range, widthPx }),
      enabled: enabled && isKnown,
      retry: false,
      refetchInterval: intervalMs,
      placeholderData: keepPreviousData,
    })),
  })
}

/** Answers at the end of the range. */
export function useInstantAnswers(active: readonly ActiveQuery[], enabled: boolean): UseQueryResult<InstantAnswer>[] {
  const { range } = useTimeRange()
  const { intervalMs } = useRefresh()
  return useQueries({
    queries: active.map(({ expr }) => ({
      ...queries.instant(expr, range.to),
      enabled,
      retry: false,
      refetchInterval: intervalMs,
      placeholderData: keepPreviousData,
    })),
  })
}

/** The chart of all queries that are shown. */
export function Graph({
  active,
  answers,
  view,
}: {
  active: readonly ActiveQuery[]
  answers: readonly UseQueryResult<Frame>[]
  view: ExplorerView
}) {
  const time = useTimeRange()
  const [limit, setLimit] = useState(DRAWN)
  const [sort, setSort] = useState<LegendSort>({ by: 'last', down: true })
  const frames = answers.map((a) => a.data)
  // The answers' identities, not the array around them: that is new in every render.
  const stamp = answers.map((a) => a.dataUpdatedAt).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const merged = useMemo(() => {
    const known = active.flatMap((q, i) => (frames[i] === undefined ? [] : [{ ...q, frame: frames[i] }]))
    return known.length === 0 ? undefined : mergeFrames(known, limit)
  }, [stamp, limit, JSON.stringify(active)])
  const units = new Set(active.map((q) => unitOfQuery(q.expr)))
  const unit = units.size === 1 ? [...units][0]! : 'number'
  const look: ChartLook = { kind: view === 'stacked' ? 'stacked' : 'lines', unit }
  const notes = [...new Set(frames.flatMap((f) => f?.notes ?? []))]
  const { intervalMs } = useRefresh()
  // What is no longer answered is shown, but not as if it were fresh.
  const dimmed = answers.some((a) => a.isPlaceholderData || (a.isError && a.data !== undefined))
  if (merged === undefined) {
    if (answers.every((a) => a.error !== null))
      return (
        <Empty title="Nothing to draw" height={HEIGHT}>
          The message stands under the query.
          {answers.some((a) => a.error instanceof ApiError && a.error.status >= 500) &&
            (intervalMs === false ? ' Run asks again.' : ' It is asked again by itself.')}
        </Empty>
      )
    return <Loading label="Chart" height={HEIGHT} />
  }
  if (merged.total === 0) return <WhyEmpty active={active} />
  return (
    <>
      {notes.map((note) => (
        <Note key={note}>{note}</Note>
      ))}
      {merged.total > limit && (
        <TooMuch>
          {formatCount(limit)} of {formatCount(merged.total)} series are drawn, those that reach highest (limit of the
          chart: {formatCount(limit)}). Narrow with a matcher, or add up with <code>sum by (…)</code>; the table has
          them all.{' '}
          {limit < DRAWN_AT_MOST && (
            <Button small onClick={() => setLimit(DRAWN_AT_MOST)}>
              Draw up to {formatCount(DRAWN_AT_MOST)}
            </Button>
          )}
        </TooMuch>
      )}
      <ChartView
        label={active.map((q) => q.expr).join(', ')}
        frame={merged.frame}
        look={look}
        from={merged.fromS}
        to={merged.toS}
        height={HEIGHT}
        legend="table"
        sort={sort}
        onSort={setSort}
        dimmed={dimmed}
        onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
        onZoomOut={() => time.zoom(2)}
      />
    </>
  )
}

/** The table of all queries that are shown. */
export function Table({
  active,
  answers,
}: {
  active: readonly ActiveQuery[]
  answers: readonly UseQueryResult<InstantAnswer>[]
}) {
  const rows = active.flatMap((q, i) =>
    (answers[i]?.data?.samples ?? []).map((s) => ({ ...s, letter: active.length > 1 ? q.letter : undefined })),
  )
  const texts = answers.flatMap((a) => (a.data?.text === undefined ? [] : [a.data.text]))
  const notes = [...new Set(answers.flatMap((a) => a.data?.notes ?? []))]
  if (answers.every((a) => a.data === undefined)) {
    if (answers.every((a) => a.error !== null))
      return <Empty title="Nothing to show">The message stands under the query.</Empty>
    return <Loading label="Table" height={HEIGHT} />
  }
  if (rows.length === 0 && texts.length === 0) return <WhyEmpty active={active} />
  return (
    <div className={classes.dimmable} data-dimmed={answers.some((a) => a.isPlaceholderData) || undefined}>
      {notes.map((note) => (
        <Note key={note}>{note}</Note>
      ))}
      {texts.map((text) => (
        <p key={text}>
          <code>{text}</code>
        </p>
      ))}
      {rows.length > 0 && <AnswerTable rows={rows} />}
    </div>
  )
}

/** Why there is nothing, for the first query, and the way out. */
function WhyEmpty({ active }: { active: readonly ActiveQuery[] }) {
  const time = useTimeRange()
  const expr = active[0]?.expr ?? ''
  const { data: why } = useQuery({ ...emptyReason(expr, time.range), enabled: expr !== '' })
  if (active.length === 0)
    return (
      <Empty title="No query is shown" height={EMPTY_HEIGHT}>
        Show one again with the eye beside it.
      </Empty>
    )
  if (why === undefined)
    return (
      <Empty title="No series in this range" height={EMPTY_HEIGHT}>
        Looking for the reason…
      </Empty>
    )
  switch (why.kind) {
    case 'no-metric':
      return (
        <Empty title={`There is no metric ${why.metric}`} height={EMPTY_HEIGHT}>
          {why.near.length > 0 ? (
            <p>
              Did you mean{' '}
              {why.near.map((name, i) => (
                <span key={name}>
                  {i > 0 && ' or '}
                  <Suggest name={name} wrong={why.metric} expr={expr} />
                </span>
              ))}
              ?
            </p>
          ) : (
            <p>No name comes near it. The browser lists all metrics.</p>
          )}
        </Empty>
      )
    case 'no-match':
      return (
        <Empty title={`${why.metric} exists, but no series match ${why.matcher}`} height={EMPTY_HEIGHT}>
          {why.values.length > 0 && (
            <p>
              The label has the values {why.values.map((v) => `"${v}"`).join(', ')}
              {why.values.length === 8 && ' and perhaps more'}.
            </p>
          )}
        </Empty>
      )
    case 'no-samples':
      return (
        <Empty title="No samples in this range" height={EMPTY_HEIGHT}>
          <p>
            <code>{why.selector}</code>{' '}
            {why.lastMs === undefined
              ? 'has none in the day before either.'
              : `has its last sample ${formatAge(Date.now() - why.lastMs)} ago.`}
          </p>
          <Button onClick={() => time.zoom(4)}>Look at a longer range</Button>
        </Empty>
      )
    case 'between':
      return (
        <Empty title="The samples lie between two points of this chart" height={EMPTY_HEIGHT}>
          <p>The range is so long that its points are further apart than the data are old.</p>
          <Button onClick={() => time.set({ from: 'now-15m', to: 'now' })}>Look at the last 15 minutes</Button>
        </Empty>
      )
    case 'all-there':
      return (
        <Empty title="The query leaves nothing" height={EMPTY_HEIGHT}>
          Its metrics have samples here; a comparison, a join or a window shorter than two scrapes takes them all out.
        </Empty>
      )
  }
}

function Suggest({ name, wrong, expr }: { name: string; wrong: string; expr: string }) {
  return (
    <Link
      to="/explore"
      search={(old) => ({ ...old, q: (old.q ?? []).map((q) => (q === expr ? q.replaceAll(wrong, name) : q)) })}
    >
      <code>{name}</code>
    </Link>
  )
}

/** What came of a query, in a few words. */
export function factsOf(
  answer: { data?: Frame | InstantAnswer | undefined; isFetching: boolean } | undefined,
): string | undefined {
  const data = answer?.data
  if (data === undefined) return answer?.isFetching === true ? 'asking…' : undefined
  const count = 'series' in data ? data.series.length : data.samples.length
  const step = 'stepS' in data ? ` · a point every ${formatDuration(data.stepS * 1000)}` : ''
  return `${formatCount(count)} series · ${formatDuration(data.durationMs)}${step}`
}
