import { IconBellOff, IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { AlertItem, AlertList, RuleRef } from '../../api/index.ts'
import { MOST_SUMMARY, matchersOf, StandingBadge, summaryOf, titleOf, valueText } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { cutText } from '../../ui/cut-text.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Age } from '../../ui/timestamp.tsx'
import classes from './alerts.module.css'
import { silenceSearch } from './silence-search.ts'

export type AlertRowProps = {
  alert: AlertItem
  rule: RuleRef | undefined
  selected: boolean
  without: readonly string[]
  around: Pick<AlertList, 'names' | 'silences'>
  onSelect: () => void
  onPick: (name: string, value: string) => void
  onAcknowledge: () => void
}

/** An alert in the list: how bad, what, its value, where it goes and what keeps it quiet, since when. */
export function AlertRow({ alert, rule, selected, without, around, onSelect, onPick, onAcknowledge }: AlertRowProps) {
  const name = titleOf(alert.labels)
  const hidden = ['alertname', 'severity', ...without]
  const summary = summaryOf(alert.annotations)
  const cut = cutText(summary, MOST_SUMMARY)
  const value = valueText(alert.value, rule?.threshold)
  return (
    <article className={classes.alert} data-selected={selected || undefined} data-alert-row={alert.fingerprint}>
      <label className={classes.tick}>
        <input type="checkbox" checked={selected} onChange={onSelect} aria-label={`Select ${name}`} />
      </label>
      <div className={classes.badge}>
        <StandingBadge alert={alert} />
      </div>
      <div className={classes.what}>
        <p className={classes.name}>
          <Link
            to="/alerts/$fingerprint"
            params={{ fingerprint: alert.fingerprint }}
            data-alert-link
            search={(old: object) => old as never}
          >
            {name}
          </Link>
          {Object.keys(alert.labels).some((label) => !hidden.includes(label)) && (
            <LabelChips labels={alert.labels} without={hidden} onPick={onPick} most={8} />
          )}
        </p>
        <div className={classes.facts}>
          {cut !== '' && <span title={cut === summary ? undefined : summary}>{cut}</span>}
          {value !== '' && <span>{value}</span>}
          <Fate alert={alert} around={around} />
        </div>
      </div>
      <div className={classes.acts}>
        {(alert.standing === 'firing' || alert.standing === 'nodata') && (
          <Button
            small
            icon
            look="quiet"
            aria-label={`Acknowledge ${name}`}
            title="Acknowledge (a)"
            onClick={onAcknowledge}
          >
            <IconCheck size={15} aria-hidden="true" />
          </Button>
        )}
        <Link
          to="/silences/new"
          search={silenceSearch(matchersOf(alert.labels)) as never}
          className={classes.iconLink}
          aria-label={`Silence ${name}`}
          title="Silence (s)"
        >
          <IconBellOff size={15} aria-hidden="true" />
        </Link>
      </div>
      <span className={classes.age}>
        <Age atMs={alert.startsAtMs} suffix="" />
      </span>
    </article>
  )
}

/** To whom it goes, and what keeps it quiet; `around` names the silences and the alerts that do. */
function Fate({ alert, around }: { alert: AlertItem; around: Pick<AlertList, 'names' | 'silences'> }) {
  const { receivers, silencedBy, inhibitedBy, mutedBy, acknowledged } = alert
  return (
    <>
      {receivers.length > 0 && (
        <span>
          to{' '}
          <Link to="/routing" search={{ alert: alert.fingerprint } as never}>
            {receivers.join(', ')}
          </Link>
        </span>
      )}
      {acknowledged !== undefined && (
        <span>
          acknowledged by <b>{acknowledged.by}</b> <Age atMs={acknowledged.atMs} />
          {acknowledged.comment !== '' && <>: {acknowledged.comment}</>}
        </span>
      )}
      {silencedBy.slice(0, 3).map((id) => {
        const silence = around.silences[id]
        return (
          <span key={id}>
            silenced by{' '}
            <Link to="/silences" search={{ open: id } as never}>
              {silence?.createdBy ?? id.slice(0, 8)}
            </Link>
            {silence !== undefined && `: ${silence.comment}`}
          </span>
        )
      })}
      {inhibitedBy.slice(0, 3).map((id) => (
        <span key={id}>
          inhibited by{' '}
          <Link to="/alerts/$fingerprint" params={{ fingerprint: id }}>
            {around.names[id] ?? id.slice(0, 8)}
          </Link>
        </span>
      ))}
      {mutedBy.length > 0 && <span>muted by {mutedBy.join(', ')}</span>}
    </>
  )
}
