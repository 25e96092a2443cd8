import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import { type RuleGroup, type RuleSummary, rules, selfQuery } from '../../api/index.ts'
import { toneOfState } from '../../ui/alert/index.ts'
import { formatCount, formatDuration } from '../../ui/format/index.ts'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { StateBadge, StateMark } from '../../ui/state-badge.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { moveFocusAmong, VirtualRows } from '../../ui/virtual-rows.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import { fileName } from './alert-page.tsx'
import classes from './alerts.module.css'
import type { RulesSearch } from './search.ts'
import { AlertTabs } from './tabs.tsx'

type Row =
  | { readonly kind: 'group'; readonly group: RuleGroup; readonly shown: number }
  | { readonly kind: 'rule'; readonly rule: RuleSummary }

/** All rules by group: what fires, what fails, when each was evaluated and how long it took. */
export function RulesPage() {
  const search: RulesSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { value: refresh } = useRefresh()
  const field = useRef<HTMLInputElement>(null)
  const { data, error, refetch } = useQuery({
    ...rules.list(),
    // Soon after a start there is something new in each second.
    refetchInterval: ({ state }) =>
      refresh === 'off' ? false : state.data?.groups.some((g) => g.lastEvaluationMs === undefined) ? 2000 : 15_000,
  })
  const { text = '', health } = search
  const self = useQuery(selfQuery)
  const rows = useMemo(() => (data === undefined ? [] : toRows(data.groups, text, health)), [data, text, health])
  const all = useMemo(() => data?.groups.flatMap((g) => g.rules) ?? [], [data])
  // What is not known yet is not zero.
  const count = (which: RulesSearch['health']) =>
    data === undefined ? undefined : all.filter((r) => isOf(r, which)).length
  const missed = data?.groups.filter((g) => g.missedIterations > 0).length ?? 0
  const set = (change: Partial<Record<keyof RulesSearch, string | undefined>>, replace = false) =>
    void navigate({ to: '.', replace, search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never)
  useKeys([
    { keys: '/', label: 'Find rules', group: 'This page', run: () => field.current?.focus() },
    { keys: 'j', label: 'Next rule', group: 'This page', run: () => moveFocusAmong('[data-rule-link]', 1) },
    { keys: 'k', label: 'Previous rule', group: 'This page', run: () => moveFocusAmong('[data-rule-link]', -1) },
  ])
  return (
    <Grid>
      <PageHead
        title="Rules"
        note={
          data &&
          `${formatCount(all.length)} in ${formatCount(data.groups.length)} ${data.groups.length === 1 ? 'group' : 'groups'}`
        }
        tabs={<AlertTabs />}
      />
      <div className={classes.filters}>
        <span className={classes.find}>
          <TextField
            ref={field}
            label="Find rules"
            placeholder="Name, query, group or file"
            icon={<IconSearch size={15} aria-hidden="true" />}
            value={text}
            onChange={(event) => set({ text: event.target.value || undefined }, true)}
            onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          />
        </span>
        <Segmented<'all' | 'firing' | 'pending' | 'err'>
          label="Which rules"
          value={health ?? 'all'}
          options={[
            { value: 'all', text: 'All', count: data === undefined ? undefined : all.length },
            { value: 'firing', text: 'Firing', count: count('firing') },
            { value: 'pending', text: 'Pending', count: count('pending') },
            { value: 'err', text: 'Failing', count: count('err') },
          ]}
          onChange={(next) => set({ health: next === 'all' ? undefined : next })}
        />
        {missed > 0 && (
          <span className={classes.quiet}>
            <StateMark tone="warning" /> {formatCount(missed)} {missed === 1 ? 'group has' : 'groups have'} missed
            evaluations
          </span>
        )}
      </div>
      <Sheet>
        {data === undefined && error === null && <Loading label="Rules" height={200} />}
        {data === undefined && error !== null && (
          <Failed what="The rules could not be loaded" error={error} onRetry={refetch} height={200} />
        )}
        {data !== undefined && all.length === 0 && self.data?.starting === true && (
          <Empty title="Binnacle is starting" height={160}>
            What is stored is being loaded; rules are evaluated from then on, and stand here.
          </Empty>
        )}
        {data !== undefined && all.length === 0 && self.data?.starting !== true && (
          <Empty title="No rules are loaded" height={160}>
            Name rule files in prometheus.yml (<code>rule_files</code>); files that Prometheus takes work unchanged.
          </Empty>
        )}
        {all.length > 0 && rows.length === 0 && (
          <Empty title="No rule matches" height={160}>
            Drop a word, or choose All.
          </Empty>
        )}
        {rows.length > 0 && (
          <VirtualRows
            label="Rules"
            count={rows.length}
            estimate={(i) => (rows[i]!.kind === 'group' ? 44 : 52)}
            keyOf={(i) => {
              const row = rows[i]!
              return row.kind === 'group' ? `${row.group.file};${row.group.name}` : row.rule.id
            }}
            render={(i) => {
              const row = rows[i]!
              return row.kind === 'group' ? (
                <GroupLine group={row.group} shown={row.shown} />
              ) : (
                <RuleLine rule={row.rule} />
              )
            }}
          />
        )}
      </Sheet>
    </Grid>
  )
}

function isOf(rule: RuleSummary, which: RulesSearch['health']): boolean {
  if (which === 'firing') return rule.firing > 0
  if (which === 'pending') return rule.pending > 0
  if (which === 'err') return rule.health === 'err'
  return true
}

function toRows(groups: readonly RuleGroup[], text: string, health: RulesSearch['health']): Row[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return groups.flatMap((group): Row[] => {
    const found = group.rules.filter((rule) => {
      const all = `${rule.name}\n${rule.query}\n${group.name}\n${group.file}`.toLowerCase()
      return isOf(rule, health) && words.every((word) => all.includes(word))
    })
    if (found.length === 0) return []
    return [{ kind: 'group', group, shown: found.length }, ...found.map((rule) => ({ kind: 'rule', rule }) as const)]
  })
}

function GroupLine({ group, shown }: { group: RuleGroup; shown: number }) {
  return (
    <div className={classes.groupHead}>
      <h2 className={classes.groupTitle}>
        {group.name} <code title={group.file}>{fileName(group.file)}</code>
      </h2>
      <span className={classes.quiet}>
        {shown < group.rules.length && `${shown} of `}
        {formatCount(group.rules.length)} rules every {formatDuration(group.intervalMs)} ·{' '}
        {group.lastEvaluationMs === undefined ? (
          'not evaluated yet'
        ) : (
          <>
            <Age atMs={group.lastEvaluationMs} /> in {formatDuration(group.evaluationDurationMs)}
          </>
        )}
        {group.missedIterations > 0 && (
          <>
            {' '}
            · <StateMark tone="warning" /> {formatCount(group.missedIterations)} missed
          </>
        )}
      </span>
    </div>
  )
}

function RuleLine({ rule }: { rule: RuleSummary }) {
  return (
    <div className={classes.rule}>
      <RuleState rule={rule} />
      <div>
        <Link to="/alerts/rules/$rule" params={{ rule: rule.id }} data-rule-link>
          {rule.name}
        </Link>
        {rule.kind === 'recording' && <span className={classes.quiet}> recorded</span>}
        <code title={rule.query}>{rule.query.replace(/\s+/g, ' ')}</code>
        {rule.lastError !== '' && <p className={classes.error}>{rule.lastError}</p>}
      </div>
      <span>{rule.lastEvaluationMs === undefined ? 'never' : <Age atMs={rule.lastEvaluationMs} />}</span>
      <span title="time of the last evaluation">
        {rule.lastEvaluationMs === undefined ? '–' : formatDuration(rule.evaluationDurationMs)}
      </span>
    </div>
  )
}

function RuleState({ rule }: { rule: RuleSummary }) {
  if (rule.health === 'err') return <StateBadge tone="critical">fails</StateBadge>
  if (rule.firing > 0)
    return (
      <StateBadge
        tone={toneOfState('firing', rule.labels.severity ?? '')}
      >{`${formatCount(rule.firing)} firing`}</StateBadge>
    )
  if (rule.pending > 0) return <StateBadge tone="info">{`${formatCount(rule.pending)} pending`}</StateBadge>
  if (rule.health === 'unknown') return <StateBadge tone="unknown">waiting</StateBadge>
  return <StateBadge tone="ok">ok</StateBadge>
}
