import { IconChevronRight, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Fragment, useRef } from 'react'
import {
  type ActiveTarget,
  type ConfigFinding,
  type DroppedTarget,
  type LabelMap,
  selfQuery,
  targets,
} from '../../api/index.ts'
import { formatCount, formatDuration } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { StateBadge, StateMark, type StateTone } from '../../ui/state-badge.tsx'
import table from '../../ui/table.module.css'
import { TextField } from '../../ui/text-field.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import { groupTargets, scrapedAt, type TargetGroup } from './group-targets.ts'
import type { TargetState, TargetsSearch } from './search.ts'
import { TargetDetail } from './target-detail.tsx'
import classes from './targets.module.css'

const MAX_SHOWN = 200

const TONES: Readonly<Record<ActiveTarget['health'], StateTone>> = { up: 'ok', down: 'critical', unknown: 'unknown' }

/** Everything that is scraped: by job, what is down first, with the reason; and what relabelling dropped. */
export function TargetsPage() {
  const search: TargetsSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { intervalMs } = useRefresh()
  const field = useRef<HTMLInputElement>(null)
  const { data, error, refetch } = useQuery({
    ...targets.list(),
    refetchInterval: intervalMs === false ? 5000 : intervalMs,
    placeholderData: keepPreviousData,
  })
  const { data: self } = useQuery(selfQuery)
  const set = (change: TargetsSearch, replace = false) =>
    void navigate({ to: '.', replace, search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never)
  useKeys([
    { keys: '/', label: 'Filter targets', group: 'This page', run: () => field.current?.focus() },
    { keys: 'j', label: 'Next target', group: 'This page', run: () => move(1) },
    { keys: 'k', label: 'Previous target', group: 'This page', run: () => move(-1) },
  ])
  const count = (state: ActiveTarget['health']) => data?.activeTargets.filter((t) => t.health === state).length ?? 0
  const droppedCount =
    Object.values(data?.droppedTargetCounts ?? {}).reduce((sum, n) => sum + n, 0) || (data?.droppedTargets.length ?? 0)
  const groups = data === undefined ? [] : groupTargets(data, search)
  const findings =
    self === undefined
      ? []
      : [
          ...self.config.errors.map((f) => ({ ...f, tone: 'critical' as const })),
          ...self.config.warnings.map((f) => ({ ...f, tone: 'warning' as const })),
        ]
  return (
    <Grid>
      <div className={classes.head}>
        <h1>
          Targets
          {data !== undefined && (
            <small>
              {formatCount(count('up'))} of {formatCount(data.activeTargets.length)} up
            </small>
          )}
        </h1>
        <div className={classes.filters}>
          <TextField
            ref={field}
            label="Filter targets"
            placeholder="Label, address or error"
            icon={<IconSearch size={15} aria-hidden="true" />}
            value={search.text ?? ''}
            onChange={(event) => set({ text: event.target.value }, true)}
          />
          <Segmented<TargetState | 'all'>
            label="State"
            value={search.state ?? 'all'}
            options={[
              { value: 'all', text: 'All' },
              { value: 'up', text: 'Up', count: count('up') },
              { value: 'down', text: 'Down', count: count('down') },
              ...(count('unknown') > 0 || search.state === 'unknown'
                ? [{ value: 'unknown' as const, text: 'Waiting', count: count('unknown') }]
                : []),
              { value: 'dropped', text: 'Dropped', count: droppedCount },
            ]}
            onChange={(state) => set(state === 'all' ? ({ state: undefined } as never) : { state })}
          />
        </div>
      </div>
      {data === undefined && error === null && (
        <Sheet>
          <Loading label="Targets" height={160} />
        </Sheet>
      )}
      {error !== null && data === undefined && (
        <Sheet>
          <Failed what="The targets could not be loaded" error={error} onRetry={refetch} />
        </Sheet>
      )}
      {data !== undefined && groups.length === 0 && (
        <Sheet>
          <NoTargets any={data.activeTargets.length > 0} />
        </Sheet>
      )}
      {groups.map((group) => (
        <JobSheet key={group.job} group={group} open={search.open} onOpen={(open) => set({ open } as never)} />
      ))}
      {findings.length > 0 && <Findings findings={findings} reloadError={self?.config.lastReload?.error} />}
    </Grid>
  )
}

/** Moves the focus from one target's row to the next. */
function move(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-target-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
}

function NoTargets({ any }: { any: boolean }) {
  if (any) return <Empty title="No target matches">Drop a word of the filter, or choose another state.</Empty>
  return (
    <Empty title="No targets yet">
      Start with <code>--prometheus-config prometheus.yml</code>; a file that Prometheus takes works unchanged.
    </Empty>
  )
}

function JobSheet({
  group,
  open,
  onOpen,
}: {
  group: TargetGroup
  open: string | undefined
  onOpen: (open: string | undefined) => void
}) {
  const down = group.total - group.up
  return (
    <Sheet
      title={<code className={classes.job}>{group.job}</code>}
      note={
        <span className={classes.count}>
          <StateMark tone={group.total === 0 ? 'unknown' : down === 0 ? 'ok' : 'critical'} />
          {group.total === 0 ? 'all dropped' : `${formatCount(group.up)} of ${formatCount(group.total)} up`}
        </span>
      }
    >
      {group.active.length > 0 && (
        <table className={`${table.table} ${table.cards} ${classes.targets}`}>
          <thead>
            <tr>
              <th className={classes.state}>state</th>
              <th>instance and labels</th>
              <th className={`${table.num} ${classes.figure}`}>last scrape</th>
              <th className={`${table.num} ${classes.figure}`}>took</th>
              <th className={`${table.num} ${classes.figure}`}>samples</th>
            </tr>
          </thead>
          <tbody>
            {group.active.slice(0, MAX_SHOWN).map((target) => {
              const id = target.id ?? `${target.scrapePool} ${target.scrapeUrl}`
              return (
                <TargetRow
                  key={id}
                  target={target}
                  opened={open === id}
                  onToggle={() => onOpen(open === id ? undefined : id)}
                />
              )
            })}
          </tbody>
        </table>
      )}
      {group.active.length > MAX_SHOWN && (
        <p className={classes.quiet}>
          {MAX_SHOWN} of {formatCount(group.active.length)} shown, what is down first. Narrow with the filter above.
        </p>
      )}
      {group.dropped.length > 0 && <Dropped targets={group.dropped} />}
    </Sheet>
  )
}

function TargetRow({ target, opened, onToggle }: { target: ActiveTarget; opened: boolean; onToggle: () => void }) {
  const scraped = scrapedAt(target.lastScrape)
  const bodyId = `target-${target.id ?? target.scrapeUrl}`
  return (
    <Fragment>
      <tr data-opened={opened || undefined}>
        <td data-wide>
          <StateBadge tone={TONES[target.health]}>{target.health === 'unknown' ? 'waiting' : target.health}</StateBadge>
        </td>
        <td data-wide className={classes.what}>
          <button
            type="button"
            className={classes.instance}
            data-target-row
            aria-expanded={opened}
            aria-controls={bodyId}
            onClick={onToggle}
          >
            <IconChevronRight size={14} aria-hidden="true" />
            {target.labels.instance ?? target.scrapeUrl}
          </button>
          {hasMore(target.labels) && <LabelChips labels={target.labels} without={['instance', 'job']} />}
          {target.lastError !== '' && <p className={classes.error}>{target.lastError}</p>}
        </td>
        <td className={table.num} data-label="last scrape">
          {scraped === undefined ? 'never' : <Age atMs={scraped} />}
        </td>
        <td className={table.num} data-label="took">
          {scraped === undefined ? '–' : formatDuration(target.lastScrapeDuration * 1000)}
        </td>
        <td className={table.num} data-label="samples">
          {target.lastSamples === undefined || scraped === undefined ? '–' : formatCount(target.lastSamples)}
        </td>
      </tr>
      {opened && (
        <tr>
          <td colSpan={5} id={bodyId} data-wide className={classes.body}>
            <TargetDetail target={target} />
          </td>
        </tr>
      )}
    </Fragment>
  )
}

const hasMore = (labels: LabelMap) => Object.keys(labels).some((name) => name !== 'instance' && name !== 'job')

function Dropped({ targets: dropped }: { targets: readonly DroppedTarget[] }) {
  return (
    <details className={classes.dropped}>
      <summary>{formatCount(dropped.length)} dropped by relabelling</summary>
      <ul>
        {dropped.slice(0, MAX_SHOWN).map((target, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: dropped targets have no identity of their own
          <li key={i}>
            <p>
              <b>{target.discoveredLabels.__address__ ?? 'no address'}</b>
              {target.droppedBy !== undefined && target.droppedBy !== '' && <> · {target.droppedBy}</>}
            </p>
            <LabelChips labels={withoutNoise(target.discoveredLabels)} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function withoutNoise(labels: LabelMap): LabelMap {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([name]) => !/^__(address|scheme|metrics_path|scrape_interval|scrape_timeout)__$/.test(name),
    ),
  )
}

/** The last two parts of a path: enough to know the file; the whole stands in the title. */
function shortPath(path: string): string {
  return path.split('/').slice(-2).join('/')
}

function Findings({
  findings,
  reloadError,
}: {
  findings: readonly (ConfigFinding & { tone: 'critical' | 'warning' })[]
  reloadError: string | undefined
}) {
  return (
    <Sheet title="Configuration" note="what the files say that is wrong or not used yet" id="configuration">
      {reloadError !== undefined && (
        <p className={classes.error}>The last reload failed, the configuration before it goes on: {reloadError}</p>
      )}
      <ul className={classes.findings}>
        {findings.map((f) => (
          <li key={`${f.file}:${f.line}:${f.column}:${f.message}`}>
            <StateBadge tone={f.tone}>{f.tone === 'critical' ? 'error' : 'warning'}</StateBadge>
            <code title={f.file}>
              {shortPath(f.file)}:{f.line}
            </code>
            <span>{f.message}</span>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}
