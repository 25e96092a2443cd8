import { useMemo, useState } from 'react'
import { ApiError, type MetricMeta, metaOf } from '../../../api/index.ts'
import { type ChartLook, type ChartMark, ChartView, type LegendSort } from '../../../ui/chart/index.ts'
import { unitOfQuery } from '../../../ui/format/index.ts'
import { Empty, Loading, Note } from '../../../ui/notice.tsx'
import { useRefresh, useTimeRange } from '../../../view/index.ts'
import type { AppliedQuery } from '../rows.ts'
import { ExemplarList } from './exemplar-list.tsx'
import { marksOf, useExemplars } from './exemplars.ts'
import { type LetteredFrame, type Merged, mergeFrames } from './merge-frames.ts'
import { TooMany, type TooManyProps } from './too-many.tsx'
import type { RangeAnswer } from './use-answers.ts'
import { WhyEmpty } from './why-empty.tsx'

export const HEIGHT = 340

export type GraphProps = Omit<TooManyProps, 'merged' | 'expr' | 'onQuery'> & {
  active: readonly AppliedQuery[]
  answers: readonly RangeAnswer[]
  stacked: boolean
  exemplars: boolean
  families: ReadonlyMap<string, MetricMeta> | undefined
  widthPx: number
  stepS: number | undefined
  onQuery: (letter: string, query: string) => void
}

/** The chart of all queries that are shown. */
export function Graph({
  active,
  answers,
  stacked,
  exemplars,
  families,
  limit,
  widthPx,
  stepS,
  onQuery,
  ...many
}: GraphProps) {
  const time = useTimeRange()
  const { intervalMs } = useRefresh()
  const [sort, setSort] = useState<LegendSort>({ by: 'last', down: true })
  const [chosen, setChosen] = useState<ChartMark>()
  const merged = useMerged(active, answers, limit)
  const look = useLook(active, families, stacked)
  const found = useExemplars(active, exemplars)
  const marks = useMemo(() => marksOf(found.list, active, look.unit), [found.list, active, look.unit])
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
  if (merged.total === 0)
    return <WhyEmpty active={answered(active, answers)} widthPx={widthPx} stepS={stepS} as="range" onQuery={onQuery} />
  const histograms = answers.some((a) => (a.data?.histograms.length ?? 0) > 0)
  return (
    <>
      <Notes answers={answers} />
      {histograms && <Note>Some of these series are histograms, which have no line: the heatmap shows them.</Note>}
      <TooMany
        {...many}
        merged={merged}
        limit={limit}
        expr={active[0]!.expr}
        onQuery={(q) => onQuery(active[0]!.letter, q)}
      />
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
        // What is no longer answered is shown, but not as if it were fresh.
        dimmed={answers.some((a) => a.isPlaceholderData || (a.isError && a.data !== undefined))}
        marks={marks}
        onMark={setChosen}
        onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
        onZoomOut={() => time.zoom(2)}
      />
      {exemplars && <ExemplarList found={found} chosen={chosen?.key} />}
    </>
  )
}

/** Remarks of the server on valid answers, each once. */
export function Notes({
  answers,
}: {
  answers: readonly { data?: { readonly notes: readonly string[] } | undefined }[]
}) {
  const notes = new Set(answers.flatMap((a) => a.data?.notes ?? []))
  // Said in words of our own, with what to do.
  notes.delete('results truncated due to limit')
  return [...notes].map((note) => <Note key={note}>{note}</Note>)
}

export function useMerged(
  active: readonly AppliedQuery[],
  answers: readonly RangeAnswer[],
  limit: number,
): Merged | undefined {
  const frames = answers.map((a) => a.data)
  // The answers' identities, not the array around them: that is new in every render.
  const stamp = answers.map((a) => a.dataUpdatedAt).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => {
    const known = active.flatMap(({ letter, expr, legend }, i): LetteredFrame[] =>
      frames[i] === undefined ? [] : [{ letter, expr, legend, frame: frames[i] }],
    )
    return known.length === 0 ? undefined : mergeFrames(known, limit)
  }, [stamp, limit, JSON.stringify(active)])
}

function useLook(
  active: readonly AppliedQuery[],
  families: ReadonlyMap<string, MetricMeta> | undefined,
  stacked: boolean,
): ChartLook {
  const units = new Set(active.map(({ expr }) => unitOfQuery(expr, (name) => metaOf(families, name)?.unit)))
  const unit = units.size === 1 ? [...units][0]! : 'number'
  return useMemo(() => ({ kind: stacked ? 'stacked' : 'lines', unit }), [stacked, unit])
}

/** The queries that were not refused: what these lack is worth a reason, the others have theirs. */
export function answered(
  active: readonly AppliedQuery[],
  answers: readonly { readonly error: Error | null }[],
): readonly AppliedQuery[] {
  const valid = active.filter((_q, i) => answers[i]?.error == null)
  return valid.length === 0 ? active : valid
}
