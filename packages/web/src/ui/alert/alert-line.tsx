import { Link } from '@tanstack/react-router'
import type { AlertItem, RuleRef } from '../../api/index.ts'
import { cutText } from '../cut-text.ts'
import { LabelChips } from '../label-chips.tsx'
import { Age } from '../timestamp.tsx'
import classes from './alert-line.module.css'
import { MOST_SUMMARY, summaryOf, titleOf, valueText } from './alert-text.ts'
import { StandingBadge } from './standing.tsx'

export type AlertLineProps = {
  alert: AlertItem
  rule?: RuleRef | undefined
  /** Further words after the value: where it was sent, what mutes it. */
  note?: React.ReactNode
  onPick?: (name: string, value: string) => void
  /** Its curve, where there is room. */
  curve?: React.ReactNode
}

/** An alert in a short list: how bad, what, its value, since when. The name leads to its page. */
export function AlertLine({ alert, rule, note, onPick, curve }: AlertLineProps) {
  const value = valueText(alert.value, rule?.threshold)
  const summary = summaryOf(alert.annotations)
  const facts = [cutText(summary, MOST_SUMMARY), value].filter((text) => text !== '')
  return (
    <div className={classes.line} data-curve={curve === undefined ? undefined : true}>
      <StandingBadge alert={alert} />
      <div className={classes.what}>
        <p className={classes.name}>
          <Link to="/alerts/$fingerprint" params={{ fingerprint: alert.fingerprint }}>
            {titleOf(alert.labels)}
          </Link>
          <LabelChips labels={alert.labels} without={['alertname', 'severity']} most={4} onPick={onPick} />
        </p>
        {(facts.length > 0 || note !== undefined) && (
          <p className={classes.facts} title={[summary, value].filter((text) => text !== '').join('\n')}>
            {facts.join(' · ')}
            {note !== undefined && (
              <>
                {facts.length > 0 && ' · '}
                {note}
              </>
            )}
          </p>
        )}
      </div>
      {curve !== undefined && <div className={classes.curve}>{curve}</div>}
      <span className={classes.age}>
        <Age atMs={alert.startsAtMs} suffix="" />
      </span>
    </div>
  )
}
