import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { type InstantSample, queries } from '../../api/index.ts'
import { formatValue } from '../../ui/format/index.ts'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateMark } from '../../ui/state-badge.tsx'
import table from '../../ui/table.module.css'
import { useOnScreen } from '../../ui/use-on-screen.ts'
import { useRefresh, useTimeRange } from '../../view/index.ts'
import classes from './home.module.css'
import { HOST_QUERIES } from './host-queries.ts'

export type Filesystem = { mount: string; device: string; size: number; free: number; inodes: number | undefined }

const MAX_ROWS = 8
const NEARLY_FULL = 0.9

/** One row for each mount point, the fullest first; a device that is mounted twice counts once. */
export function toFilesystems(samples: readonly InstantSample[]): Filesystem[] {
  const found = new Map<string, Filesystem>()
  for (const { labels, value } of samples) {
    const mount = labels.mountpoint ?? ''
    const fs = found.get(mount) ?? { mount, device: labels.device ?? '', size: 0, free: 0, inodes: undefined }
    if (labels.part === 'size') fs.size = value
    else if (labels.part === 'free') fs.free = value
    else fs.inodes = value
    found.set(mount, fs)
  }
  const byDevice = new Map<string, Filesystem>()
  for (const fs of [...found.values()].sort((a, b) => a.mount.length - b.mount.length)) {
    const key = `${fs.device}|${fs.size}`
    if (fs.size > 0 && !byDevice.has(key)) byDevice.set(key, fs)
  }
  return [...byDevice.values()].sort((a, b) => a.free / a.size - b.free / b.size)
}

/** How full each filesystem is. */
export function Filesystems({ span }: { span: number }) {
  const box = useRef<HTMLDivElement>(null)
  const { range } = useTimeRange()
  const { intervalMs } = useRefresh()
  const { data, error, refetch } = useQuery({
    ...queries.instant(HOST_QUERIES.filesystems, range.to),
    enabled: useOnScreen(box),
    refetchInterval: intervalMs === false ? false : Math.max(15_000, intervalMs),
  })
  const rows = data === undefined ? [] : toFilesystems(data.samples)
  return (
    <Sheet title="Filesystems" note="fullest first" span={span}>
      <div ref={box}>
        {data === undefined && error === null && <Loading label="Filesystems" height={200} />}
        {data === undefined && error !== null && (
          <Failed what="Filesystems could not be loaded" error={error} onRetry={refetch} />
        )}
        {data !== undefined && rows.length === 0 && (
          <Empty title="No filesystems">The host collector reports none; tmpfs and overlays are left out.</Empty>
        )}
        {rows.length > 0 && (
          <table className={`${table.table} ${table.cards}`}>
            <thead>
              <tr>
                <th>mounted at</th>
                <th>full</th>
                <th className={table.num}>left</th>
                <th className={table.num}>size</th>
                <th className={table.num}>inodes</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MAX_ROWS).map((fs) => {
                const full = 1 - fs.free / fs.size
                return (
                  <tr key={fs.mount}>
                    <td data-wide title={fs.device}>
                      <code>{fs.mount}</code>
                    </td>
                    <td data-label="full" data-wide>
                      <span
                        className={classes.meter}
                        data-full={full >= NEARLY_FULL || undefined}
                        style={{ '--full': full } as React.CSSProperties}
                      >
                        <i aria-hidden="true" />
                        {full >= NEARLY_FULL && <StateMark tone="warning" />}
                        {formatValue(full, 'ratio')}
                      </span>
                    </td>
                    <td className={table.num} data-label="left">
                      {formatValue(fs.free, 'bytes')}
                    </td>
                    <td className={table.num} data-label="size">
                      {formatValue(fs.size, 'bytes')}
                    </td>
                    <td className={table.num} data-label="inodes">
                      {fs.inodes === undefined || !Number.isFinite(fs.inodes) ? '–' : formatValue(fs.inodes, 'ratio')}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        )}
        {rows.length > MAX_ROWS && <p className={classes.more}>and {rows.length - MAX_ROWS} less full</p>}
      </div>
    </Sheet>
  )
}
