import { IconBellOff, IconCheck, IconClockPause, IconGitMerge, IconHourglass, IconPlugOff } from '@tabler/icons-react'
import type { AlertItem, Standing } from '../../api/index.ts'
import { SeverityBadge } from '../severity-badge.tsx'
import classes from './standing.module.css'

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  firing: 'firing',
  nodata: 'no data',
  acknowledged: 'acknowledged',
  pending: 'pending',
  silenced: 'silenced',
  inhibited: 'inhibited',
  muted: 'muted',
}

const ICONS = {
  nodata: IconPlugOff,
  acknowledged: IconCheck,
  pending: IconHourglass,
  silenced: IconBellOff,
  inhibited: IconGitMerge,
  muted: IconClockPause,
} as const

/** How bad an alert is, and, where nobody is called for, why not. */
export function StandingBadge({ alert }: { alert: Pick<AlertItem, 'standing' | 'severity'> }) {
  const { standing } = alert
  if (standing === 'firing') return <SeverityBadge severity={alert.severity} />
  const Icon = ICONS[standing]
  return (
    <span className={classes.quiet}>
      <SeverityBadge severity={alert.severity} />
      <span className={classes.why}>
        <Icon size={13} aria-hidden="true" />
        {STANDING_WORDS[standing]}
      </span>
    </span>
  )
}
