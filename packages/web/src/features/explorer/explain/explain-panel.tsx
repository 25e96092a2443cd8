import { IconRefresh, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { explanations, type NodeExplanation } from '../../../api/index.ts'
import { Button } from '../../../ui/button.tsx'
import { formatCount, formatDuration } from '../../../ui/format/index.ts'
import { Failed, Loading } from '../../../ui/notice.tsx'
import { Sheet } from '../../../ui/sheet.tsx'
import { StateMark } from '../../../ui/state-badge.tsx'
import { useTimeRange } from '../../../view/index.ts'
import type { AppliedQuery } from '../rows.ts'
import classes from './explain.module.css'

export type ExplainPanelProps = {
  query: AppliedQuery
  widthPx: number
  stepS: number | undefined
  as: 'range' | 'instant'
  onQuery: (query: string) => void
  onClose: () => void
}

/** How a query is evaluated: its tree, what each part gave, read and cost, and what is odd about it. */
export function ExplainPanel({ query, widthPx, stepS, as, onQuery, onClose }: ExplainPanelProps) {
  const { range, isKnown } = useTimeRange()
  const { data, error, isFetching, refetch } = useQuery({
    ...explanations.of({ expr: query.expr, range, widthPx, stepS }, as),
    enabled: isKnown,
  })
  return (
    <Sheet
      title={`How ${query.letter} is evaluated`}
      note={
        data === undefined
          ? undefined
          : `${formatDuration(data.elapsedMs)} · ${formatCount(data.samples)} samples of ${formatCount(data.series)} series${
              data.sources.length === 0 ? '' : ` from ${data.sources.join(' and ')}`
            } · without cache`
      }
      actions={
        <>
          <Button small look="quiet" onClick={() => refetch()} disabled={isFetching}>
            <IconRefresh size={14} aria-hidden="true" /> {isFetching ? 'Measuring…' : 'Measure again'}
          </Button>
          <Button icon small look="quiet" aria-label="Close the explanation" onClick={onClose}>
            <IconX size={15} aria-hidden="true" />
          </Button>
        </>
      }
    >
      {data === undefined && error === null && <Loading label="Explanation" height={120} />}
      {data === undefined && error !== null && (
        <Failed what="The query could not be explained" error={error} onRetry={refetch} />
      )}
      {data !== undefined && <Tree root={data.tree} query={data.query} onQuery={onQuery} />}
    </Sheet>
  )
}

type Line = { readonly node: NodeExplanation; readonly depth: number; readonly key: string }

function Tree({ root, query, onQuery }: { root: NodeExplanation; query: string; onQuery: (query: string) => void }) {
  const lines = linesOf(root, 0, '0')
  return (
    <div className={classes.scroll}>
      <table className={classes.tree}>
        <thead>
          <tr>
            <th scope="col">part of the query</th>
            <th scope="col">series</th>
            <th scope="col">values</th>
            <th scope="col">samples read</th>
            <th scope="col">from</th>
            <th scope="col" title="dark: this part alone; light: with all parts below it">
              time
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.key} line={line} wholeMs={root.totalMs} query={query} onQuery={onQuery} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row({
  line: { node, depth },
  wholeMs,
  query,
  onQuery,
}: {
  line: Line
  wholeMs: number
  query: string
  onQuery: (query: string) => void
}) {
  const { reads } = node
  return (
    <tr data-kind={node.kind}>
      <th scope="row" style={{ '--depth': depth } as React.CSSProperties}>
        <code title={query.slice(node.start, node.end)}>{node.title}</code>
        {node.evaluated && node.steps === 1 && node.kind !== 'number' && <small> once</small>}
        {node.remarks.map((remark) => {
          const { fix, start, end } = remark
          return (
            <p key={remark.code + remark.text} className={classes.remark}>
              <StateMark tone={remark.tone} /> {remark.text}
              {fix !== undefined && start !== undefined && end !== undefined && (
                <Button small onClick={() => onQuery(query.slice(0, start) + fix.text + query.slice(end))}>
                  {fix.label}
                </Button>
              )}
            </p>
          )
        })}
      </th>
      <td data-label="series">{node.evaluated && node.value !== 'scalar' ? formatCount(node.series) : ''}</td>
      <td data-label="values">{node.evaluated ? formatCount(node.values) : ''}</td>
      <td data-label="samples read">{reads === undefined ? '' : formatCount(reads.samples)}</td>
      <td data-label="from">{reads !== undefined && <Origins origins={reads.origins} />}</td>
      <td data-label="time">
        {node.evaluated && (
          <span
            className={classes.time}
            style={
              {
                '--own': `${(100 * node.ownMs) / (wholeMs || 1)}%`,
                '--total': `${(100 * node.totalMs) / (wholeMs || 1)}%`,
              } as React.CSSProperties
            }
            title={`${formatDuration(node.ownMs)} alone, ${formatDuration(node.totalMs)} with what is below`}
          >
            <i aria-hidden="true" />
            {formatDuration(node.ownMs)}
            <span className="bn-hidden"> alone, {formatDuration(node.totalMs)} with what is below</span>
          </span>
        )}
      </td>
    </tr>
  )
}

function Origins({ origins }: { origins: Readonly<Record<string, number>> }) {
  const parts = Object.entries(origins)
  const all = parts.reduce((sum, [, count]) => sum + count, 0)
  return parts.map(([name, count]) => (
    <span key={name} className={classes.origin} data-origin={name} title={`${formatCount(count)} samples`}>
      {name}
      {parts.length > 1 && ` ${Math.round((100 * count) / all)} %`}
    </span>
  ))
}

function linesOf(node: NodeExplanation, depth: number, key: string): Line[] {
  return [{ node, depth, key }, ...node.children.flatMap((child, i) => linesOf(child, depth + 1, `${key}.${i}`))]
}
