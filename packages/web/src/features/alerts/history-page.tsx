import { Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { type HistoryEvent, type HistoryRequest, history, historyParams, REASONS } from '../../api/index.ts'
import { addMatcher, CareWords, TransitionWords, titleOf } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { FilterField } from '../../ui/filter-field.tsx'
import { formatCount, formatDateTime, formatNumber, formatUtc } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading, TooMuch } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { VirtualRows } from '../../ui/virtual-rows.tsx'
import { intervalOf, useKeys, useRefresh, useTimeRange } from '../../view/index.ts'
import classes from './alerts.module.css'
import type { HistorySearch } from './search.ts'
import { AlertTabs } from './tabs.tsx'

const STATES = [
  { value: 'inactive', text: 'not active' },
  { value: 'pending', text: 'pending' },
  { value: 'firing', text: 'firing' },
  { value: 'nodata', text: 'no data' },
]
const SLOTS = 120
const FIRST_EVENTS = 50

/** What became of alerts and what was done about them in the page's time range, newest first. */
export function HistoryPage() {
  const search: HistorySearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { range, isKnown } = useTimeRange()
  const { intervalMs } = useRefresh()
  const field = useRef<HTMLInputElement>(null)
  const { filter = '', was = '', became = '', reason = '' } = search
  const request = useCallback((): HistoryRequest => {
    const { fromMs, toMs } = intervalOf(range, Date.now())
    return { fromMs, toMs, filter, from: was, to: became, reason }
  }, [range, filter, was, became, reason])
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = useInfiniteQuery({
    ...history.events(['page', range, filter, was, became, reason], request),
    enabled: isKnown,
    // Older pages do not change: only who looks at the newest asks anew.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : intervalMs),
    placeholderData: keepPreviousData,
  })
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const set = useCallback(
    (change: Partial<Record<keyof HistorySearch, string | undefined>>, replace = false) =>
      void navigate({ to: '.', replace, search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never),
    [navigate],
  )
  useKeys([{ keys: '/', label: 'Filter events', group: 'This page', run: () => field.current?.focus() }])
  const more = useCallback(
    (_first: number, last: number) => {
      if (last >= items.length - 20 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
    [items.length, hasNextPage, isFetchingNextPage, fetchNextPage],
  )
  // A call that finds little among many events says where to go on: nothing found is only true at the end.
  useEffect(() => {
    if (items.length < FIRST_EVENTS && hasNextPage && !isFetchingNextPage && error === null) void fetchNextPage()
  }, [items.length, hasNextPage, isFetchingNextPage, fetchNextPage, error])
  // On a phone these stand behind a button.
  const [unfolded, setUnfolded] = useState(false)
  const chosen = [was, became, reason].filter((one) => one !== '').length
  const filtered = filter !== '' || was !== '' || became !== '' || reason !== ''
  return (
    <Grid>
      <PageHead
        title="History"
        note={
          data &&
          `${formatCount(items.length)}${hasNextPage ? ' newest' : ''} ${items.length === 1 ? 'event' : 'events'}`
        }
        tabs={<AlertTabs />}
      >
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button>
              <IconDownload size={15} aria-hidden="true" /> Export
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {(['csv', 'json'] as const).map((format) => (
              <Menu.Item
                key={format}
                component="a"
                download
                href={`/api/app/alerts/history/export?format=${format}&${historyParams(request())}`}
              >
                All of this as {format.toUpperCase()}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </PageHead>
      <div className={classes.filters}>
        <FilterField
          ref={field}
          filter={filter}
          wrong={error !== null && filter !== '' && error.message}
          onFilter={(next) => set({ filter: next === '' ? undefined : next }, true)}
        />
        <span className={classes.foldButton}>
          <Button aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
            States and reason{chosen > 0 && ` (${chosen})`}
          </Button>
        </span>
        <div className={classes.folded} data-open={unfolded || undefined}>
          <SelectField
            label="from"
            shown
            value={was}
            options={[{ value: '', text: 'any state' }, ...STATES]}
            onChange={(value) => set({ was: value || undefined })}
          />
          <SelectField
            label="to"
            shown
            value={became}
            options={[{ value: '', text: 'any state' }, ...STATES]}
            onChange={(value) => set({ became: value || undefined })}
          />
          <SelectField
            label="because"
            shown
            value={reason}
            options={[
              { value: '', text: 'any reason' },
              ...Object.entries(REASONS).map(([value, text]) => ({ value, text })),
            ]}
            onChange={(value) => set({ reason: value || undefined })}
          />
        </div>
      </div>
      <Sheet>
        {data === undefined && error === null && <Loading label="History" height={220} />}
        {data === undefined && error !== null && (
          <Failed what="History could not be loaded" error={error} onRetry={refetch} height={220} />
        )}
        {data !== undefined && items.length === 0 && hasNextPage && <Loading label="Older events" height={160} />}
        {data !== undefined && items.length === 0 && !hasNextPage && (
          <Empty title={filtered ? 'No event matches' : 'Nothing happened in this range'} height={160}>
            {filtered ? 'Drop a condition, or choose a longer range.' : 'Choose a longer range at the top.'}
          </Empty>
        )}
        {items.length > 0 && (
          <div className={classes.list} data-dimmed={isPlaceholderData || undefined}>
            <Bars items={items} request={request()} whole={!hasNextPage} />
            <VirtualRows
              label="Events"
              count={items.length}
              estimate={() => 44}
              keyOf={(i) => items[i]!.id}
              onRange={more}
              render={(i) => (
                <Event
                  event={items[i]!}
                  onPick={(name, value) => set({ filter: addMatcher(filter, { name, kind: '=', value }) })}
                />
              )}
            />
            {isFetchingNextPage && <Loading label="Older events" height={40} />}
          </div>
        )}
      </Sheet>
    </Grid>
  )
}

/** Beginnings and ends over time. Where older events are not loaded yet, the bars begin with the oldest that is. */
function Bars({ items, request, whole }: { items: readonly HistoryEvent[]; request: HistoryRequest; whole: boolean }) {
  const fromMs = whole ? request.fromMs : (items.at(-1)?.atMs ?? request.fromMs)
  const { toMs } = request
  const slots = useMemo(() => {
    const found = Array.from({ length: SLOTS }, () => ({ begun: 0, ended: 0 }))
    for (const event of items) {
      if (event.kind !== 'state') continue
      const { atMs, to } = event
      const slot = found[Math.min(SLOTS - 1, Math.floor(((atMs - fromMs) / (toMs - fromMs)) * SLOTS))]
      if (slot === undefined) continue
      if (to === 'inactive') slot.ended++
      else if (to !== 'pending') slot.begun++
    }
    return found
  }, [items, fromMs, toMs])
  const most = Math.max(1, ...slots.map((s) => s.begun + s.ended))
  const begun = slots.reduce((sum, s) => sum + s.begun, 0)
  const ended = slots.reduce((sum, s) => sum + s.ended, 0)
  return (
    <figure aria-label={`${begun} began to fire, ${ended} ended`}>
      <div className={classes.bars} aria-hidden="true">
        {slots.map((s, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place in time is what a slot is
          <i key={i} style={{ height: '100%' }}>
            {s.begun > 0 && <b style={{ height: `${(s.begun / most) * 100}%` }} />}
            {s.ended > 0 && <b data-end style={{ height: `${(s.ended / most) * 100}%` }} />}
          </i>
        ))}
      </div>
      <div className={classes.barEnds}>
        <span>{formatDateTime(fromMs)}</span>
        <span className={classes.barKey}>
          <span>
            <i aria-hidden="true" /> {formatCount(begun)} began to fire
          </span>
          <span>
            <i aria-hidden="true" data-end /> {formatCount(ended)} ended
          </span>
        </span>
        <span>{formatDateTime(toMs)}</span>
      </div>
      {!whole && <TooMuch>The bars begin with the oldest event that is loaded; scroll down to load more.</TooMuch>}
    </figure>
  )
}

function Event({ event, onPick }: { event: HistoryEvent; onPick: (name: string, value: string) => void }) {
  const { atMs, labels, fingerprint } = event
  const value = event.kind === 'state' ? event.value : undefined
  const number = Number(value)
  return (
    <article className={classes.event}>
      <time dateTime={new Date(atMs).toISOString()} title={formatUtc(atMs)}>
        {formatDateTime(atMs)}
      </time>
      {event.kind === 'state' ? <TransitionWords transition={event} /> : <CareWords event={event} />}
      <p className={classes.name}>
        <Link to="/alerts/$fingerprint" params={{ fingerprint }}>
          {titleOf(labels)}
        </Link>
        {value !== undefined && (
          <span className={classes.quiet}>at {Number.isFinite(number) ? formatNumber(number) : value}</span>
        )}
        <LabelChips labels={labels} without={['alertname']} onPick={onPick} most={6} />
      </p>
    </article>
  )
}
