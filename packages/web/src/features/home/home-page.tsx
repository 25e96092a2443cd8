import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { selfQuery } from '../../api/index.ts'
import { EndingSilences } from '../../ui/alert/index.ts'
import type { ChartLook } from '../../ui/chart/index.ts'
import { Grid } from '../../ui/sheet.tsx'
import { ChartSheet, type KnownSeries } from './chart-sheet.tsx'
import { Filesystems } from './filesystems.tsx'
import { Firing } from './firing.tsx'
import { Headline } from './headline.tsx'
import { Heartbeat } from './heartbeat.tsx'
import classes from './home.module.css'
import { HOST_QUERIES } from './host-queries.ts'
import { HostTiles } from './host-tiles.tsx'
import { OwnTiles } from './own-tiles.tsx'
import { hasArrived, rememberArrived, sendState } from './send-checks.ts'
import { SendSomething } from './send-something.tsx'

// Looks and series are constants: a chart is built anew only when they change.
const LOOKS = {
  cpu: { kind: 'stacked', unit: 'ratio', min: 0, max: 1 },
  memory: { kind: 'stacked', unit: 'bytes', min: 0 },
  bytes: { kind: 'lines', unit: 'bytes/s', min: 0 },
  pressure: { kind: 'lines', unit: 'ratio', min: 0 },
} as const satisfies Record<string, ChartLook>

const CPU: readonly KnownSeries[] = [
  { key: 'user', color: 's1' },
  { key: 'system', color: 's2' },
  { key: 'iowait', color: 's3' },
  { key: 'nice', color: 's4' },
  { key: 'irq', color: 's5' },
  { key: 'softirq', color: 's6' },
  { key: 'steal', color: 's8' },
]
const MEMORY: readonly KnownSeries[] = [
  { key: 'used', color: 's3' },
  { key: 'cache', name: 'cache and buffers', color: 's7' },
  { key: 'free', color: 'surface-3' },
]
const DISK: readonly KnownSeries[] = [
  { key: 'read', color: 's1' },
  { key: 'written', color: 's2' },
]
const NETWORK: readonly KnownSeries[] = [
  { key: 'received', color: 's4' },
  { key: 'sent', color: 's5' },
]
const PRESSURE: readonly KnownSeries[] = [
  { key: 'cpu', color: 's1' },
  { key: 'memory', color: 's3' },
  { key: 'io', name: 'I/O', color: 's2' },
]

const NO_COLLECTOR = 'The host collector sends this every 5 seconds on Linux. Is it enabled (collectors.host)?'

/** This host and Binnacle itself, live; and how to send more. */
export function HomePage() {
  const send = useQuery(sendState)
  const { data: self } = useQuery(selfQuery)
  const arrived = send.data && (send.data.scrape || send.data.remoteWrite || send.data.client)
  // Until the answer is here, the page stands as it stood last time: nothing jumps.
  const started = arrived === undefined ? !hasArrived() : !arrived
  useEffect(() => {
    if (arrived !== undefined) rememberArrived(arrived)
  }, [arrived])
  return (
    <Grid>
      <Headline />
      <Heartbeat />
      <EndingSilences />
      <Firing />
      <HostTiles />
      <ChartSheet
        title="CPU by mode"
        note={self?.host.name ?? 'this host'}
        expr={HOST_QUERIES.cpuByMode}
        by="mode"
        known={CPU}
        look={LOOKS.cpu}
        whenEmpty={NO_COLLECTOR}
        span={started ? 8 : 6}
        height={started ? 252 : 176}
      />
      {started && <SendSomething span={4} />}
      <ChartSheet
        title="Memory"
        expr={HOST_QUERIES.memoryByUse}
        by="part"
        known={MEMORY}
        look={LOOKS.memory}
        whenEmpty={NO_COLLECTOR}
      />
      <ChartSheet
        title="Network"
        note="without loopback and bridges"
        expr={HOST_QUERIES.network}
        by="part"
        known={NETWORK}
        look={LOOKS.bytes}
        whenEmpty={NO_COLLECTOR}
      />
      <ChartSheet
        title="Disk"
        expr={HOST_QUERIES.disk}
        by="part"
        known={DISK}
        look={LOOKS.bytes}
        whenEmpty={NO_COLLECTOR}
      />
      <ChartSheet
        title="Pressure"
        note="share of time that work waited"
        expr={HOST_QUERIES.pressure}
        by="part"
        known={PRESSURE}
        look={LOOKS.pressure}
        whenEmpty="This kernel does not report pressure (PSI): it needs Linux 4.20 or newer, some with psi=1 at boot."
      />
      <Filesystems span={started ? 12 : 6} />
      <h2 className={classes.part}>Binnacle itself</h2>
      <OwnTiles />
      {!started && <SendSomething span={12} />}
    </Grid>
  )
}
