// Recognising byte strings without making JavaScript strings of them.
// In: ranges of a wire buffer. Out: dense numbers (ByteTable), or one shared text per byte string (ByteStrings).
// Promise: keys are copied (no body is kept alive), lookups allocate nothing.

export { ByteStrings, type ByteStringsOptions } from './byte-strings.ts'
export { ByteTable, grown, hashBytes, sameBytes, viewOf } from './byte-table.ts'
