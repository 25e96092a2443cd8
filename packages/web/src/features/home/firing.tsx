import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AlertItem, alerts, type RuleRef } from '../../api/index.ts'
import { AlertLine } from '../../ui/alert/index.ts'
import { formatAge, formatCount } from '../../ui/format/index.ts'
import { toneOfSeverity } from '../../ui/severity-badge.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateMark } from '../../ui/state-badge.tsx'
import { useNow } from '../../ui/use-now.ts'
import { AlertCurve } from './alert-curve.tsx'
import classes from './home.module.css'

/** What calls for somebody, worst first, and how long the oldest of each kind has. Nothing fires: nothing is shown. */
export function Firing() {
  const { data } = useQuery({ ...alerts.summary(), refetchInterval: 5000 })
  const now = useNow(1000)
  if (data === undefined || data.items.length === 0) return null
  const rest = data.calling - data.items.length
  return (
    <Sheet
      title="Firing"
      note={
        <ul className={classes.severities} aria-label="By severity">
          {data.severities.map(({ severity, count, oldestMs }) => (
            <li key={severity}>
              <Link to="/alerts" search={{ filter: `severity=${JSON.stringify(severity)}`, state: 'firing' } as never}>
                <StateMark tone={toneOfSeverity(severity)} /> {formatCount(count)} {severity || 'without severity'}
              </Link>
              <span>
                {count > 1 && 'oldest '}
                {formatAge(Math.max(0, now - oldestMs))}
              </span>
            </li>
          ))}
        </ul>
      }
      actions={
        <Link to="/alerts" search={{ state: 'firing' } as never}>
          All alerts
        </Link>
      }
    >
      {data.items.map((alert) => (
        <AlertLine
          key={alert.fingerprint}
          alert={alert}
          rule={alert.rule === undefined ? undefined : data.rules[alert.rule]}
          curve={<CurveOf alert={alert} rule={alert.rule === undefined ? undefined : data.rules[alert.rule]} />}
          note={alert.receivers.length > 0 ? `to ${alert.receivers.join(', ')}` : 'to nobody'}
        />
      ))}
      {rest > 0 && (
        <p className={classes.more}>
          <Link to="/alerts" search={{ state: 'firing' } as never}>
            and {formatCount(rest)} more
          </Link>
        </p>
      )}
    </Sheet>
  )
}

/** Alerts from outside have no rule here, and no curve. */
function CurveOf({ alert, rule }: { alert: AlertItem; rule: RuleRef | undefined }) {
  return rule === undefined ? null : <AlertCurve alert={alert} rule={rule} />
}
