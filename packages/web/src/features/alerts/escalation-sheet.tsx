import type { EscalationChain } from '../../api/index.ts'
import { formatDateTime, formatDuration } from '../../ui/format/index.ts'
import { Sheet } from '../../ui/sheet.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { useNow } from '../../ui/use-now.ts'
import classes from './alerts.module.css'

const STATES = {
  climbing: 'it climbs until somebody acknowledges it',
  acknowledged: 'acknowledged: it climbs no further',
  paused: 'it is kept quiet: nobody further is told meanwhile',
} as const

/** Who was told, and who is next. */
export function EscalationSheet({ chain }: { chain: EscalationChain }) {
  const now = useNow(1000)
  const more = chain.alerts > 1 ? `, with ${chain.alerts - 1} more ${chain.alerts === 2 ? 'alert' : 'alerts'}` : ''
  return (
    <Sheet title="Escalation" note={`${chain.policy}${more}: ${STATES[chain.state]}`}>
      <ol className={classes.timeline}>
        {chain.levels.map((level, i) => (
          <li key={level.dueAtMs}>
            <span>level {i + 1}</span>
            <p className={classes.sent}>
              <b>{level.names.join(', ')}</b>
              {level.toldAtMs !== undefined ? (
                <>
                  <StateBadge tone="ok">told</StateBadge>
                  <span className={classes.quiet}>
                    <Age atMs={level.toldAtMs} />
                  </span>
                </>
              ) : (
                <span className={classes.quiet} title={formatDateTime(level.dueAtMs)}>
                  {chain.state === 'acknowledged' ? 'not needed' : whenDue(level.dueAtMs, now)}
                </span>
              )}
            </p>
          </li>
        ))}
      </ol>
    </Sheet>
  )
}

/** Whole minutes while it is far, seconds when it is near. */
function whenDue(dueAtMs: number, nowMs: number): string {
  const left = dueAtMs - nowMs
  if (left <= 0) return 'due now'
  return `in ${formatDuration(left > 600_000 ? Math.ceil(left / 60_000) * 60_000 : Math.ceil(left / 1000) * 1000)}`
}
