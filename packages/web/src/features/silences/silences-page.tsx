import { IconClockPlus, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import { alerts, expireSilence, extendSilence, SILENCE_ROWS, type Silence, silences } from '../../api/index.ts'
import { addMatcher, formatMatcher } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { FilterField } from '../../ui/filter-field.tsx'
import { formatCount, formatDateTime, formatDuration, formatUtc } from '../../ui/format/index.ts'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { StateBadge, StateMark, type StateTone } from '../../ui/state-badge.tsx'
import { useNow } from '../../ui/use-now.ts'
import { usePaged } from '../../ui/use-paged.ts'
import { moveFocusAmong, VirtualRows } from '../../ui/virtual-rows.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import type { SilenceState, SilencesSearch } from './search.ts'
import classes from './silences.module.css'

/** So near to its end, a silence of what still goes on is marked. */
const SOON_MS = 15 * 60_000

/** What is kept quiet: by whom, why, how long, and how much of what fires now. */
export function SilencesPage() {
  const search: SilencesSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { value: refresh } = useRefresh()
  const every = refresh === 'off' ? (false as const) : 5000
  const field = useRef<HTMLInputElement>(null)
  const { filter = '', state = 'active' } = search
  const request = useMemo(() => ({ state, filter }), [state, filter])
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...silences.page(request, 0),
    refetchInterval: every,
    placeholderData: keepPreviousData,
  })
  const paged = usePaged(data, SILENCE_ROWS, (offset) => silences.page(request, offset), every)
  const asked = useQuery({ ...silences.one(search.open ?? ''), enabled: search.open !== undefined })
  const set = (change: Partial<Record<keyof SilencesSearch, string | undefined>>, replace = false) =>
    void navigate({ to: '.', replace, search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never)
  useKeys([
    { keys: '/', label: 'Filter silences', group: 'This page', run: () => field.current?.focus() },
    { keys: 'n', label: 'New silence', group: 'This page', run: () => void navigate({ to: '/silences/new' }) },
    { keys: 'j', label: 'Next silence', group: 'This page', run: () => moveFocusAmong('[data-silence] a', 1) },
    { keys: 'k', label: 'Previous silence', group: 'This page', run: () => moveFocusAmong('[data-silence] a', -1) },
  ])
  return (
    <Grid>
      <PageHead
        title="Silences"
        note={
          data &&
          `${formatCount(data.counts.active)} active${data.counts.pending > 0 ? ` · ${formatCount(data.counts.pending)} to come` : ''}`
        }
      >
        <Link to="/silences/new" className={classes.new} title="n">
          <IconPlus size={15} aria-hidden="true" /> New silence
        </Link>
      </PageHead>
      <div className={classes.filters}>
        <FilterField
          ref={field}
          filter={filter}
          wrong={error !== null && filter !== '' && error.message}
          onFilter={(next) => set({ filter: next === '' ? undefined : next }, true)}
        />
        <Segmented<SilenceState>
          label="Which silences"
          value={state}
          options={(
            [
              ['active', 'Active'],
              ['pending', 'To come'],
              ['expired', 'Expired'],
            ] as const
          ).map(([value, text]) => ({ value, text, count: data?.counts[value] }))}
          onChange={(next) => set({ state: next === 'active' ? undefined : next, open: undefined })}
        />
      </div>
      {search.open !== undefined && (
        <Sheet
          title="This silence"
          actions={
            <Button small look="quiet" onClick={() => set({ open: undefined })}>
              Show all
            </Button>
          }
        >
          {asked.data !== undefined && <SilenceRow silence={asked.data} open />}
          {asked.data === undefined && asked.error === null && <Loading label="Silence" height={60} />}
          {asked.error !== null && <Failed what="This silence could not be loaded" error={asked.error} />}
        </Sheet>
      )}
      <Sheet>
        {data === undefined && error === null && <Loading label="Silences" height={160} />}
        {data === undefined && error !== null && (
          <Failed what="The silences could not be loaded" error={error} onRetry={refetch} height={160} />
        )}
        {data !== undefined && data.total === 0 && (
          <Empty title={filter === '' ? EMPTY[state] : 'No silence matches'} height={160}>
            {filter === '' ? (
              <>
                Silence an alert from its row in <Link to="/alerts">Alerts</Link>: what it would mute is shown before it
                is saved.
              </>
            ) : (
              'Drop a matcher.'
            )}
          </Empty>
        )}
        {data !== undefined && data.total > 0 && (
          <div className={classes.list} data-dimmed={isPlaceholderData || undefined}>
            <VirtualRows
              label="Silences"
              count={data.total}
              estimate={() => 74}
              onRange={paged.onRange}
              render={(i) => {
                const silence = paged.at(i)
                if (silence === undefined) return <div className={classes.coming} />
                return <SilenceRow silence={silence} onPick={(m) => set({ filter: addMatcher(filter, m) })} />
              }}
            />
          </div>
        )}
      </Sheet>
    </Grid>
  )
}

const EMPTY = {
  active: 'Nothing is silenced',
  pending: 'No silence is to come',
  expired: 'No silence has ended lately',
} as const

const TONES: Readonly<Record<Silence['state'], StateTone>> = { active: 'info', pending: 'unknown', expired: 'unknown' }
const WORDS = { active: 'active', pending: 'to come', expired: 'expired' } as const

function SilenceRow({
  silence,
  onPick,
  open = false,
}: {
  silence: Silence
  onPick?: (matcher: Silence['matchers'][number]) => void
  open?: boolean
}) {
  const now = useNow(10_000)
  const client = useQueryClient()
  const settled = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: silences.all }),
      client.invalidateQueries({ queryKey: alerts.all }),
    ])
  const expire = useMutation({ mutationFn: () => expireSilence(silence.id), onSettled: settled })
  const extend = useMutation({
    mutationFn: () => extendSilence(silence.id),
    onSettled: settled,
  })
  const { state } = silence
  const error = expire.error ?? extend.error
  const filter = silence.matchers.map(formatMatcher).join(', ')
  return (
    <article className={classes.silence} data-silence={silence.id} data-open={open || undefined}>
      <StateBadge tone={TONES[state]}>{WORDS[state]}</StateBadge>
      <div className={classes.what}>
        <ul className={classes.chips} aria-label="Matchers">
          {silence.matchers.map((m) => (
            <li key={formatMatcher(m)}>
              {onPick === undefined ? (
                <code>{formatMatcher(m)}</code>
              ) : (
                <button type="button" title="Filter by this" onClick={() => onPick(m)}>
                  {formatMatcher(m)}
                </button>
              )}
            </li>
          ))}
        </ul>
        <p className={classes.reason}>{silence.comment}</p>
        <p className={classes.quiet}>
          by <b>{silence.createdBy}</b> ·{' '}
          <Link to="/alerts" search={{ filter } as never}>
            {silence.matched === 0
              ? 'matches nothing now'
              : state === 'expired'
                ? `would match ${formatCount(silence.matched)} now`
                : `mutes ${formatCount(silence.matched)} now`}
          </Link>
          {!open && (
            <>
              {' '}
              ·{' '}
              <Link to="/silences" search={{ open: silence.id, ...(state === 'active' ? {} : { state }) } as never}>
                {silence.id.slice(0, 8)}
              </Link>
            </>
          )}
        </p>
        {error !== null && <Failed what="The silence could not be changed" error={error} />}
      </div>
      <div className={classes.when}>
        <b>
          {state === 'active' && silence.matched > 0 && silence.endsAtMs - now < SOON_MS && (
            <span title="It ends soon, and what it mutes goes on">
              <StateMark tone="warning" />{' '}
            </span>
          )}
          {leftOf(silence, now)}
        </b>
        <span
          title={`${formatDateTime(silence.startsAtMs)} to ${formatDateTime(silence.endsAtMs)} local\n${formatUtc(silence.endsAtMs)}`}
        >
          {state === 'pending' ? 'from' : state === 'active' ? 'until' : 'since'}{' '}
          {formatDateTime(state === 'pending' ? silence.startsAtMs : silence.endsAtMs).slice(0, 16)}
        </span>
      </div>
      <div className={classes.acts}>
        {state !== 'expired' && (
          <Button small disabled={extend.isPending} onClick={() => extend.mutate()} title="Ends an hour later">
            <IconClockPlus size={14} aria-hidden="true" /> 1 h
          </Button>
        )}
        <Link
          to="/silences/new"
          search={{ edit: silence.id } as never}
          className={classes.iconLink}
          aria-label={state === 'expired' ? 'Make it again' : 'Change it'}
          title={state === 'expired' ? 'Make it again' : 'Change it'}
        >
          <IconPencil size={15} aria-hidden="true" />
        </Link>
        {state !== 'expired' && (
          <Button
            small
            icon
            look="quiet"
            disabled={expire.isPending}
            onClick={() => expire.mutate()}
            aria-label="Expire it now"
            title="Expire it now: its alerts are told again"
          >
            <IconTrash size={15} aria-hidden="true" />
          </Button>
        )}
      </div>
    </article>
  )
}

function leftOf(silence: Silence, nowMs: number): string {
  const short = (ms: number) =>
    formatDuration(Math.max(0, Math.round(ms / 60_000) * 60_000)).replace(/^0 µs$/, '< 1 min')
  if (silence.state === 'active') return `${short(silence.endsAtMs - nowMs)} left`
  if (silence.state === 'pending') return `in ${short(silence.startsAtMs - nowMs)}`
  return `${short(nowMs - silence.endsAtMs)} ago`
}
