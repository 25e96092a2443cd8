import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useRouterState, useSearch } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import { type ActiveTarget, findingsOf, selfQuery, targets } from '../../api/index.ts'
import { formatCount } from '../../ui/format/index.ts'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import { Findings } from './findings.tsx'
import { groupTargets } from './group-targets.ts'
import type { TargetState, TargetsSearch } from './search.ts'
import { moveFocus, TargetList } from './target-list.tsx'
import classes from './targets.module.css'

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
    { keys: 'j', label: 'Next target', group: 'This page', run: () => moveFocus(1) },
    { keys: 'k', label: 'Previous target', group: 'This page', run: () => moveFocus(-1) },
  ])
  const count = (state: ActiveTarget['health']) => data?.activeTargets.filter((t) => t.health === state).length ?? 0
  const droppedCount =
    Object.values(data?.droppedTargetCounts ?? {}).reduce((sum, n) => sum + n, 0) || (data?.droppedTargets.length ?? 0)
  const { text, state } = search
  const problems = self?.config.problems
  const groups = useMemo(
    () => (data === undefined ? [] : groupTargets(data, { ...(text && { text }), ...(state && { state }) }, problems)),
    [data, text, state, problems],
  )
  const findings = self === undefined ? [] : findingsOf(self)
  const hash = useRouterState({ select: (s) => s.location.hash })
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
            onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
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
      {findings.length > 0 && (
        <Findings findings={findings} reloadError={self?.config.lastReload?.error} asked={hash === 'configuration'} />
      )}
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
      {groups.length > 0 && (
        <Sheet>
          <TargetList
            groups={groups}
            open={search.open}
            onOpen={(open) => set({ open } as never, true)}
            showDropped={state === 'dropped' || (text !== undefined && groups.every((g) => g.active.length === 0))}
          />
        </Sheet>
      )}
    </Grid>
  )
}

function NoTargets({ any }: { any: boolean }) {
  if (any) return <Empty title="No target matches">Drop a word of the filter, or choose another state.</Empty>
  return (
    <Empty title="No targets yet">
      Start with <code>--prometheus-config prometheus.yml</code>; a file that Prometheus takes works unchanged.
    </Empty>
  )
}
