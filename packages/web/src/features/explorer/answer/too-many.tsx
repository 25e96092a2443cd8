import { useQuery } from '@tanstack/react-query'
import { explored, type RankBy } from '../../../api/index.ts'
import { Button } from '../../../ui/button.tsx'
import { formatCount } from '../../../ui/format/index.ts'
import { TooMuch } from '../../../ui/notice.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import classes from '../explorer.module.css'
import { splitBy } from '../rewrite.ts'
import { splitLabels } from '../split-labels.ts'
import type { Merged } from './merge-frames.ts'

/** Lines past this are not told apart any more. */
export const DRAWN = 200
/** Lines past this are not drawn fast any more. */
export const DRAWN_AT_MOST = 1000

export type TooManyProps = {
  merged: Merged
  /** Lines drawn at most. */
  limit: number
  rank: RankBy
  expr: string
  onLimit: (limit: number) => void
  onRank: (rank: RankBy) => void
  onQuery: (query: string) => void
}

/** How many series there are, which of them are drawn, and ways to fewer. Nothing where all are drawn. */
export function TooMany({ merged, limit, rank, expr, onLimit, onRank, onQuery }: TooManyProps) {
  const { total, truncated, toS, frame } = merged
  const { data: counted } = useQuery({ ...explored.count(expr, toS * 1000), enabled: truncated })
  const drawn = frame.series.length
  if (total <= drawn && !truncated) return null
  const all = truncated
    ? counted === undefined
      ? `more than ${formatCount(total)}`
      : formatCount(counted)
    : formatCount(total)
  const labels = splitLabels(frame.series.map((s) => s.labels)).slice(0, 2)
  return (
    <div className={classes.tooMany}>
      <TooMuch>
        <b>
          {formatCount(drawn)} of {all} series are drawn
        </b>
        , {frame.band === undefined ? 'the highest' : `the highest; the band behind them spans ${frame.band.name}`}{' '}
        (limit of the chart: {formatCount(limit)}
        {truncated && `, of the page: ${formatCount(total)}`}). Narrow it with a matcher, or put series together.
      </TooMuch>
      <div className={classes.ways}>
        <span className={classes.muted}>Highest</span>
        <Segmented<RankBy>
          label="Which are highest"
          value={rank}
          options={[
            { value: 'last', text: 'at the end' },
            { value: 'max', text: 'at any time' },
            { value: 'mean', text: 'on average' },
          ]}
          onChange={onRank}
        />
        {labels.map(({ label }) => {
          const split = splitBy(expr, label)
          return (
            split !== undefined && (
              <Button key={label} small onClick={() => onQuery(split)} title={split}>
                by <code>{label}</code>
              </Button>
            )
          )
        })}
        <Button small onClick={() => onQuery(`topk(10, ${expr})`)} title={`topk(10, ${expr})`}>
          <code>topk(10, …)</code>
        </Button>
        {limit < DRAWN_AT_MOST && total > limit && (
          <Button small onClick={() => onLimit(DRAWN_AT_MOST)}>
            Draw up to {formatCount(DRAWN_AT_MOST)}
          </Button>
        )}
        {limit > DRAWN && (
          <Button small onClick={() => onLimit(DRAWN)}>
            Draw {formatCount(DRAWN)}
          </Button>
        )}
      </div>
    </div>
  )
}
