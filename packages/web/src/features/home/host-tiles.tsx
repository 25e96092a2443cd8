import { useRef } from 'react'
import type { Frame } from '../../api/index.ts'
import { figuresOf } from '../../ui/chart/index.ts'
import { formatNumber, formatValue, toQuantity, type Unit } from '../../ui/format/index.ts'
import { StatTile, Tiles } from '../../ui/stat-tile.tsx'
import { useOnScreen } from '../../ui/use-on-screen.ts'
import { useLiveRange } from '../../view/index.ts'
import { CHART_WIDTH_PX } from './chart-sheet.tsx'
import { HOST_QUERIES } from './host-queries.ts'

type Column = readonly (number | null)[]

/** Column of the part `name` in an answer of `parts()`; the only one when no part is named. */
export function partOf(frame: Frame | undefined, name?: string): Column | undefined {
  return name === undefined ? frame?.series[0]?.values : frame?.series.find((s) => s.labels.part === name)?.values
}

/** Sum of columns, point by point; a gap only where all have one. */
export function sumOf(columns: readonly (Column | undefined)[]): Column | undefined {
  const known = columns.filter((c) => c !== undefined)
  return known[0]?.map((_v, i) =>
    known.every((c) => c[i] == null) ? null : known.reduce((sum, c) => sum + (c[i] ?? 0), 0),
  )
}

export const lastOf = (column: Column | undefined): number | null =>
  column === undefined ? null : figuresOf(column).last

const quantity = (value: number | null, unit: Unit) => (value === null ? undefined : toQuantity(value, unit))

/** This host at a glance: how busy, how full, how much moves. */
export function HostTiles() {
  const box = useRef<HTMLDivElement>(null)
  const options = { enabled: useOnScreen(box), widthPx: CHART_WIDTH_PX }
  const cpu = useLiveRange(HOST_QUERIES.cpu, options)
  const memory = useLiveRange(HOST_QUERIES.memory, options)
  const load = useLiveRange(HOST_QUERIES.load, options)
  const disk = useLiveRange(HOST_QUERIES.disk, options)
  const network = useLiveRange(HOST_QUERIES.network, options)
  const full = useLiveRange(HOST_QUERIES.fullest, options)

  const busy = partOf(cpu.data, 'busy')
  const used = partOf(memory.data, 'used')
  const load1 = partOf(load.data, 'load')
  const cores = lastOf(partOf(load.data, 'cores')) ?? 1
  const moved = sumOf([partOf(disk.data, 'read'), partOf(disk.data, 'written')])
  const wired = sumOf([partOf(network.data, 'received'), partOf(network.data, 'sent')])
  const fullest = partOf(full.data)
  const pair = (frame: Frame | undefined, a: string, b: string, arrows: readonly [string, string]) => {
    const [x, y] = [lastOf(partOf(frame, a)), lastOf(partOf(frame, b))]
    return x === null || y === null
      ? undefined
      : `${arrows[0]} ${formatValue(x, 'bytes/s')} ${arrows[1]} ${formatValue(y, 'bytes/s')}`
  }
  return (
    <div ref={box} style={{ gridColumn: '1 / -1' }}>
      <Tiles>
        <StatTile
          name="CPU"
          value={quantity(lastOf(busy), 'ratio')}
          note={
            lastOf(partOf(cpu.data, 'cores')) === null ? undefined : `of ${lastOf(partOf(cpu.data, 'cores'))} cores`
          }
          values={busy ?? []}
          min={0}
          max={1}
          tone={tone(lastOf(busy), 0.95)}
          stale={cpu.isPlaceholderData}
        />
        <StatTile
          name="Memory"
          value={quantity(lastOf(used), 'ratio')}
          note={
            lastOf(partOf(memory.data, 'total')) === null
              ? undefined
              : `of ${formatValue(lastOf(partOf(memory.data, 'total'))!, 'bytes')}`
          }
          values={used ?? []}
          color="s3"
          min={0}
          max={1}
          tone={tone(lastOf(used), 0.92)}
          stale={memory.isPlaceholderData}
        />
        <StatTile
          name="Load, 1 min"
          value={lastOf(load1) === null ? undefined : { figure: formatNumber(lastOf(load1)!), unit: '' }}
          note={lastOf(load1) === null ? undefined : `${formatNumber(lastOf(load1)! / cores)} a core`}
          values={load1 ?? []}
          color="s4"
          min={0}
          stale={load.isPlaceholderData}
        />
        <StatTile
          name="Disk"
          value={quantity(lastOf(moved), 'bytes/s')}
          note={pair(disk.data, 'read', 'written', ['r', '· w'])}
          values={moved ?? []}
          color="s2"
          min={0}
          stale={disk.isPlaceholderData}
        />
        <StatTile
          name="Network"
          value={quantity(lastOf(wired), 'bytes/s')}
          note={pair(network.data, 'received', 'sent', ['↓', '↑'])}
          values={wired ?? []}
          color="s7"
          min={0}
          stale={network.isPlaceholderData}
        />
        <StatTile
          name="Fullest filesystem"
          value={quantity(lastOf(fullest), 'ratio')}
          note={lastOf(fullest) === null ? undefined : `${formatValue(1 - lastOf(fullest)!, 'ratio')} left`}
          values={fullest ?? []}
          color="s6"
          min={0}
          max={1}
          tone={tone(lastOf(fullest), 0.9)}
          stale={full.isPlaceholderData}
        />
      </Tiles>
    </div>
  )
}

const tone = (value: number | null, limit: number) =>
  value !== null && value >= limit ? ('warning' as const) : undefined
