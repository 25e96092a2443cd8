import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AlertSummary, alerts, selfQuery, targets } from '../../api/index.ts'
import { formatCount } from '../../ui/format/index.ts'
import { toneOfSeverity } from '../../ui/severity-badge.tsx'
import classes from './home.module.css'

const NAMED = 2

/** The state of everything in one sentence that a person woken at night can read; its parts lead to their causes. */
export function Headline() {
  const self = useQuery(selfQuery)
  const list = useQuery({ ...targets.list(), refetchInterval: 5000 })
  const { data: summary } = useQuery({ ...alerts.summary(), refetchInterval: 5000 })
  if (list.data === undefined) {
    return (
      <h1 className={classes.headline}>{list.isError ? 'Binnacle does not say how its targets are.' : 'Looking…'}</h1>
    )
  }
  const active = list.data.activeTargets
  const down = active.filter((t) => t.health === 'down')
  const waiting = active.filter((t) => t.health === 'unknown').length
  const config = self.data?.config
  const problems = config?.problems?.length ?? 0
  const series = self.data === undefined ? '' : formatCount(self.data.series)
  const from = self.data?.host.name ?? ''
  // The sentence has begun with alerts: what follows goes on in it.
  const begun = summary !== undefined
  return (
    <h1 className={classes.headline}>
      {summary !== undefined && <Alerts summary={summary} />}
      {down.length > 0 ? (
        <>
          <Link to="/targets" search={{ state: 'down' }} className={classes.critical}>
            {formatCount(down.length)} of {formatCount(active.length)} targets down
          </Link>
          :{' '}
          {down
            .slice(0, NAMED)
            .map((t) => `${t.labels.job} ${t.labels.instance}`)
            .join(', ')}
          {down.length > NAMED && ` and ${down.length - NAMED} more`}
        </>
      ) : active.length === 0 ? (
        <Link to="/targets">{begun ? 'no' : 'No'} targets yet</Link>
      ) : waiting === active.length ? (
        <>
          {begun ? 'waiting' : 'Waiting'} for the first scrape of{' '}
          <Link to="/targets">{plural(active.length, 'target')}</Link>
        </>
      ) : (
        <Link to="/targets">
          {active.length === 1
            ? `${begun ? 'the' : 'The'} one target is up`
            : `${begun ? 'all' : 'All'} ${formatCount(active.length)} targets up`}
        </Link>
      )}
      {series !== '' && (
        <>
          ; collecting <Link to="/explore">{series} series</Link>
          {active.length <= 2 && from !== '' && ` from ${from}`}
        </>
      )}
      .
      {config !== undefined && config.errors.length > 0 && (
        <>
          {' '}
          <Link to="/targets" hash="configuration" className={classes.critical}>
            {plural(config.errors.length, 'configuration error')}
          </Link>
          : the last good configuration goes on.
        </>
      )}
      {problems > 0 && (
        <>
          {' '}
          <Link to="/targets" hash="configuration" className={classes.critical}>
            {plural(problems, 'discovery file')}
          </Link>{' '}
          cannot be read.
        </>
      )}
      {config !== undefined && config.errors.length + problems === 0 && config.warnings.length > 0 && (
        <>
          {' '}
          <Link to="/targets" hash="configuration" className={classes.warning}>
            {plural(config.warnings.length, 'configuration warning')}
          </Link>
          .
        </>
      )}
    </h1>
  )
}

/** How many alerts call for somebody, in the tone of the worst, and those that are seen to. */
function Alerts({ summary: { counts, severities, calling } }: { summary: AlertSummary }) {
  const tone = toneOfSeverity(severities[0]?.severity ?? '')
  return (
    <>
      {calling > 0 ? (
        <Link
          to="/alerts"
          search={{ state: 'firing' } as never}
          className={tone === 'critical' ? classes.critical : classes.warning}
        >
          {plural(calling, 'alert')} firing
        </Link>
      ) : (
        <Link to="/alerts">No alert firing</Link>
      )}
      {counts.acknowledged > 0 && (
        <>
          ,{' '}
          <Link to="/alerts" search={{ state: 'acknowledged' } as never}>
            {formatCount(counts.acknowledged)} acknowledged
          </Link>
        </>
      )}
      {', '}
    </>
  )
}

function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
}
