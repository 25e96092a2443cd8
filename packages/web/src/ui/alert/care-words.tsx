import { Link } from '@tanstack/react-router'
import type { CareEvent, Withheld } from '../../api/index.ts'
import { StateBadge } from '../state-badge.tsx'
import classes from './transition-words.module.css'

const BADGES: Readonly<Record<CareEvent['kind'], Readonly<Record<CareEvent['what'], string>>>> = {
  acknowledgement: { began: 'acknowledged', ended: 'taken back', told: 'acknowledged' },
  silence: { began: 'silenced', ended: 'silence over', told: 'silenced' },
  inhibition: { began: 'inhibited', ended: 'inhibition over', told: 'inhibited' },
  escalation: { began: 'escalating', ended: 'escalation over', told: 'escalated' },
}
const VIA: Readonly<Record<NonNullable<CareEvent['via']>, string>> = {
  page: 'on a page',
  link: 'through the link of a message',
  cli: 'on the command line',
  api: 'by the API',
}

/** What was done about an alert, by whom, and from where. */
export function CareWords({ event }: { event: CareEvent }) {
  const { kind, what, by, via, note, ref, level, names } = event
  return (
    <span className={classes.words}>
      <StateBadge tone={kind === 'escalation' && what === 'told' ? 'warning' : 'unknown'}>
        {BADGES[kind][what]}
      </StateBadge>
      <span>
        {kind === 'escalation' ? (
          <>
            {level !== undefined && `level ${level} `}
            {names !== undefined && names.length > 0 && (
              <>
                told <b>{names.join(', ')}</b>
              </>
            )}
            {ref !== undefined && ` (${ref})`}
          </>
        ) : (
          <>
            {by !== undefined && by !== '' && kind !== 'inhibition' && (
              <>
                by <b>{by}</b>
              </>
            )}
            {via !== undefined && ` ${VIA[via]}`}
            {kind === 'inhibition' && ref !== undefined && (
              <>
                by{' '}
                <Link to="/alerts/$fingerprint" params={{ fingerprint: ref }}>
                  {by === undefined || by === '' ? 'another alert' : by}
                </Link>
              </>
            )}
            {note !== undefined && note !== '' && `: ${note}`}
          </>
        )}
      </span>
    </span>
  )
}

const WHY: Readonly<Record<Withheld['why'], string>> = {
  inhibition: 'inhibited',
  silence: 'silenced',
  mute_time_interval: 'muted by the time interval',
  active_time_interval: 'outside the active time interval',
}

/** Why nobody was told, in a sentence. Times are named; ids of silences and alerts tell nobody anything. */
export function withheldText(withheld: readonly Withheld[]): string {
  return withheld
    .map(({ why, by, count }) => {
      const names = why === 'mute_time_interval' || why === 'active_time_interval' ? ` ${by.join(', ')}` : ''
      return `${count} ${WHY[why]}${names}`
    })
    .join(', ')
}
