import { IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ActiveTarget, DroppedTarget, LabelMap } from '../../api/index.ts'
import { formatCount, formatDuration } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { StateBadge, StateMark, type StateTone } from '../../ui/state-badge.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { scrapedAt, type TargetGroup } from './group-targets.ts'
import { type ListRow, toListRows } from './list-rows.ts'
import { TargetDetail } from './target-detail.tsx'
import classes from './targets.module.css'

const TONES: Readonly<Record<ActiveTarget['health'], StateTone>> = { up: 'ok', down: 'critical', unknown: 'unknown' }

// First guesses; each row is measured once it is there.
const HEIGHTS: Readonly<Record<ListRow['kind'], number>> = {
  job: 42,
  target: 36,
  detail: 320,
  dropped: 36,
  'dropped-target': 56,
}

export type TargetListProps = {
  readonly groups: readonly TargetGroup[]
  readonly open: string | undefined
  onOpen(id: string | undefined): void
  /** Shows what was dropped without being asked: a filter looks for it. */
  readonly showDropped: boolean
}

/** All jobs and their targets as one table. Only rows in sight exist, so that ten thousand targets stay light. */
export function TargetList({ groups, open, onOpen, showDropped }: TargetListProps) {
  const [asked, setAsked] = useState<ReadonlySet<string>>(new Set())
  const list = useRef<HTMLTableElement>(null)
  const [top, setTop] = useState(0)
  const rows = useMemo(() => {
    const dropped = showDropped ? new Set(groups.map((g) => g.job)) : asked
    return toListRows(groups, { target: open, dropped })
  }, [groups, open, asked, showDropped])
  // Where the list begins moves when something above it opens.
  useLayoutEffect(() => {
    const at = Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    if (at !== top) setTop(at)
  })
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (i) => HEIGHTS[rows[i]!.kind],
    getItemKey: (i) => rows[i]!.key,
    measureElement: (element) => element.getBoundingClientRect().height,
    scrollMargin: top,
    overscan: 12,
  })
  const toggleDropped = (job: string) => {
    const next = new Set(asked)
    if (!next.delete(job)) next.add(job)
    setAsked(next)
  }
  return (
    <table ref={list} className={classes.targets} aria-rowcount={rows.length + 1}>
      <thead>
        <tr>
          <th>state</th>
          <th>instance and labels</th>
          <th>last scrape</th>
          <th>took</th>
          <th>samples</th>
        </tr>
      </thead>
      <tbody style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]!
          return (
            <tr
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              data-kind={row.kind}
              data-first={item.index === 0 || undefined}
              aria-rowindex={item.index + 2}
              style={{ transform: `translateY(${item.start - top}px)` }}
            >
              {row.kind === 'job' && <JobCell group={row.group} />}
              {row.kind === 'target' && (
                <TargetCells
                  target={row.target}
                  opened={open === row.id}
                  onToggle={() => onOpen(open === row.id ? undefined : row.id)}
                />
              )}
              {row.kind === 'detail' && (
                <td colSpan={5}>
                  <TargetDetail target={row.target} />
                </td>
              )}
              {row.kind === 'dropped' && (
                <td colSpan={5}>
                  <button
                    type="button"
                    className={classes.fold}
                    aria-expanded={row.open}
                    disabled={showDropped}
                    onClick={() => toggleDropped(row.job)}
                  >
                    <IconChevronRight size={14} aria-hidden="true" />
                    {formatCount(row.count)} dropped by relabelling
                  </button>
                </td>
              )}
              {row.kind === 'dropped-target' && <DroppedCell target={row.target} />}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** Moves the focus from one target's row to the next; rows that do not exist yet come into being as the focus nears. */
export function moveFocus(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-target-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}

function JobCell({ group }: { group: TargetGroup }) {
  const down = group.total - group.up
  const intervals = new Set(group.active.map((t) => t.scrapeInterval))
  const tone: StateTone = down + group.problems.length > 0 ? 'critical' : group.total === 0 ? 'unknown' : 'ok'
  return (
    <th colSpan={5} scope="rowgroup">
      <code>{group.job}</code>
      <span className={classes.count}>
        <StateMark tone={tone} />
        {group.total > 0
          ? `${formatCount(group.up)} of ${formatCount(group.total)} up`
          : group.dropped.length > 0
            ? 'all dropped'
            : 'no targets'}
        {intervals.size === 1 && ` · every ${[...intervals][0]}`}
      </span>
      {group.problems.map((problem) => (
        <Link
          key={problem.file ?? problem.message}
          to="."
          search={true}
          hash="configuration"
          className={classes.problem}
        >
          {problem.file === undefined ? 'discovery fails' : `${fileName(problem.file)} cannot be read`}
        </Link>
      ))}
    </th>
  )
}

const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1)

function TargetCells({ target, opened, onToggle }: { target: ActiveTarget; opened: boolean; onToggle: () => void }) {
  const scraped = scrapedAt(target.lastScrape)
  return (
    <>
      <td>
        <StateBadge tone={TONES[target.health]}>{target.health === 'unknown' ? 'waiting' : target.health}</StateBadge>
      </td>
      <td className={classes.what}>
        <button type="button" className={classes.fold} data-target-row aria-expanded={opened} onClick={onToggle}>
          <IconChevronRight size={14} aria-hidden="true" />
          <b>{target.labels.instance ?? target.scrapeUrl}</b>
        </button>
        {hasMore(target.labels) && <LabelChips labels={target.labels} without={['instance', 'job']} />}
        {target.lastError !== '' && <p className={classes.error}>{target.lastError}</p>}
      </td>
      <td data-label="last scrape">{scraped === undefined ? 'never' : <Age atMs={scraped} />}</td>
      <td data-label="took">{scraped === undefined ? '–' : formatDuration(target.lastScrapeDuration * 1000)}</td>
      <td data-label="samples">
        {target.lastSamples === undefined || scraped === undefined ? '–' : formatCount(target.lastSamples)}
      </td>
    </>
  )
}

const hasMore = (labels: LabelMap) => Object.keys(labels).some((name) => name !== 'instance' && name !== 'job')

function DroppedCell({ target }: { target: DroppedTarget }) {
  return (
    <td colSpan={5}>
      <p>
        <b>{target.discoveredLabels.__address__ ?? 'no address'}</b>
        {target.droppedBy !== undefined && target.droppedBy !== '' && <span> · {target.droppedBy}</span>}
      </p>
      <LabelChips labels={withoutNoise(target.discoveredLabels)} />
    </td>
  )
}

function withoutNoise(labels: LabelMap): LabelMap {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([name]) => !/^__(address|scheme|metrics_path|scrape_interval|scrape_timeout)__$/.test(name),
    ),
  )
}
