import { IconBellOff, IconCheck, IconX } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'
import { type AlertItem, type AlertList, alerts, PAGE_ROWS, STANDINGS, type Standing } from '../../api/index.ts'
import { addMatcher, EndingSilences, matchersOf, STANDING_WORDS } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { FilterField } from '../../ui/filter-field.tsx'
import { formatCount } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading, TooMuch } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { moveFocusAmong, VirtualRows } from '../../ui/virtual-rows.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import { AcknowledgeForm } from './acknowledge-form.tsx'
import { AlertRow } from './alert-row.tsx'
import classes from './alerts.module.css'
import { GroupBy } from './group-by.tsx'
import { toListRows } from './list-rows.ts'
import type { AlertsSearch } from './search.ts'
import { commonLabels, silenceSearch } from './silence-search.ts'
import { AlertTabs } from './tabs.tsx'

const NO_GROUP: readonly string[] = []

/** Everything that calls for somebody, or would but for a silence; worst and newest first. */
export function AlertsPage() {
  const search: AlertsSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { intervalMs, value: refresh } = useRefresh()
  const every = refresh === 'off' ? false : intervalMs || 5000
  const { filter = '', receiver = '', state } = search
  const group = search.group ?? NO_GROUP
  const request = useMemo(() => ({ filter, receiver, group, state: state ?? '' }), [filter, receiver, group, state])
  const first = useQuery({ ...alerts.page(request, 0), refetchInterval: every, placeholderData: keepPreviousData })
  const { data, error } = first
  // The navigation asks for it all the time.
  const summary = useQuery(alerts.summary())
  const paged = usePaged(data, PAGE_ROWS, (offset) => alerts.page(request, offset), every)
  const rows = useMemo(
    () => (data === undefined ? [] : toListRows(data.groups, data.total, group.length > 0)),
    [data, group.length],
  )
  const [chosen, setChosen] = useState<ReadonlyMap<string, AlertItem>>(new Map())
  const [acknowledging, setAcknowledging] = useState<readonly AlertItem[]>([])
  const field = useRef<HTMLInputElement>(null)

  const set = useCallback(
    (change: Partial<Record<keyof AlertsSearch, unknown>>, replace = false) =>
      void navigate({ to: '.', replace, search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never),
    [navigate],
  )
  const pick = (name: string, value: string) => set({ filter: addMatcher(filter, { name, kind: '=', value }) })
  const toggle = (alert: AlertItem) => {
    const next = new Map(chosen)
    if (!next.delete(alert.fingerprint)) next.set(alert.fingerprint, alert)
    setChosen(next)
  }
  const itemAt = (index: number) => {
    const row = rows[index]
    return row?.kind === 'alert' ? paged.at(row.index) : undefined
  }
  const focused = (): AlertItem | undefined => {
    const fingerprint = document.activeElement?.closest('[data-alert-row]')?.getAttribute('data-alert-row')
    if (fingerprint == null) return undefined
    for (let i = 0; i < rows.length; i++) {
      const item = itemAt(i)
      if (item?.fingerprint === fingerprint) return item
    }
    return undefined
  }
  const forFocused = (act: (alert: AlertItem) => void) => () => {
    const alert = focused()
    if (alert !== undefined) act(alert)
  }
  const silence = (list: readonly AlertItem[]) =>
    void navigate({
      to: '/silences/new',
      search: silenceSearch(matchersOf(commonLabels(list.map((a) => a.labels)))) as never,
    })
  const targets = () => (chosen.size > 0 ? [...chosen.values()] : [focused()].filter((a) => a !== undefined))
  useKeys([
    { keys: '/', label: 'Filter alerts', group: 'This page', run: () => field.current?.focus() },
    { keys: 'j', label: 'Next alert', group: 'This page', run: () => moveFocusAmong('[data-alert-link]', 1) },
    { keys: 'k', label: 'Previous alert', group: 'This page', run: () => moveFocusAmong('[data-alert-link]', -1) },
    { keys: 'x', label: 'Select the alert', group: 'This page', run: forFocused(toggle) },
    {
      keys: 'a',
      label: 'Acknowledge the selected, or this one',
      group: 'This page',
      run: () => setAcknowledging(targets()),
    },
    {
      keys: 's',
      label: 'Silence the selected, or this one',
      group: 'This page',
      run: () => {
        const list = targets()
        if (list.length > 0) silence(list)
      },
    },
    ...(chosen.size === 0
      ? []
      : [{ keys: 'Escape', label: 'Clear the selection', group: 'This page', run: () => setChosen(new Map()) }]),
  ])
  const { onRange } = paged
  const setRange = useCallback(
    (from: number, to: number) => {
      const places = rows.slice(from, to + 1).flatMap((row) => (row.kind === 'alert' ? [row.index] : []))
      if (places.length > 0) onRange(places[0]!, places.at(-1)!)
    },
    [rows, onRange],
  )
  return (
    <Grid>
      <PageHead
        title="Alerts"
        note={data && noteOf(data, filter === '' && receiver === '' ? summary.data?.calling : undefined)}
        tabs={<AlertTabs />}
      >
        <GroupBy chosen={group} names={data?.labelNames ?? []} onChange={(next) => set({ group: next })} />
      </PageHead>
      <div className={classes.filters}>
        <FilterField
          ref={field}
          filter={filter}
          wrong={error !== null && filter !== '' && error.message}
          onFilter={(next) => set({ filter: next === '' ? undefined : next }, true)}
        />
        {receiver !== '' && (
          <Button onClick={() => set({ receiver: undefined })} title="Show alerts to everybody">
            to {receiver} <IconX size={14} aria-hidden="true" />
          </Button>
        )}
        <Standings counts={data?.counts} state={state} onState={(next) => set({ state: next })} />
      </div>
      <EndingSilences />
      {chosen.size > 0 && (
        <div className={classes.bulk} role="toolbar" aria-label="Selected alerts">
          <b>{formatCount(chosen.size)} selected</b>
          <Button small onClick={() => setAcknowledging([...chosen.values()])}>
            <IconCheck size={14} aria-hidden="true" /> Acknowledge
          </Button>
          <Button small onClick={() => silence([...chosen.values()])}>
            <IconBellOff size={14} aria-hidden="true" /> Silence
          </Button>
          <span className={classes.common}>
            {Object.keys(commonLabels([...chosen.values()].map((a) => a.labels))).length === 0
              ? 'they have no label in common'
              : 'a silence begins with what they have in common'}
          </span>
          <Button small look="quiet" onClick={() => setChosen(new Map())}>
            <IconX size={14} aria-hidden="true" /> Clear
          </Button>
        </div>
      )}
      <Sheet>
        {data === undefined && error === null && <Loading label="Alerts" height={220} />}
        {data === undefined && error !== null && (
          <Failed what="The alerts could not be loaded" error={error} onRetry={first.refetch} height={220} />
        )}
        {data !== undefined && data.total === 0 && (
          <NoAlerts data={data} filtered={filter !== '' || receiver !== ''} state={state} />
        )}
        {data?.groupsCut === true && (
          <TooMuch>
            Only the first {formatCount(data.groups.length)} groups have a head; alerts behind them follow without.
            Group by fewer labels, or filter.
          </TooMuch>
        )}
        {data !== undefined && data.total > 0 && (
          <div
            className={classes.list}
            data-dimmed={first.isPlaceholderData || undefined}
            data-bulk={chosen.size > 0 || undefined}
          >
            <VirtualRows
              label="Alerts"
              count={rows.length}
              estimate={(i) => (rows[i]!.kind === 'group' ? 40 : 60)}
              onRange={setRange}
              render={(i) => {
                const row = rows[i]!
                if (row.kind === 'group') return <GroupHead group={row.group} onPick={pick} />
                const alert = paged.at(row.index)
                const page = paged.pageOf(row.index)
                if (alert === undefined || page === undefined) return <div className={classes.coming} />
                return (
                  <AlertRow
                    alert={alert}
                    rule={alert.rule === undefined ? undefined : page.rules[alert.rule]}
                    selected={chosen.has(alert.fingerprint)}
                    without={group}
                    around={page}
                    onSelect={() => toggle(alert)}
                    onPick={pick}
                    onAcknowledge={() => setAcknowledging([alert])}
                  />
                )
              }}
            />
          </div>
        )}
      </Sheet>
      {acknowledging.length > 0 && (
        <AcknowledgeForm
          fingerprints={acknowledging.map((a) => a.fingerprint)}
          what={
            acknowledging.length === 1
              ? (acknowledging[0]!.labels.alertname ?? 'the alert')
              : `${formatCount(acknowledging.length)} alerts`
          }
          onDone={() => {
            setAcknowledging([])
            setChosen(new Map())
          }}
          onCancel={() => setAcknowledging([])}
        />
      )}
    </Grid>
  )
}

/** `calling`: how many of those that fire call for somebody, where it is known; the others fire always, by intention. */
function noteOf({ counts }: AlertList, calling: number | undefined): string {
  const firing = counts.firing + counts.nodata
  const always = calling === undefined ? 0 : Math.max(0, firing - calling)
  const parts = [`${formatCount(firing - always)} firing`]
  if (always > 0) parts.push(`${formatCount(always)} of severity none`)
  if (counts.acknowledged > 0) parts.push(`${formatCount(counts.acknowledged)} acknowledged`)
  if (counts.pending > 0) parts.push(`${formatCount(counts.pending)} pending`)
  const quiet = counts.silenced + counts.inhibited + counts.muted
  if (quiet > 0) parts.push(`${formatCount(quiet)} kept quiet`)
  return parts.join(' · ')
}

function Standings({
  counts,
  state,
  onState,
}: {
  counts: AlertList['counts'] | undefined
  state: Standing | undefined
  onState: (state: Standing | undefined) => void
}) {
  const shown = STANDINGS.filter((s) => s === 'firing' || s === 'pending' || s === state || (counts?.[s] ?? 0) > 0)
  // What is not known yet is not zero.
  const all = counts === undefined ? undefined : STANDINGS.reduce((sum, s) => sum + counts[s], 0)
  return (
    <Segmented<Standing | 'all'>
      label="Standing"
      value={state ?? 'all'}
      options={[
        { value: 'all', text: 'All', count: all },
        ...shown.map((s) => ({
          value: s,
          text: `${STANDING_WORDS[s][0]!.toUpperCase()}${STANDING_WORDS[s].slice(1)}`,
          count: counts?.[s],
        })),
      ]}
      onChange={(next) => onState(next === 'all' ? undefined : next)}
    />
  )
}

function GroupHead({
  group,
  onPick,
}: {
  group: AlertList['groups'][number]
  onPick: (name: string, value: string) => void
}) {
  const none = Object.keys(group.labels).length === 0
  return (
    <div className={classes.groupHead}>
      {none ? (
        <span className={classes.quiet}>without these labels</span>
      ) : (
        <LabelChips labels={group.labels} onPick={onPick} />
      )}
      <span className={classes.quiet}>
        {formatCount(group.count)} {group.count === 1 ? 'alert' : 'alerts'}
        {group.firing > 0 && group.firing < group.count && `, ${formatCount(group.firing)} firing`}
      </span>
    </div>
  )
}

function NoAlerts({ data, filtered, state }: { data: AlertList; filtered: boolean; state: Standing | undefined }) {
  const all = STANDINGS.reduce((sum, s) => sum + data.counts[s], 0)
  if (all > 0 && state !== undefined)
    return (
      <Empty title={`Nothing is ${STANDING_WORDS[state]}`} height={160}>
        {formatCount(all)} {all === 1 ? 'alert stands' : 'alerts stand'} elsewhere: choose All.
      </Empty>
    )
  if (filtered)
    return (
      <Empty title="No alert matches" height={160}>
        Drop a matcher. An empty value, as in team="", finds alerts without the label.
      </Empty>
    )
  return (
    <Empty title="Nothing fires" height={160}>
      Alerts of rules and of other senders stand here as soon as one is pending or firing.
    </Empty>
  )
}
