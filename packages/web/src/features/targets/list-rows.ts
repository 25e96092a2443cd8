import type { ActiveTarget, DroppedTarget } from '../../api/index.ts'
import type { TargetGroup } from './group-targets.ts'

/** A line of the one list that all jobs share; only lines in sight become elements. */
export type ListRow =
  | { readonly kind: 'job'; readonly key: string; readonly group: TargetGroup }
  | { readonly kind: 'target'; readonly key: string; readonly id: string; readonly target: ActiveTarget }
  | { readonly kind: 'detail'; readonly key: string; readonly id: string; readonly target: ActiveTarget }
  | {
      readonly kind: 'dropped'
      readonly key: string
      readonly job: string
      readonly count: number
      readonly open: boolean
    }
  | { readonly kind: 'dropped-target'; readonly key: string; readonly target: DroppedTarget }

export type OpenParts = {
  /** Id of the target whose details are shown. */
  readonly target: string | undefined
  /** Jobs whose dropped targets are shown. */
  readonly dropped: ReadonlySet<string>
}

/** What a target is called in the address and in keys; other servers of this API send no `id`. */
export const targetId = (target: ActiveTarget): string => target.id ?? `${target.scrapePool} ${target.scrapeUrl}`

/** Jobs, their targets, the open one's details, and dropped targets, in the order in which they stand on the page. */
export function toListRows(groups: readonly TargetGroup[], open: OpenParts): ListRow[] {
  const rows: ListRow[] = []
  for (const group of groups) {
    const { job } = group
    rows.push({ kind: 'job', key: `job ${job}`, group })
    for (const target of group.active) {
      const id = targetId(target)
      rows.push({ kind: 'target', key: `target ${id}`, id, target })
      if (open.target === id) rows.push({ kind: 'detail', key: `detail ${id}`, id, target })
    }
    const count = group.dropped.length
    if (count === 0) continue
    const shown = open.dropped.has(job)
    rows.push({ kind: 'dropped', key: `dropped ${job}`, job, count, open: shown })
    if (shown)
      group.dropped.forEach((target, i) => {
        rows.push({ kind: 'dropped-target', key: `dropped ${job} ${i}`, target })
      })
  }
  return rows
}
