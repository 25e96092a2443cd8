// `time.Time` and `time.Duration` of Go, with their methods, layouts and zones. In: moments in milliseconds or seconds.
// Out: values for templates and their texts. Zones come from Intl; the clock comes from the caller.

export { DURATION, durationText, makeDuration } from './duration.ts'
export { parseLayout } from './layout.ts'
export { formatTime, inZone, makeTime, subtract, TIME, timeOfMs, timeText, zeroTime } from './time-type.ts'
export { fixedZone, UTC, zoneNamed } from './zones.ts'
