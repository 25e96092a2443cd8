import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { type HistoryEvent, type HistoryRequest, history, historyParams, REASONS } from '../../api/index.ts'
import { addMatcher, CareWords, TransitionWords, titleOf } from '../../ui/alert/index.ts'
import { formatCount, formatDateTime, formatNumber, formatUtc } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { TooMuch } from '../../ui/notice.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { intervalOf, useTimeRange } from '../../view/index.ts'
import classes from './alerts.module.css'
import { HistoryFrame } from './history-frame.tsx'
import { HistoryList } from './history-list.tsx'
import type { HistorySearch } from './search.ts'
import { useHistoryPages } from './use-history-pages.ts'

const STATES = [
  { value: 'inactive', text: 'not active' },
  { value: 'pending', text: 'pending' },
  { value: 'firing', text: 'firing' },
  { value: 'nodata', text: 'no data' },
]
const KINDS = [
  { value: '', text: 'everything' },
  { value: 'state', text: 'changes of state' },
  { value: 'acknowledgement', text: 'acknowledgements' },
  { value: 'silence', text: 'silences' },
  { value: 'inhibition', text: 'inhibitions' },
  { value: 'escalation', text: 'escalations' },
]
const SLOTS = 120

/** What became of alerts and what was done about them. */
export function HistoryEvents() {
  const search: HistorySearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { range } = useTimeRange()
  const { filter = '', kind = '', was = '', became = '', reason = '' } = search
  const request = useCallback((): HistoryRequest => {
    const { fromMs, toMs } = intervalOf(range, Date.now())
    return { fromMs, toMs, filter, kind, from: was, to: became, reason }
  }, [range, filter, kind, was, became, reason])
  const pages = useHistoryPages(history.events(['page', range, filter, kind, was, became, reason], request))
  const { items, hasMore } = pages
  const set = useCallback(
    (change: Partial<Record<keyof HistorySearch, string | undefined>>) =>
      void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never),
    [navigate],
  )
  // Only changes of state have states and reasons.
  const ofStates = kind === '' || kind === 'state'
  const chosen = [kind, was, became, reason].filter((one) => one !== '').length
  return (
    <HistoryFrame
      what="events"
      note={
        pages.isLoaded &&
        `${formatCount(items.length)}${hasMore ? ' newest' : ''} ${items.length === 1 ? 'event' : 'events'}`
      }
      exportPath={() => `/api/app/alerts/history/export?${historyParams(request())}`}
      chosen={chosen}
      wrong={pages.error !== null && filter !== '' && pages.error.message}
      fields={
        <>
          <SelectField
            label="what"
            shown
            value={kind}
            options={KINDS}
            onChange={(value) =>
              set({
                kind: value || undefined,
                ...(value === '' || value === 'state' ? {} : { was: undefined, became: undefined, reason: undefined }),
              })
            }
          />
          {ofStates && (
            <>
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
            </>
          )}
        </>
      }
    >
      <HistoryList
        pages={pages}
        label="Events"
        empty={filter !== '' || chosen > 0 ? 'No event matches' : 'Nothing happened in this range'}
        filtered={filter !== '' || chosen > 0}
        above={ofStates && <Bars items={items} request={request()} whole={!hasMore} />}
        render={(event) => (
          <Event
            event={event}
            onPick={(name, value) => set({ filter: addMatcher(filter, { name, kind: '=', value }) })}
          />
        )}
      />
    </HistoryFrame>
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
