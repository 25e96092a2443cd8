import { useSearch } from '@tanstack/react-router'
import { HistoryEvents } from './history-events.tsx'
import { HistoryNotifications } from './history-notifications.tsx'
import type { HistorySearch } from './search.ts'

/** What happened in the page's time range, newest first: to alerts, or who was told of them. */
export function HistoryPage() {
  const { show }: HistorySearch = useSearch({ strict: false })
  return show === 'notifications' ? <HistoryNotifications /> : <HistoryEvents />
}
