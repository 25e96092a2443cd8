import type { UseQueryResult } from '@tanstack/react-query'
import { type InstantAnswer, MAX_INSTANT_SERIES } from '../../../api/index.ts'
import { formatCount } from '../../../ui/format/index.ts'
import { Empty, Loading, TooMuch } from '../../../ui/notice.tsx'
import classes from '../explorer.module.css'
import type { AppliedQuery } from '../rows.ts'
import { AnswerTable } from './answer-table.tsx'
import { answered, HEIGHT, Notes } from './graph.tsx'
import { WhyEmpty } from './why-empty.tsx'

export type TableProps = {
  active: readonly AppliedQuery[]
  answers: readonly UseQueryResult<InstantAnswer>[]
  widthPx: number
  stepS: number | undefined
  onQuery: (letter: string, query: string) => void
}

/** The values at the end of the range, of all queries that are shown. */
export function Table({ active, answers, widthPx, stepS, onQuery }: TableProps) {
  const rows = active.flatMap((q, i) =>
    (answers[i]?.data?.samples ?? []).map((s) => ({ ...s, letter: active.length > 1 ? q.letter : undefined })),
  )
  const texts = answers.flatMap((a) => (a.data?.text === undefined ? [] : [a.data.text]))
  if (answers.every((a) => a.data === undefined)) {
    if (answers.every((a) => a.error !== null))
      return <Empty title="Nothing to show">The message stands under the query.</Empty>
    return <Loading label="Table" height={HEIGHT} />
  }
  if (rows.length === 0 && texts.length === 0)
    return (
      <WhyEmpty active={answered(active, answers)} widthPx={widthPx} stepS={stepS} as="instant" onQuery={onQuery} />
    )
  return (
    <div className={classes.dimmable} data-dimmed={answers.some((a) => a.isPlaceholderData) || undefined}>
      <Notes answers={answers} />
      {answers.some((a) => (a.data?.samples.length ?? 0) >= MAX_INSTANT_SERIES) && (
        <TooMuch>
          The first {formatCount(MAX_INSTANT_SERIES)} series of a query are shown (limit of the table). Narrow it with a
          matcher, or put series together with <code>sum by (…)</code> or <code>topk(…)</code>.
        </TooMuch>
      )}
      {texts.map((text) => (
        <p key={text}>
          <code>{text}</code>
        </p>
      ))}
      {rows.length > 0 && <AnswerTable rows={rows} />}
    </div>
  )
}
