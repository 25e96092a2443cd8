import { useQuery } from '@tanstack/react-query'
import { type EmptyReason, explanations, type NodeExplanation } from '../../../api/index.ts'
import { Button } from '../../../ui/button.tsx'
import { formatAge } from '../../../ui/format/index.ts'
import { Empty } from '../../../ui/notice.tsx'
import { useTimeRange } from '../../../view/index.ts'
import classes from '../explorer.module.css'
import { withMatcher } from '../rewrite.ts'
import type { AppliedQuery } from '../rows.ts'

const EMPTY_HEIGHT = 160
const FRESH_MS = 300_000

export type WhyEmptyProps = {
  active: readonly AppliedQuery[]
  widthPx: number
  stepS: number | undefined
  as: 'range' | 'instant'
  onQuery: (letter: string, query: string) => void
}

/** Why there is nothing, for the first of the queries that are shown (those refused left out), and the way out. */
export function WhyEmpty({ active, widthPx, stepS, as, onQuery }: WhyEmptyProps) {
  const time = useTimeRange()
  const first = active[0]
  const expr = first?.expr ?? ''
  const { data: told, error } = useQuery({
    ...explanations.of({ expr, range: time.range, widthPx, stepS }, as),
    enabled: expr !== '' && time.isKnown,
  })
  if (first === undefined)
    return (
      <Empty title="No query is shown" height={EMPTY_HEIGHT}>
        Show one again with the eye beside it.
      </Empty>
    )
  if (told === undefined)
    return (
      <Empty title="No series in this range" height={EMPTY_HEIGHT}>
        {error === null ? 'Looking for the reason…' : 'The reason could not be found out.'}
      </Empty>
    )
  const nodes = flat(told.tree)
  const empty = nodes.find((node) => node.empty !== undefined)?.empty
  if (empty !== undefined) return <Reason empty={empty} expr={expr} onQuery={(q) => onQuery(first.letter, q)} />
  const short = nodes.flatMap((node) => node.remarks).find(({ code }) => code === 'short_window')
  if (short !== undefined)
    return (
      <Empty title="The window is too short" height={EMPTY_HEIGHT}>
        {short.text}.
      </Empty>
    )
  // There is an answer after all: its samples are younger than the last point of the chart, or just came.
  if (as === 'range' && told.samples === 0) return <Between />
  return (
    <Empty title="The query leaves nothing" height={EMPTY_HEIGHT}>
      <p>Its metrics have samples here; a comparison or a join takes them all out{lastOf(told.tree)}.</p>
    </Empty>
  )
}

function Between() {
  const time = useTimeRange()
  return (
    <Empty title="The samples lie between two points of this chart" height={EMPTY_HEIGHT}>
      <p>The range is so long that its points are further apart than the data are old.</p>
      <Button onClick={() => time.set({ from: 'now-15m', to: 'now' })}>Look at the last 15 minutes</Button>
    </Empty>
  )
}

/** Where the series get lost: the lowest node that gave nothing though the one below it did. */
function lastOf(tree: NodeExplanation): string {
  const lost = flat(tree).find(
    (node) => node.evaluated && node.series === 0 && node.children.some((child) => child.series > 0),
  )
  return lost === undefined ? '' : `, at ${lost.title}`
}

function Reason({ empty, expr, onQuery }: { empty: EmptyReason; expr: string; onQuery: (query: string) => void }) {
  const time = useTimeRange()
  switch (empty.kind) {
    case 'no_metric':
      return (
        <Empty title={`There is no metric ${empty.metric}`} height={EMPTY_HEIGHT}>
          {empty.near.length > 0 ? (
            <p className={classes.offers}>
              Did you mean{' '}
              {empty.near.map((name) => (
                <Button key={name} small onClick={() => onQuery(expr.replaceAll(empty.metric, name))}>
                  <code>{name}</code>
                </Button>
              ))}
              ?
            </p>
          ) : (
            <p>No name comes near it. The browser lists all metrics.</p>
          )}
        </Empty>
      )
    case 'no_match':
      return (
        <Empty
          title={
            empty.absent
              ? `No series${empty.metric === '' ? '' : ` of ${empty.metric}`} has the label "${empty.label}"`
              : `${empty.metric === '' ? '' : `${empty.metric} exists, but `}no series match ${empty.matcher}`
          }
          height={EMPTY_HEIGHT}
        >
          {empty.values.length > 0 && (
            <p className={classes.offers}>
              The label has{' '}
              {empty.values.map((value) => (
                <Button
                  key={value}
                  small
                  onClick={() => onQuery(withMatcher(expr, { name: empty.label, op: '=', value }))}
                >
                  <code>"{value}"</code>
                </Button>
              ))}
              {empty.more && ' and more'}
            </p>
          )}
        </Empty>
      )
    case 'no_combination':
      return (
        <Empty title="No series match all of the matchers" height={EMPTY_HEIGHT}>
          Each of them is met by some series{empty.metric === '' ? '' : ` of ${empty.metric}`}, but all together by
          none.
        </Empty>
      )
    case 'no_samples': {
      const isFresh = empty.lastMs !== undefined && Date.now() - empty.lastMs < FRESH_MS
      // The newest sample is younger than the last point: nothing is missing, the points are too far apart.
      if (isFresh && time.range.to === 'now') return <Between />
      return (
        <Empty title="No samples in this range" height={EMPTY_HEIGHT}>
          <p>
            <code>{empty.selector}</code>{' '}
            {empty.lastMs === undefined
              ? 'has none in the day before either.'
              : `has its last sample ${formatAge(Date.now() - empty.lastMs)} ago.`}
          </p>
          <Button onClick={() => time.zoom(4)}>Look at a longer range</Button>
        </Empty>
      )
    }
  }
}

function flat(node: NodeExplanation): NodeExplanation[] {
  return [node, ...node.children.flatMap(flat)]
}
