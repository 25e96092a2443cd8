import { expect, test } from 'vitest'
import { parseByteSize } from './index.ts'

// Verdicts of promtool 3.5.3, 2026-11-21.
test.for([
  ['10B', 10],
  ['1KB', 1024],
  ['1KiB', 1024],
  ['512MB', 512 * 1024 ** 2],
  ['1.5MiB', 1.5 * 1024 ** 2],
  ['1MB512KB', 1.5 * 1024 ** 2],
  ['0', 0],
  ['-1B', -1],
] as const)('the size %s is %d bytes', ([text, bytes]) => {
  expect(parseByteSize(text)).toBe(bytes)
})

test.for(['', '10', '1kB', ' 5MB', '5M', '5Mi', '1_0B', '1kb', '10EB'])('"%s" is no size', (text) => {
  expect(parseByteSize(text)).toBeUndefined()
})
