// A copy of the embedded engine's tables as a data directory of its own, while the engine goes on.
// In: tables, the folder to make. Out: that folder, which a Binnacle can be started from.
// Promise: a table is copied as it is at one moment; nothing is copied byte by byte (hard links); a folder that is there
// is complete; a copy that failed leaves nothing behind.

export { type SnapshotOptions, takeSnapshot } from './take-snapshot.ts'
