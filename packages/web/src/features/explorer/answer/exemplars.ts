import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { type Exemplar, exemplars } from '../../../api/index.ts'
import type { ChartMark } from '../../../ui/chart/index.ts'
import { formatDateTime, formatValue, type Unit, unitOfQuery } from '../../../ui/format/index.ts'
import { useRefresh, useTimeRange } from '../../../view/index.ts'
import type { AppliedQuery } from '../rows.ts'

/** Dots past this hide the lines that they belong to. */
const MAX_SHOWN = 300

export type FoundExemplars = {
  readonly list: readonly Exemplar[]
  /** How many there are, shown or not. */
  readonly total: number
  readonly error: Error | undefined
  readonly isPending: boolean
}

/** Exemplars of all queries that are shown, while `enabled`. */
export function useExemplars(active: readonly Pick<AppliedQuery, 'expr'>[], enabled: boolean): FoundExemplars {
  const { range, isKnown } = useTimeRange()
  const { intervalMs } = useRefresh()
  return useQueries({
    queries: active.map(({ expr }) => ({
      ...exemplars.of(expr, range),
      enabled: enabled && isKnown,
      retry: false,
      // They come rarely: half the page's pace will do.
      refetchInterval: intervalMs === false ? false : intervalMs * 2,
      placeholderData: keepPreviousData,
    })),
    combine: combineFound,
  })
}

// Outside of the component, so that its result stays the same object while the answers do.
function combineFound(
  answers: readonly { data?: readonly Exemplar[] | undefined; error: Error | null; isPending: boolean }[],
): FoundExemplars {
  const all = new Map<string, Exemplar>()
  for (const { data = [] } of answers) for (const one of data) all.set(keyOf(one), one)
  const list = highestOfEach([...all.values()])
  const error = answers.find((answer) => answer.error !== null)?.error ?? undefined
  return { list, total: all.size, error, isPending: answers.some(({ isPending }) => isPending) }
}

export function keyOf({ seriesLabels, labels, value, atMs }: Exemplar): string {
  return JSON.stringify([seriesLabels, labels, value, atMs])
}

/** At most `MAX_SHOWN`: the time they span in equal parts, of each part its highest ones. */
export function highestOfEach(all: readonly Exemplar[], most = MAX_SHOWN): readonly Exemplar[] {
  if (all.length <= most) return all
  const from = Math.min(...all.map(({ atMs }) => atMs))
  const span = Math.max(...all.map(({ atMs }) => atMs)) - from
  const parts = Math.ceil(most / 3)
  const taken = new Uint32Array(parts)
  return [...all]
    .sort((a, b) => b.value - a.value)
    .filter(({ atMs }) => {
      const part = Math.min(parts - 1, Math.floor(((atMs - from) / (span || 1)) * parts))
      taken[part]!++
      return taken[part]! <= 3
    })
    .sort((a, b) => a.atMs - b.atMs)
}

/** The label that leads to a trace, by the names that client libraries give it. */
export function traceIdOf({ labels }: Exemplar): string | undefined {
  return labels.trace_id ?? labels.traceID ?? labels.traceId
}

/**
 * Exemplars as marks. What a query answers is only measured in the unit of its observations where it is a quantile or
 * a mean of them; elsewhere a mark has its time, but no height.
 */
export function marksOf(
  list: readonly Exemplar[],
  active: readonly Pick<AppliedQuery, 'expr'>[],
  unit: Unit,
  isHeatmap = false,
): readonly ChartMark[] {
  const sameUnit =
    isHeatmap ||
    active.every(({ expr }) => /\bhistogram_(quantile|avg)\b/.test(expr) || /_sum\b.*\/.*_count\b/s.test(expr))
  return list.map((one) => ({
    key: keyOf(one),
    at: one.atMs / 1000,
    value: sameUnit ? one.value : undefined,
    facts: [
      ['exemplar', formatDateTime(one.atMs)],
      [
        'value',
        formatValue(
          one.value,
          sameUnit ? unit : unitOfQuery((one.seriesLabels.__name__ ?? '').replace(/_(bucket|sum|count)$/, '')),
        ),
      ],
      ...Object.entries(one.labels),
      ...Object.entries(one.seriesLabels).filter(([name]) => name !== '__name__' && name !== 'le'),
    ],
  }))
}
