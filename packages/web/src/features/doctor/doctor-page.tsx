import { IconSearch, IconStethoscope } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import {
  type DoctorFinding,
  type DoctorReport,
  doctor,
  lookNow,
  type RuleReport,
  type Verdict,
} from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatCount, formatDateTime, formatUtc } from '../../ui/format/index.ts'
import { Empty, Failed, Loading, Note, TooMuch } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { StateBadge, type StateTone } from '../../ui/state-badge.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { moveFocusAmong, VirtualRows } from '../../ui/virtual-rows.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import classes from './doctor.module.css'
import type { DoctorSearch } from './search.ts'
import { hasFinding, selectRules, shownOf } from './select-rules.ts'

const FIRES: Readonly<Record<Verdict, readonly [StateTone, string]>> = {
  can_fire: ['ok', 'can fire'],
  cannot_fire: ['critical', 'cannot fire'],
  always_fires: ['warning', 'always fires'],
  unknown: ['unknown', 'unknown'],
}
const GIVES: Readonly<Record<Verdict, readonly [StateTone, string]>> = {
  can_fire: ['ok', 'gives series'],
  cannot_fire: ['critical', 'gives nothing'],
  always_fires: ['ok', 'gives series'],
  unknown: ['unknown', 'unknown'],
}
const FIRST_LOOK_MS = 2000

/** What cannot fire, what reaches nobody, and why: before the night in which it matters. */
export function DoctorPage() {
  const search: DoctorSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const client = useQueryClient()
  const { value: refresh } = useRefresh()
  const field = useRef<HTMLInputElement>(null)
  const { data, error, refetch } = useQuery({
    ...doctor.view(),
    refetchInterval: ({ state }) =>
      refresh === 'off' ? false : state.data !== undefined && state.data.report === undefined ? FIRST_LOOK_MS : 30_000,
  })
  const look = useMutation({
    mutationFn: lookNow,
    onSettled: () => client.invalidateQueries({ queryKey: doctor.all }),
  })
  const report = data?.report
  const rows = useMemo(() => (report === undefined ? [] : selectRules(report.rules, search)), [report, search])
  const set = (change: Partial<Record<keyof DoctorSearch, string | undefined>>, replace = false) =>
    void navigate({ to: '.', replace, search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never)
  useKeys([
    { keys: '/', label: 'Find rules', group: 'This page', run: () => field.current?.focus() },
    { keys: 'j', label: 'Next rule', group: 'This page', run: () => moveFocusAmong('[data-rule-link]', 1) },
    { keys: 'k', label: 'Previous rule', group: 'This page', run: () => moveFocusAmong('[data-rule-link]', -1) },
  ])
  const elsewhere = report === undefined ? [] : [...report.files, ...report.routing]
  return (
    <Grid>
      <PageHead title="Doctor" note={report && figures(report)}>
        {report !== undefined && (
          <span className={classes.quiet}>
            looked <Age atMs={report.atMs} />
          </span>
        )}
        <Button onClick={() => look.mutate()} disabled={look.isPending}>
          <IconStethoscope size={15} aria-hidden="true" /> {look.isPending ? 'Looking ...' : 'Look now'}
        </Button>
      </PageHead>
      {report?.isEarly && (
        <div className={classes.wide}>
          <Note>Binnacle has only just started: what is missing may still come, and counts as no finding yet.</Note>
        </div>
      )}
      {(look.error !== null || data?.error !== undefined) && (
        <div className={classes.wide}>
          <TooMuch>
            The last look failed, so that this is the one before it: {look.error?.message ?? data?.error}
          </TooMuch>
        </div>
      )}
      <div className={classes.filters}>
        <span className={classes.find}>
          <TextField
            ref={field}
            label="Find rules"
            placeholder="Name, metric, label or file"
            icon={<IconSearch size={15} aria-hidden="true" />}
            value={search.text ?? ''}
            onChange={(event) => set({ text: event.target.value || undefined }, true)}
          />
        </span>
        <Which report={report} value={search.verdict ?? 'findings'} onChange={(verdict) => set({ verdict })} />
      </div>
      <Sheet title="Rules" note="held against the series that are here, or were in the last days">
        {data === undefined && error === null && <Loading label="Report" height={200} />}
        {data === undefined && error !== null && (
          <Failed what="The report could not be loaded" error={error} onRetry={refetch} height={200} />
        )}
        {data !== undefined && report === undefined && (
          <Empty title="Not looked yet" height={160}>
            The first look comes when every target has been scraped twice, half a minute after a start.
          </Empty>
        )}
        {report !== undefined && rows.length === 0 && <NothingFound report={report} search={search} />}
        {rows.length > 0 && (
          <VirtualRows
            label="Rules"
            count={rows.length}
            estimate={(i) => estimateHeight(rows[i]!)}
            keyOf={(i) => `${rows[i]!.file};${rows[i]!.place.line};${rows[i]!.name}`}
            render={(i) => <RuleRow rule={rows[i]!} />}
          />
        )}
      </Sheet>
      {elsewhere.length > 0 && (
        <Sheet id="routing" title="Files and routing" note="routes, inhibitions, receivers and their texts">
          <Findings findings={elsewhere} ofRules={false} />
        </Sheet>
      )}
    </Grid>
  )
}

function figures({ alerts, findings }: DoctorReport): string {
  const total = Object.values(alerts).reduce((sum, n) => sum + n, 0)
  const able = alerts.can_fire + alerts.always_fires
  return `${formatCount(able)} of ${formatCount(total)} ${total === 1 ? 'alert' : 'alerts'} can fire · ${formatCount(findings)} ${findings === 1 ? 'finding' : 'findings'}`
}

function Which({
  report,
  value,
  onChange,
}: {
  report: DoctorReport | undefined
  value: NonNullable<DoctorSearch['verdict']> | 'findings'
  onChange: (verdict: string | undefined) => void
}) {
  const rules = report?.rules ?? []
  const count = (verdict: Verdict) => rules.filter((rule) => rule.verdict === verdict).length
  return (
    <Segmented<NonNullable<DoctorSearch['verdict']> | 'findings'>
      label="Which rules"
      value={value}
      options={[
        { value: 'findings', text: 'With findings', count: rules.filter(hasFinding).length },
        { value: 'cannot_fire', text: 'Cannot fire', count: count('cannot_fire') },
        { value: 'always_fires', text: 'Always', count: count('always_fires') },
        { value: 'unknown', text: 'Unknown', count: count('unknown') },
        { value: 'all', text: 'All', count: rules.length },
      ]}
      onChange={(next) => onChange(next === 'findings' ? undefined : next)}
    />
  )
}

function NothingFound({ report, search }: { report: DoctorReport; search: DoctorSearch }) {
  if (report.rules.length === 0) {
    return (
      <Empty title="No rules are loaded" height={160}>
        Name rule files in prometheus.yml (<code>rule_files</code>).
      </Empty>
    )
  }
  if (search.text !== undefined || search.verdict !== undefined) {
    return (
      <Empty title="No rule matches" height={160}>
        Drop a word, or choose All.
      </Empty>
    )
  }
  return (
    <p className={classes.well}>
      <StateBadge tone="ok">nothing found</StateBadge> All that the rules ask for is here.
    </p>
  )
}

function RuleRow({ rule }: { rule: RuleReport }) {
  const [tone, word] = (rule.kind === 'alerting' ? FIRES : GIVES)[rule.verdict]
  const { open, folded } = shownOf(rule)
  return (
    <div className={classes.rule}>
      <StateBadge tone={tone}>{word}</StateBadge>
      <div>
        <Link to="/alerts/rules" search={{ text: rule.name }} data-rule-link>
          {rule.name}
        </Link>{' '}
        <code className={classes.quiet} title={rule.file}>
          {placeText(rule.place)}
        </code>
        {open.length > 0 && <Findings findings={open} />}
        {folded.length > 0 && (
          <details className={classes.notes}>
            <summary>
              {formatCount(folded.length)} {folded.length === 1 ? 'note' : 'notes'}
            </summary>
            <Findings findings={folded} />
          </details>
        )}
      </div>
    </div>
  )
}

const LINE_PX = 44

function estimateHeight(rule: RuleReport): number {
  const { open, folded } = shownOf(rule)
  return LINE_PX * (1 + open.length) + (folded.length === 0 ? 0 : LINE_PX / 2)
}

const TONES: Readonly<Record<DoctorFinding['severity'], StateTone>> = {
  error: 'critical',
  warning: 'warning',
  note: 'info',
}

/** Comments that switch a finding off stand in files of rules; a note is no finding. */
function Findings({ findings, ofRules = true }: { findings: readonly DoctorFinding[]; ofRules?: boolean }) {
  return (
    <ul className={classes.findings}>
      {findings.map((finding) => (
        <li key={`${finding.check}:${finding.place.line}:${finding.message}`}>
          <StateBadge tone={TONES[finding.severity]}>{finding.severity}</StateBadge>
          <div>
            {finding.message}
            {finding.hint !== undefined && <p className={classes.hint}>{finding.hint}</p>}
            <p className={classes.quiet}>
              <code title={finding.place.file}>{placeText(finding.place)}</code>
              {finding.lastSeen !== undefined && <LastSample atMs={finding.lastSeen.atMs} />}
              {ofRules && finding.severity !== 'note' && (
                <>
                  {' '}
                  · is meant so? Above it: <code className={classes.comment}># pint disable {finding.check}</code>
                </>
              )}
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** The message says how long ago; this is when, to compare with what was changed then. */
function LastSample({ atMs }: { atMs: number }) {
  return (
    <span>
      {' '}
      · last sample{' '}
      <time dateTime={new Date(atMs).toISOString()} title={formatUtc(atMs)}>
        {formatDateTime(atMs)}
      </time>
    </span>
  )
}

/** The last two parts of the path, with line and column. */
function placeText({ file = '', line, column }: DoctorFinding['place']): string {
  const name = file.split('/').slice(-2).join('/')
  return [name, line, column].filter((part) => part !== undefined && part !== '').join(':')
}
