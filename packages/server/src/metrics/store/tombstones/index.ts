// Deleted samples: intervals of time by series, applied at every read. In: series and intervals. Out: samples without.
// Promise: what was deleted stays so for as long as its data could come back (retention), also after a restart; deleting
// rewrites nothing. Only `cut/clean.ts` takes the samples out of what is stored, and then the intervals.

export {
  after,
  createTombstones,
  type Intervals,
  type TombstoneEntry,
  type Tombstones,
  withoutDeleted,
} from './tombstones.ts'
