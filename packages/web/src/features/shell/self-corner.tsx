import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { doctor, findingsOf, selfQuery } from '../../api/index.ts'
import { formatCount, formatNumber, formatValue } from '../../ui/format/index.ts'
import { StateMark } from '../../ui/state-badge.tsx'
import classes from './shell.module.css'

/** Binnacle's own health, in the corner of every page. */
export function SelfCorner() {
  const { data: self, isError } = useQuery(selfQuery)
  const { data: looked } = useQuery({ ...doctor.summary(), refetchInterval: 30_000 })
  if (self === undefined) return <div className={classes.self}>{isError ? 'no answer from Binnacle' : '\u00a0'}</div>
  const { queue, storage, engine } = self
  const full = queue.maxPendingSamples > 0 ? queue.pendingSamples / queue.maxPendingSamples : 0
  const findings = findingsOf(self)
  return (
    <section className={classes.self} aria-label="Binnacle itself" data-stale={isError || undefined}>
      <p>{formatCount(self.ingest.samplesPerSecond)} samples/s</p>
      <p>
        {formatCount(self.series)} series
        {storage.bytesPerSample != null &&
          storage.bytesPerSample > 0 &&
          ` · ${formatNumber(storage.bytesPerSample)} B/sample`}
      </p>
      <p>
        memory {formatValue(self.memory.pssBytes ?? self.memory.rssBytes, 'bytes')} ·{' '}
        {full < 0.5 ? 'no queue' : `queue ${formatValue(full, 'ratio')} full`}
      </p>
      {!/^(ready|up|running|ok)$/.test(engine.state) && (
        <p>
          <StateMark tone="warning" /> engine {engine.state}
        </p>
      )}
      {findings.length > 0 && (
        <Link to="/targets" hash="configuration">
          <StateMark tone={findings[0]!.tone} /> {findings.length} in the configuration
        </Link>
      )}
      {(looked?.findings ?? 0) > 0 && (
        <Link to="/doctor">
          <StateMark tone={(looked?.alerts?.cannot_fire ?? 0) > 0 ? 'critical' : 'warning'} />{' '}
          {formatCount(looked?.findings ?? 0)} {looked?.findings === 1 ? 'finding' : 'findings'} of the doctor
        </Link>
      )}
      <p className={classes.version}>{self.version}</p>
    </section>
  )
}
