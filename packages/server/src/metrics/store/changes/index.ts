// How far back in time the store has changed since an earlier moment: late samples, deletions, series that are forgotten.
// In: the oldest time of every change. Out: what is older than this still reads as it did then.
// Promise: never later than the truth; memory and time of a change are bounded, however many there are.

export { type Changes, createChanges } from './changes.ts'
