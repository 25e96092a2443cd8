import { useQuery } from '@tanstack/react-query'
import { alerts } from '../../api/index.ts'
import { formatAge } from '../../ui/format/index.ts'
import { StateMark } from '../../ui/state-badge.tsx'
import classes from './home.module.css'

/** Who watches the watch: a word where nobody outside would notice the end of this process, or where the call fails. */
export function Heartbeat() {
  const { data } = useQuery({ ...alerts.summary(), refetchInterval: 5000 })
  if (data === undefined) return null
  const { heartbeat } = data
  if (heartbeat.configured && heartbeat.error === undefined) return null
  return (
    <p className={classes.heartbeat}>
      <StateMark tone="warning" />
      {heartbeat.configured ? (
        <span>
          <b>The heartbeat does not get out</b>
          {heartbeat.lastOkMs !== undefined && `, last heard ${formatAge(Date.now() - heartbeat.lastOkMs)} ago`}:{' '}
          {heartbeat.error}
        </span>
      ) : (
        <span>
          <b>Nobody would notice if Binnacle itself stopped.</b> Set <code>heartbeat.url</code> in binnacle.yml to a
          watcher outside.
        </span>
      )}
    </p>
  )
}
