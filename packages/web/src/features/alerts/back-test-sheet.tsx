import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { queryRuns, type RuleGroup, type RuleSummary } from '../../api/index.ts'
import { toneOfState } from '../../ui/alert/index.ts'
import { type ChartLook, type ChartSpan, ChartView, seriesKey } from '../../ui/chart/index.ts'
import {
  formatCount,
  formatDateTime,
  formatDuration,
  formatValue,
  toPromDuration,
  unitOfQuery,
} from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading, TooMuch } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import table from '../../ui/table.module.css'
import { TextField } from '../../ui/text-field.tsx'
import classes from './alerts.module.css'
import { type BackTestRun, runsOf, verdictOf } from './back-test.ts'

const DAY_MS = 86_400_000
const CHOICES = ['1', '7', '30'] as const
/** Points of one series at most, below what the server takes; and series. */
const MOST_STEPS = 10_000
const MOST_SERIES = 500
const MOST_ROWS = 100

export type BackTestSheetProps = {
  rule: RuleSummary
  group: Omit<RuleGroup, 'rules'>
  /** Days; absent: not asked for yet. */
  days: string | undefined
  /** `for` to try instead of the rule's own, as Prometheus writes durations. */
  hold: string | undefined
  onChange: (change: { back?: string; hold?: string | undefined }) => void
}

/** When the rule would have fired over the last days, with its own `for` or another. */
export function BackTestSheet({ rule, group, days, hold, onChange }: BackTestSheetProps) {
  const forMs = (hold === undefined ? undefined : parseHold(hold)) ?? rule.forMs
  return (
    <Sheet
      id="back-test"
      title="Back-test"
      note="when it would have fired on what is stored"
      actions={
        <Segmented<(typeof CHOICES)[number] | 'off'>
          label="Days to look back"
          value={(CHOICES as readonly string[]).includes(days ?? '') ? (days as '1') : 'off'}
          options={CHOICES.map((value) => ({ value, text: value === '1' ? '1 day' : `${value} days` }))}
          onChange={(value) => onChange({ back: value })}
        />
      }
    >
      {days === undefined || !/^\d{1,3}$/.test(days) ? (
        <Empty title="Choose how many days to look back">
          The query is evaluated over the range as the rule does it, and <code>for</code> is applied to what comes out.
        </Empty>
      ) : (
        <>
          <div className={classes.tools}>
            <span className={classes.hold}>
              <TextField
                key={hold ?? ''}
                label="for, to try"
                icon={<span>for</span>}
                placeholder={rule.forMs === 0 ? '0s' : toPromDuration(rule.forMs)}
                defaultValue={hold ?? ''}
                onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
                onBlur={(event) => {
                  const text = event.currentTarget.value.trim()
                  onChange({ hold: text === '' || parseHold(text) === undefined ? undefined : text })
                }}
              />
            </span>
            <span className={classes.quiet}>
              {hold === undefined ? "the rule's own; type another to try it" : 'instead of the rule’s own'}
            </span>
          </div>
          <Outcome rule={rule} group={group} days={Number(days)} forMs={forMs} />
        </>
      )}
    </Sheet>
  )
}

function Outcome({
  rule,
  group,
  days,
  forMs,
}: {
  rule: RuleSummary
  group: Omit<RuleGroup, 'rules'>
  days: number
  forMs: number
}) {
  const stepMs = Math.max(group.intervalMs, Math.ceil((days * DAY_MS) / MOST_STEPS / 15_000) * 15_000)
  const { data, error, refetch } = useQuery({
    queryKey: ['back-test', rule.query, days, stepMs],
    queryFn: ({ signal }) => {
      const toMs = Math.floor(Date.now() / stepMs) * stepMs
      return queryRuns({ expr: rule.query, fromMs: toMs - days * DAY_MS, toMs, stepMs, limit: MOST_SERIES }, signal)
    },
    staleTime: 60_000,
    retry: false,
  })
  const runs = useMemo(
    () =>
      data === undefined ? [] : runsOf(data.series, data.stepMs, { forMs, keepFiringForMs: rule.keepFiringForMs }),
    [data, forMs, rule.keepFiringForMs],
  )
  const tone = toneOfState('firing', rule.labels.severity ?? '')
  const unit = unitOfQuery(rule.threshold?.measured ?? rule.query)
  const chart = useMemo(() => (data === undefined ? undefined : countsOf(runs, data)), [runs, data])
  if (data === undefined)
    return error === null ? (
      <Loading label="Back-test" height={160} />
    ) : (
      <Failed what="The query could not be evaluated over this range" error={error} onRetry={refetch} height={160} />
    )
  const { fired, calmed, firingMs } = verdictOf(runs)
  return (
    <>
      <p className={classes.verdict}>
        {fired === 0 ? (
          <>
            It would <b>not have fired</b>
          </>
        ) : (
          <>
            It would have fired <b>{formatCount(fired)}</b> {fired === 1 ? 'time' : 'times'}, for{' '}
            <b>{formatDuration(firingMs)}</b> in all
          </>
        )}
        {calmed > 0 && (
          <>
            {' '}
            and calmed down <b>{formatCount(calmed)}</b> {calmed === 1 ? 'time' : 'times'} before <code>for</code> was
            over
          </>
        )}
        .
      </p>
      <p className={classes.quiet}>
        Looked at every {formatDuration(stepMs)}
        {stepMs > group.intervalMs &&
          `, more coarsely than the rule (every ${formatDuration(group.intervalMs)}) since the range is long`}
        ; took {formatDuration(data.durationMs)}.
      </p>
      {data.cut && (
        <TooMuch>
          Only the first {formatCount(MOST_SERIES)} series are looked at. Narrow the query to see the others.
        </TooMuch>
      )}
      {runs.length > 0 && chart !== undefined && (
        <>
          <ChartView
            label={`${rule.name}: alerts that would have fired`}
            frame={{
              times: chart.times,
              series: [
                {
                  key: 'firing',
                  name: 'would fire',
                  color: tone === 'unknown' ? 'warning' : tone,
                  values: chart.firing,
                },
              ],
            }}
            look={COUNTS}
            from={data.fromMs / 1000}
            to={data.toMs / 1000}
            height={110}
            spans={NO_SPANS}
          />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
          <section className={classes.spans} tabIndex={0} aria-label="Each time">
            <table className={`${table.table} ${table.cards}`}>
              <thead>
                <tr>
                  <th>began</th>
                  <th>became</th>
                  <th className={table.num}>lasted</th>
                  <th className={table.num}>peak</th>
                  <th>labels</th>
                </tr>
              </thead>
              <tbody>
                {runs.slice(0, MOST_ROWS).map((run) => (
                  <tr key={`${run.fromMs} ${JSON.stringify(run.labels)}`}>
                    <td data-label="began">
                      <Link
                        to="."
                        search={(old: object) => ({ ...old, ...around(run) }) as never}
                        title="Show this time in the graph above"
                      >
                        {formatDateTime(run.fromMs)}
                      </Link>
                    </td>
                    <td data-label="became">
                      {run.firedMs === undefined ? (
                        <StateBadge tone="info">pending</StateBadge>
                      ) : (
                        <StateBadge tone={tone}>firing</StateBadge>
                      )}
                    </td>
                    <td className={table.num} data-label="lasted">
                      {formatDuration(Math.max(stepMs, run.toMs - run.fromMs))}
                    </td>
                    <td className={table.num} data-label="peak">
                      {formatValue(run.peak, unit)}
                    </td>
                    <td data-wide>
                      <LabelChips labels={run.labels} without={['__name__']} most={6} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          {runs.length > MOST_ROWS && (
            <p className={classes.quiet}>
              The newest {MOST_ROWS} of {formatCount(runs.length)}.
            </p>
          )}
        </>
      )}
    </>
  )
}

const COUNTS: ChartLook = { kind: 'lines', unit: 'number', min: 0, filled: true }
const NO_SPANS: readonly ChartSpan[] = []
const POINTS = 400

/** How many would fire at a time, the most of each slot, so that a short one is seen. */
function countsOf(runs: readonly BackTestRun[], { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const slotMs = (toMs - fromMs) / POINTS
  const firing = new Array<number>(POINTS + 1).fill(0)
  // A label set counts once in a slot, however often it began and ended in it.
  const lastSlot = new Map<string, number>()
  for (const run of [...runs].reverse()) {
    if (run.firedMs === undefined) continue
    const first = Math.max(0, Math.floor((run.firedMs - fromMs) / slotMs))
    const last = Math.min(POINTS, Math.floor((run.toMs - fromMs) / slotMs))
    const key = seriesKey(run.labels)
    for (let i = Math.max(first, (lastSlot.get(key) ?? -1) + 1); i <= last; i++) firing[i]!++
    lastSlot.set(key, last)
  }
  return { times: firing.map((_n, i) => (fromMs + i * slotMs) / 1000), firing }
}

/** A range around a run, so that its beginning and end are seen. */
function around(run: BackTestRun): { from: string; to: string } {
  const margin = Math.max(600_000, (run.toMs - run.fromMs) / 2)
  return { from: String(Math.round(run.fromMs - margin)), to: String(Math.round(run.toMs + margin)) }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS }

/** ms of a duration as rule files write it: `5m`, `1h30m`. */
export function parseHold(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined
  let ms = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) ms += Number(count) * UNIT_MS[unit!]!
  return ms
}
