// Deleted samples: intervals of time by series, applied at every read. In: series and intervals. Out: samples without.
// Promise: what was deleted stays so for as long as its data could come back (retention), also after a restart; deleting
// rewrites nothing.

export { createTombstones, type Intervals, type Tombstones, withoutDeleted } from './tombstones.ts'
