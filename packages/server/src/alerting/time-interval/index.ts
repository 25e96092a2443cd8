// Time intervals of alertmanager.yml: when a route is mute, and when it is active.
// In: `time_intervals` and a moment. Out: whether an interval holds, and what mutes a route.
// Promise: days and minutes are those of the interval's own time zone, with its summer time.

export { createTimeIntervals, type TimeIntervals } from './create-time-intervals.ts'
export { timeIntervalSchema } from './schema.ts'
export type { NamedTimeInterval, NumberRange, TimeInterval } from './time-interval.ts'
