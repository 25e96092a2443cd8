import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import {
  history,
  type NotificationRecord,
  type NotificationsRequest,
  notificationParams,
  routing,
} from '../../api/index.ts'
import { addMatcher } from '../../ui/alert/index.ts'
import { formatCount, formatDateTime, formatUtc } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { intervalOf, useTimeRange } from '../../view/index.ts'
import classes from './alerts.module.css'
import { HistoryFrame } from './history-frame.tsx'
import { HistoryList } from './history-list.tsx'
import type { HistorySearch } from './search.ts'
import { Sent } from './sent.tsx'
import { useHistoryPages } from './use-history-pages.ts'

const RESULTS = [
  { value: '', text: 'any result' },
  { value: 'delivered', text: 'sent' },
  { value: 'failed', text: 'not sent' },
  { value: 'withheld', text: 'withheld' },
]
const STATUSES = [
  { value: '', text: 'beginnings and ends' },
  { value: 'firing', text: 'that they fire' },
  { value: 'resolved', text: 'that they ended' },
]
const MOST_NAMES = 3

/** Who was told of what, with the other side's answer; and who was not, and why. */
export function HistoryNotifications() {
  const search: HistorySearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { range } = useTimeRange()
  const { filter = '', receiver = '', result = '', status = '' } = search
  const request = useCallback((): NotificationsRequest => {
    const { fromMs, toMs } = intervalOf(range, Date.now())
    return { fromMs, toMs, filter, receiver, result, status }
  }, [range, filter, receiver, result, status])
  const pages = useHistoryPages(history.notifications(['page', range, filter, receiver, result, status], request))
  const { items, hasMore } = pages
  const { data: routes } = useQuery(routing.tree())
  const set = useCallback(
    (change: Partial<Record<keyof HistorySearch, string | undefined>>) =>
      void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, ...change }) } as never),
    [navigate],
  )
  const chosen = [receiver, result, status].filter((one) => one !== '').length
  // One that was removed from the configuration has a history still.
  const receivers = [...new Set([...(routes?.receivers ?? []).map(({ name }) => name), receiver])].filter(
    (one) => one !== '',
  )
  return (
    <HistoryFrame
      what="notifications"
      note={
        pages.isLoaded &&
        `${formatCount(items.length)}${hasMore ? ' newest' : ''} ${items.length === 1 ? 'notification' : 'notifications'}`
      }
      exportPath={() => `/api/app/alerts/notifications/export?${notificationParams(request())}`}
      chosen={chosen}
      wrong={pages.error !== null && filter !== '' && pages.error.message}
      fields={
        <>
          <SelectField
            label="to"
            shown
            value={receiver}
            options={[{ value: '', text: 'any receiver' }, ...receivers.map((value) => ({ value, text: value }))]}
            onChange={(value) => set({ receiver: value || undefined })}
          />
          <SelectField
            label="with"
            shown
            value={result}
            options={RESULTS}
            onChange={(value) => set({ result: value || undefined })}
          />
          <SelectField
            label="of"
            shown
            value={status}
            options={STATUSES}
            onChange={(value) => set({ status: value || undefined })}
          />
        </>
      }
    >
      <HistoryList
        pages={pages}
        label="Notifications"
        empty={filter !== '' || chosen > 0 ? 'No notification matches' : 'Nobody was told of anything in this range'}
        filtered={filter !== '' || chosen > 0}
        render={(record) => (
          <Notification
            record={record}
            onPick={(name, value) => set({ filter: addMatcher(filter, { name, kind: '=', value }) })}
          />
        )}
      />
    </HistoryFrame>
  )
}

function Notification({
  record,
  onPick,
}: {
  record: NotificationRecord
  onPick: (name: string, value: string) => void
}) {
  const { atMs, groupLabels, alertnames = [], firing, resolved } = record
  const count = (record.firingCount ?? firing.length) + (record.resolvedCount ?? resolved.length)
  const fingerprint = firing[0] ?? resolved[0]
  const names = alertnames.length === 0 ? '(no name)' : alertnames.slice(0, MOST_NAMES).join(', ')
  const title = `${names}${alertnames.length > MOST_NAMES ? ` and ${alertnames.length - MOST_NAMES} more` : ''}`
  return (
    <article className={classes.notification}>
      <time dateTime={new Date(atMs).toISOString()} title={formatUtc(atMs)}>
        {formatDateTime(atMs)}
      </time>
      <Sent record={record} />
      <div className={classes.name}>
        {fingerprint === undefined ? (
          <b>{title}</b>
        ) : (
          <Link to="/alerts/$fingerprint" params={{ fingerprint }}>
            {title}
          </Link>
        )}
        {count > 1 && <span className={classes.quiet}>{formatCount(count)} alerts</span>}
        {Object.keys(groupLabels).some((name) => name !== 'alertname') && (
          <LabelChips labels={groupLabels} without={['alertname']} onPick={onPick} most={6} />
        )}
      </div>
    </article>
  )
}
