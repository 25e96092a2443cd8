import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import { type Frame, queries } from '../api/index.ts'
import { useFirstMoments, useRefresh, useTimeRange } from './use-time-range.ts'

export type LiveRangeOptions = {
  /** Width in pixels of what shows the answer. */
  widthPx?: number
  /** False while it is off screen: then nothing is asked. */
  enabled?: boolean
  minStepS?: number
}

/** A range query over the page's time range, asked anew at the page's pace. The old answer stays until the new one is there. */
export function useLiveRange(
  expr: string,
  { widthPx = 600, enabled = true, minStepS = 5 }: LiveRangeOptions = {},
): UseQueryResult<Frame> {
  const { range, isKnown } = useTimeRange()
  const { intervalMs } = useRefresh()
  // A newcomer looks at the first curve: it should not wait for the next point of a coarse grid, nor for the next poll.
  const first = useFirstMoments() && intervalMs !== false
  // Widths in steps: a scroll bar or a few pixels of resizing are no reason to ask again.
  const width = Math.max(100, Math.round(widthPx / 100) * 100)
  return useQuery({
    ...queries.range({ expr, range, widthPx: width, minStepS: first ? 1 : minStepS }),
    enabled: enabled && isKnown && expr !== '',
    refetchInterval: first ? Math.min(intervalMs, 1000) : intervalMs,
    placeholderData: keepPreviousData,
    retry: false,
  })
}
