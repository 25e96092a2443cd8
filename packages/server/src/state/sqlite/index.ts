// SQLite as the place of control-plane records: one file, one thread, group commits.
// In: statements with their values. Out: rows, and commits that are on the disk.
// Promise: nothing that arrives here can block the event loop; a file that is locked or damaged is refused when it is opened.

export { openDatabase, type SqliteDatabase } from './database.ts'
export { createSqliteThread, type SqliteThread } from './thread.ts'
