import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import type { HistoryPagesOptions } from '../../api/index.ts'
import { useRefresh, useTimeRange } from '../../view/index.ts'

/** So many are there before anybody scrolls. */
const FIRST_ITEMS = 50

export type HistoryPages<T> = {
  /** Newest first, of all pages that were loaded. */
  readonly items: readonly T[]
  readonly isLoaded: boolean
  /** These are of the question before. */
  readonly isStale: boolean
  readonly isFetchingMore: boolean
  /** There are older ones. */
  readonly hasMore: boolean
  readonly error: Error | null
  readonly retry: () => void
  /** Which rows are in sight. */
  readonly onRange: (first: number, last: number) => void
}

/** A list of the history, page by page: the newest is asked for anew now and then, older ones when somebody scrolls there. */
export function useHistoryPages<T>(options: HistoryPagesOptions<T>): HistoryPages<T> {
  const { isKnown } = useTimeRange()
  const { intervalMs } = useRefresh()
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = useInfiniteQuery({
    ...options,
    enabled: isKnown,
    // Older pages do not change: only who looks at the newest asks anew.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : intervalMs),
    placeholderData: keepPreviousData,
  })
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (last >= items.length - 20 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
    [items.length, hasNextPage, isFetchingNextPage, fetchNextPage],
  )
  // A call that finds little among many events says where to go on: nothing found is only true at the end.
  useEffect(() => {
    if (items.length < FIRST_ITEMS && hasNextPage && !isFetchingNextPage && error === null) void fetchNextPage()
  }, [items.length, hasNextPage, isFetchingNextPage, fetchNextPage, error])
  return {
    items,
    isLoaded: data !== undefined,
    isStale: isPlaceholderData,
    isFetchingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    error,
    retry: () => void refetch(),
    onRange,
  }
}
