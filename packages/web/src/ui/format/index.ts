// Numbers, units, durations and times as every page shows them.
// In: plain numbers (ms for durations and instants, base units for values). Out: text, or figure and unit apart.
// Promise: the one place that decides digits, prefixes and spaces; always the same text for the same value.

export { formatAge, formatDuration, toPromDuration } from './duration.ts'
export { formatCount, formatExact, formatNumber } from './number.ts'
export { formatClock, formatDate, formatDateTime, formatUtc } from './time.ts'
export { formatValue, type Quantity, toQuantity, type Unit, unitOfMetric, unitOfQuery } from './unit.ts'
