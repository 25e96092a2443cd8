import { useMemo, useState } from 'react'
import { type ExploredFrame, type MetricMeta, metaOf } from '../../../api/index.ts'
import { type ChartMark, HeatMap, heatOfBuckets, heatOfHistograms } from '../../../ui/chart/index.ts'
import { formatCount, unitOfMetric } from '../../../ui/format/index.ts'
import { Empty, Loading, Note } from '../../../ui/notice.tsx'
import { useTimeRange } from '../../../view/index.ts'
import classes from '../explorer.module.css'
import { bucketsOf, countsPerSecond } from '../rewrite.ts'
import type { AppliedQuery } from '../rows.ts'
import { selectorsOf } from '../selectors.ts'
import { ExemplarList } from './exemplar-list.tsx'
import { marksOf, useExemplars } from './exemplars.ts'
import { Notes } from './graph.tsx'
import type { RangeAnswer } from './use-answers.ts'
import { WhyEmpty } from './why-empty.tsx'

const HEIGHT = 320

export type HeatViewProps = {
  active: readonly AppliedQuery[]
  answers: readonly RangeAnswer[]
  families: ReadonlyMap<string, MetricMeta> | undefined
  exemplars: boolean
  widthPx: number
  stepS: number | undefined
  onQuery: (letter: string, query: string) => void
}

/** What a heatmap asks: of a quantile the buckets that it is taken of. */
export function heatQueries(active: readonly AppliedQuery[]): AppliedQuery[] {
  return active.map((query) => ({ ...query, expr: bucketsOf(query.expr) }))
}

/** A heatmap for each query that is shown. */
export function HeatView({ active, answers, families, exemplars, widthPx, stepS, onQuery }: HeatViewProps) {
  const asked = heatQueries(active)
  const found = useExemplars(asked, exemplars)
  const [chosen, setChosen] = useState<ChartMark>()
  if (active.length === 0)
    return <WhyEmpty active={active} widthPx={widthPx} stepS={stepS} as="range" onQuery={onQuery} />
  return (
    <>
      <Notes answers={answers} />
      {asked.map((query, i) => (
        <OneHeatMap
          key={query.letter}
          query={query}
          asWritten={active[i]!.expr}
          answer={answers[i]}
          many={active.length > 1}
          families={families}
          marksOn={exemplars}
          found={found}
          onMark={setChosen}
          whyEmpty={<WhyEmpty active={[query]} widthPx={widthPx} stepS={stepS} as="range" onQuery={onQuery} />}
        />
      ))}
      {exemplars && <ExemplarList found={found} chosen={chosen?.key} />}
    </>
  )
}

function OneHeatMap({
  query,
  asWritten,
  answer,
  many,
  families,
  marksOn,
  found,
  onMark,
  whyEmpty,
}: {
  query: AppliedQuery
  asWritten: string
  answer: RangeAnswer | undefined
  many: boolean
  families: ReadonlyMap<string, MetricMeta> | undefined
  marksOn: boolean
  found: ReturnType<typeof useExemplars>
  onMark: (mark: ChartMark) => void
  whyEmpty: React.ReactNode
}) {
  const time = useTimeRange()
  const frame = answer?.data
  const heat = useMemo(() => (frame === undefined ? undefined : heatOf(frame)), [frame])
  const metric = selectorsOf(query.expr)[0]?.name ?? ''
  const unit = unitOfMetric(metric.replace(/_bucket$/, ''), metaOf(families, metric)?.unit ?? '')
  const marks = useMemo(
    () => (marksOn ? marksOf(found.list, [query], unit, true) : []),
    [marksOn, found.list, query, unit],
  )
  if (frame === undefined) {
    if (answer?.error != null) return <Empty title="Nothing to draw">The message stands under the query.</Empty>
    return <Loading label="Heatmap" height={HEIGHT} />
  }
  if (frame.total === 0) return whyEmpty
  if (heat === undefined)
    return (
      <Empty title={`${many ? `${query.letter}: ` : ''}There are no buckets in this answer`}>
        <p>
          A heatmap takes series with the label <code>le</code>, such as <code>sum by (le) (rate(x_bucket[5m]))</code>,
          or native histograms.
        </p>
      </Empty>
    )
  return (
    <div className={classes.dimmable} data-dimmed={answer?.isPlaceholderData || undefined}>
      {many && (
        <h3 className={classes.eachTitle}>
          <b>{query.letter}</b> <code>{query.expr}</code>
        </h3>
      )}
      {query.expr !== asWritten && (
        <p className={classes.muted}>
          The buckets that the query takes its figure of: <code>{query.expr}</code>
        </p>
      )}
      {frame.truncated && (
        <Note>
          The buckets of the first {formatCount(frame.total)} series (limit of the page); add them up on the server with{' '}
          <code>sum by (le) (…)</code> to have all.
        </Note>
      )}
      <HeatMap
        label={query.expr}
        frame={heat}
        unit={unit}
        countUnit={countsPerSecond(query.expr) ? '/s' : 'number'}
        from={frame.fromMs / 1000}
        to={frame.toMs / 1000}
        height={HEIGHT}
        marks={marks}
        onMark={onMark}
        onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
        onZoomOut={() => time.zoom(2)}
      />
    </div>
  )
}

/** Buckets of either kind; native ones first, since they say more. */
export function heatOf(frame: ExploredFrame) {
  if (frame.histograms.length > 0) return heatOfHistograms(frame.times, frame.histograms)
  return heatOfBuckets(
    frame.times,
    frame.series.flatMap(({ labels, values }) => (labels.le === undefined ? [] : [{ le: labels.le, values }])),
  )
}
