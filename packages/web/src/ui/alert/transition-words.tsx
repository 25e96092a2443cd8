import { type AlertState, REASONS, type Transition } from '../../api/index.ts'
import { toneOfSeverity } from '../severity-badge.tsx'
import { StateBadge, type StateTone } from '../state-badge.tsx'
import classes from './transition-words.module.css'

const WORDS: Readonly<Record<AlertState, string>> = {
  inactive: 'resolved',
  pending: 'pending',
  firing: 'firing',
  nodata: 'no data',
}

/** What comes before a state as a rule: worth no word. */
const USUAL: Readonly<Record<AlertState, AlertState>> = {
  pending: 'inactive',
  firing: 'pending',
  inactive: 'firing',
  nodata: 'firing',
}

/** The tone of a state that an alert of some severity is in. */
export function toneOfState(state: AlertState, severity: string): StateTone {
  if (state === 'inactive') return 'ok'
  if (state === 'pending') return 'info'
  if (state === 'nodata') return 'warning'
  // What fires by intention is as grey here as in the list.
  if (severity.toLowerCase() === 'none') return 'unknown'
  const tone = toneOfSeverity(severity)
  return tone === 'unknown' ? 'warning' : tone
}

/** What an alert became, from what, and why. Something that vanished is not mended: it keeps the tone of a doubt. */
export function TransitionWords({ transition }: { transition: Transition }) {
  const { from, to, reason, labels } = transition
  const ended = to === 'inactive'
  const blind = ended && reason !== undefined && reason !== 'value' && reason !== 'sender'
  const word = ended && from === 'pending' ? 'calmed down' : WORDS[to]
  return (
    <span className={classes.words}>
      <StateBadge tone={blind ? 'unknown' : toneOfState(to, labels.severity ?? '')}>{word}</StateBadge>
      <span>
        {from !== USUAL[to] && from !== 'inactive' && <>from {WORDS[from]} </>}
        {ended && reason !== undefined && <b>{REASONS[reason] ?? reason}</b>}
      </span>
    </span>
  )
}
