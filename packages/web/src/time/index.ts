// Time ranges: typed text to expressions, expressions to instants, names for buttons, zooming, grids of points.
// In: text, Unix ms and a clock reading. Out: expressions (`now-1h`) for the URL, Unix ms for queries.
// Promise: pure; whatever `parseRange` answers, `resolveTime` understands.

export { describeRange } from './describe-range.ts'
export { isMoving, parseRange, type RangeText, resolveTime } from './parse-range.ts'
export { alignTo, type Interval, stepFor, zoomBy } from './zoom.ts'
