import type { ReactNode } from 'react'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { VirtualRows } from '../../ui/virtual-rows.tsx'
import classes from './alerts.module.css'
import type { HistoryPages } from './use-history-pages.ts'

export type HistoryListProps<T> = {
  pages: HistoryPages<T>
  label: string
  /** What to say where there is nothing. */
  empty: string
  filtered: boolean
  above?: ReactNode
  render: (item: T) => ReactNode
}

/** A list that grows backwards in time while it is read. */
export function HistoryList<T extends { readonly id: string }>({
  pages: { items, isLoaded, isStale, isFetchingMore, hasMore, error, retry, onRange },
  label,
  empty,
  filtered,
  above,
  render,
}: HistoryListProps<T>) {
  return (
    <Sheet>
      {!isLoaded && error === null && <Loading label="History" height={220} />}
      {!isLoaded && error !== null && (
        <Failed what="History could not be loaded" error={error} onRetry={retry} height={220} />
      )}
      {isLoaded && items.length === 0 && hasMore && <Loading label={`Older ${label.toLowerCase()}`} height={160} />}
      {isLoaded && items.length === 0 && !hasMore && (
        <Empty title={empty} height={160}>
          {filtered ? 'Drop a condition, or choose a longer range.' : 'Choose a longer range at the top.'}
        </Empty>
      )}
      {items.length > 0 && (
        <div className={classes.list} data-dimmed={isStale || undefined}>
          {above}
          <VirtualRows
            label={label}
            count={items.length}
            estimate={() => 44}
            keyOf={(i) => items[i]!.id}
            onRange={onRange}
            render={(i) => render(items[i]!)}
          />
          {isFetchingMore && <Loading label={`Older ${label.toLowerCase()}`} height={40} />}
        </div>
      )}
    </Sheet>
  )
}
