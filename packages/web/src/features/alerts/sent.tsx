import type { NotificationRecord } from '../../api/index.ts'
import { withheldText } from '../../ui/alert/index.ts'
import { formatDuration } from '../../ui/format/index.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import classes from './alerts.module.css'

/** A notification: to whom, how, and what the other side said. */
export function Sent({ record }: { record: NotificationRecord }) {
  if (record.withheld !== undefined) return <Withheld record={record} why={record.withheld} />
  const count = (record.firingCount ?? record.firing.length) + (record.resolvedCount ?? record.resolved.length)
  return (
    <div>
      <p className={classes.sent}>
        <StateBadge tone={record.delivered ? 'ok' : 'critical'}>{record.delivered ? 'sent' : 'not sent'}</StateBadge>
        <span>
          {record.test && 'test '}
          {record.status} to <b>{record.receiver}</b> by {record.integration}
          {record.index > 0 && ` ${record.index + 1}`}
        </span>
        <span className={classes.quiet}>
          {count > 1 && `with ${count - 1} more, `}
          {record.attempts > 1 && `${record.attempts} attempts, `}
          {formatDuration(record.durationMs)}
        </span>
      </p>
      {record.answer !== '' && (
        <p className={classes.answer} data-bad={!record.delivered || undefined}>
          {record.answer}
        </p>
      )}
    </div>
  )
}

function Withheld({ record, why }: { record: NotificationRecord; why: NonNullable<NotificationRecord['withheld']> }) {
  return (
    <p className={classes.sent}>
      <StateBadge tone="unknown">withheld</StateBadge>
      <span>
        {record.receiver === '' ? 'nobody' : <b>{record.receiver}</b>} was not told: {withheldText(why)}
      </span>
    </p>
  )
}
