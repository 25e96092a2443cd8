import type { ActiveTarget, DiscoveryProblem, DroppedTarget, LabelMap, Targets } from '../../api/index.ts'
import type { TargetsSearch } from './search.ts'

export type TargetGroup = {
  readonly job: string
  readonly active: readonly ActiveTarget[]
  readonly dropped: readonly DroppedTarget[]
  /** Of all active targets of the job, whatever the filter. */
  readonly up: number
  readonly total: number
  /** Why targets of this job may be missing or old. */
  readonly problems: readonly DiscoveryProblem[]
}

/** Every word of the filter must be in a label, the address or the error. */
export function matchesText(words: readonly string[], labels: LabelMap, more: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = [...Object.entries(labels).map(([name, value]) => `${name}="${value}"`), ...more]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

/** Targets by scrape job; jobs with something down first, then by name; within a job the down ones first. */
export function groupTargets(
  targets: Targets,
  { text = '', state }: Pick<TargetsSearch, 'text' | 'state'>,
  problems: readonly DiscoveryProblem[] = [],
): TargetGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  type Mutable = {
    active: ActiveTarget[]
    dropped: DroppedTarget[]
    up: number
    total: number
    problems: DiscoveryProblem[]
  }
  const jobs = new Map<string, Mutable>()
  const group = (job: string) => {
    const found: Mutable = jobs.get(job) ?? { active: [], dropped: [], up: 0, total: 0, problems: [] }
    jobs.set(job, found)
    return found
  }
  for (const target of targets.activeTargets) {
    const g = group(target.scrapePool)
    g.total++
    if (target.health === 'up') g.up++
    const wanted = state === undefined || state === target.health
    if (wanted && matchesText(words, target.labels, [target.scrapeUrl, target.lastError])) g.active.push(target)
  }
  for (const target of targets.droppedTargets) {
    const wanted = state === undefined || state === 'dropped'
    if (wanted && matchesText(words, target.discoveredLabels, [target.droppedBy ?? '']))
      group(target.scrapePool ?? target.discoveredLabels.job ?? '').dropped.push(target)
  }
  // A job without any target, because its files could not be read, is there too: it is what one looks for.
  for (const problem of problems)
    if (jobs.has(problem.pool) || (state === undefined && matchesText(words, { job: problem.pool }, [problem.message])))
      group(problem.pool).problems.push(problem)
  const rank = { down: 0, unknown: 1, up: 2 }
  return [...jobs]
    .filter(([, g]) => g.active.length + g.dropped.length > 0 || (g.total === 0 && g.problems.length > 0))
    .map(([job, g]) => ({
      ...g,
      job,
      active: g.active.sort(
        (a, b) =>
          rank[a.health] - rank[b.health] ||
          (a.labels.instance ?? '').localeCompare(b.labels.instance ?? '', 'en', { numeric: true }),
      ),
    }))
    .sort((a, b) => Number(isWell(a)) - Number(isWell(b)) || a.job.localeCompare(b.job))
}

const isWell = (group: TargetGroup) => group.up === group.total && group.problems.length === 0

/** What relabelling did to a target's labels. */
export type LabelChange = {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

export function changesOf(before: LabelMap, after: LabelMap): LabelChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map((name) => ({ name, before: before[name], after: after[name] }))
}

/** Unix ms of Go's time text; `undefined` for its zero time, which means "never". */
export function scrapedAt(text: string): number | undefined {
  const at = Date.parse(text)
  return Number.isNaN(at) || at <= 0 ? undefined : at
}
