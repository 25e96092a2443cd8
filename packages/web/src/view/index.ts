// What all pages share of the view: the address as state (time range, refresh), keys, and range queries that keep up.
// In: the address and the router. Out: hooks. Promise: the address alone decides what is shown; the back button undoes it.

export { arrivedVia, noteArrival, noteMove, withoutMark } from './arrival.ts'
export { boundKeys, isTyping, type KeyBinding, useKeys } from './keys.ts'
export { listOf, parseSearch, type SharedSearch, stringifySearch, textOf, validateShared } from './search.ts'
export { useLiveRange } from './use-live-range.ts'
export {
  intervalOf,
  type Refresh,
  type TimeRange,
  useFirstMoments,
  useRefresh,
  useTimeRange,
} from './use-time-range.ts'
