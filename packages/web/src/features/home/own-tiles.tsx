import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { selfQuery } from '../../api/index.ts'
import { formatCount, formatNumber, formatValue, toQuantity } from '../../ui/format/index.ts'
import { StatTile, Tiles } from '../../ui/stat-tile.tsx'
import { useOnScreen } from '../../ui/use-on-screen.ts'
import { useLiveRange } from '../../view/index.ts'
import { CHART_WIDTH_PX } from './chart-sheet.tsx'
import { OWN_QUERIES } from './host-queries.ts'
import { lastOf, partOf } from './host-tiles.tsx'

/** What Binnacle itself takes in, keeps and costs. */
export function OwnTiles() {
  const box = useRef<HTMLDivElement>(null)
  const options = { enabled: useOnScreen(box), widthPx: CHART_WIDTH_PX }
  const { data: self } = useQuery(selfQuery)
  const ingest = useLiveRange(OWN_QUERIES.ingest, options)
  const p95 = useLiveRange(OWN_QUERIES.queryP95, options)
  const failures = useLiveRange(OWN_QUERIES.failures, options)
  const disk = useLiveRange(OWN_QUERIES.disk, options)
  const series = useLiveRange(OWN_QUERIES.series, options)
  const resident = useLiveRange(OWN_QUERIES.memory, options)
  const slow = lastOf(partOf(p95.data))
  const failing = lastOf(partOf(failures.data))
  const memory = self === undefined ? undefined : (self.memory.pssBytes ?? self.memory.rssBytes)
  const perSample = self?.storage.bytesPerSample ?? null
  return (
    <div ref={box} style={{ gridColumn: '1 / -1' }}>
      <Tiles>
        <StatTile
          name="Ingest"
          value={self && { figure: formatCount(self.ingest.samplesPerSecond), unit: 'samples/s' }}
          note={queueNote(self?.queue)}
          values={partOf(ingest.data) ?? []}
          min={0}
        />
        <StatTile
          name="Series"
          value={self && { figure: formatCount(self.series), unit: '' }}
          note="in memory"
          values={partOf(series.data) ?? []}
          color="s4"
        />
        <StatTile
          name="Memory"
          value={memory === undefined ? undefined : toQuantity(memory, 'bytes')}
          // The figure counts shared pages once (PSS); by RSS, the parts would add up to more than the whole.
          note={self === undefined ? undefined : `RSS ${formatValue(self.memory.rssBytes, 'bytes')}`}
          values={partOf(resident.data) ?? []}
          color="s3"
          min={0}
        />
        <StatTile
          name="On disk"
          value={
            perSample !== null && perSample > 0
              ? { figure: formatNumber(perSample), unit: 'B/sample' }
              : self && toQuantity(self.storage.bytes, 'bytes')
          }
          note={
            self === undefined
              ? undefined
              : `${perSample !== null && perSample > 0 ? `${formatValue(self.storage.bytes, 'bytes')}, ` : ''}${formatValue(self.storage.samples, 'number')} samples`
          }
          values={partOf(disk.data) ?? []}
          color="s6"
          min={0}
        />
        <StatTile
          name="Query p95"
          value={slow === null ? undefined : toQuantity(slow, 'seconds')}
          note="last 5 minutes"
          values={partOf(p95.data) ?? []}
          color="s2"
          min={0}
        />
        <StatTile
          name="Failed scrapes"
          value={failing === null ? undefined : { figure: formatCount(failing), unit: '' }}
          note="last 5 minutes"
          values={partOf(failures.data) ?? []}
          min={0}
          tone={failing !== null && failing >= 1 ? 'warning' : undefined}
        />
      </Tiles>
    </div>
  )
}

function queueNote(queue: { pendingSamples: number; maxPendingSamples: number } | undefined): string | undefined {
  if (queue === undefined) return undefined
  return queue.pendingSamples === 0 ? 'nothing waits' : `${formatCount(queue.pendingSamples)} in the queue`
}
