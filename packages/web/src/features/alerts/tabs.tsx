import { Link } from '@tanstack/react-router'

/** The pages that belong to alerts. */
export function AlertTabs() {
  return (
    <>
      <Link to="/alerts" activeOptions={{ exact: true, includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>
        Now
      </Link>
      <Link to="/alerts/rules" activeOptions={{ includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>
        Rules
      </Link>
      <Link to="/alerts/history" activeOptions={{ includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>
        History
      </Link>
    </>
  )
}
