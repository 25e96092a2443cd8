import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { decodeSnappy, snappyLength } from './snappy.ts'
import { encodeSnappy } from './testkit/index.ts'

function decode(block: Buffer): Buffer {
  const out = Buffer.alloc(Math.min(snappyLength(block), 1 << 20))
  return out.subarray(0, decodeSnappy(block, out))
}

// Written by hand from google/snappy, format_description.txt.
test.for([
  ['nothing', [0], ''],
  ['a literal', [3, 0x08, 0x61, 0x62, 0x63], 'abc'],
  ['a literal with its length in one byte', [3, 0xf0, 2, 0x61, 0x62, 0x63], 'abc'],
  ['a literal with its length in four bytes', [3, 0xfc, 2, 0, 0, 0, 0x61, 0x62, 0x63], 'abc'],
  ['a copy with a one-byte offset', [7, 0x08, 0x61, 0x62, 0x63, 0x01, 0x03], 'abcabca'],
  ['a copy with a two-byte offset', [6, 0x08, 0x61, 0x62, 0x63, 0x0a, 0x03, 0x00], 'abcabc'],
  ['a copy with a four-byte offset', [6, 0x08, 0x61, 0x62, 0x63, 0x0b, 0x03, 0x00, 0x00, 0x00], 'abcabc'],
  ['a copy that repeats what it writes', [65, 0x00, 0x61, 0xfe, 0x01, 0x00], 'a'.repeat(65)],
] as const)('reads %s', ([, bytes, text]) => {
  expect(decode(Buffer.from(bytes)).toString()).toBe(text)
})

test.for([
  ['no header', []],
  ['a length that never ends', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ['a length over 32 bits', [0xff, 0xff, 0xff, 0xff, 0x7f]],
  ['less than it claims', [4, 0x08, 0x61, 0x62, 0x63]],
  ['more than it claims', [2, 0x08, 0x61, 0x62, 0x63]],
  ['a literal that is cut off', [3, 0x08, 0x61]],
  ['a literal length that is cut off', [3, 0xf4, 0x01]],
  ['a literal of 4 GiB', [3, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x61]],
  ['a copy before the start', [7, 0x08, 0x61, 0x62, 0x63, 0x01, 0x04]],
  ['a copy with offset 0', [7, 0x08, 0x61, 0x62, 0x63, 0x01, 0x00]],
  ['a copy past the end', [5, 0x08, 0x61, 0x62, 0x63, 0x01, 0x03]],
  ['a copy that is cut off', [7, 0x08, 0x61, 0x62, 0x63, 0x02, 0x03]],
] as const)('refuses %s', ([, bytes]) => {
  expect(() => decode(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'remote_write.malformed' }))
})

const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.constantFrom('job="api",', 'instance=', 'a', '0'), { maxLength: 400 })
    .map((p) => Buffer.from(p.join(''))),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(5000))
    .map(([part, times]) => Buffer.concat(Array.from({ length: times }, () => part))),
)

test('what was packed is unpacked', () => {
  fc.assert(
    fc.property(content, (bytes) => {
      expect(decode(encodeSnappy(bytes)).equals(bytes)).toBe(true)
    }),
    { numRuns: 300 },
  )
  const large = Buffer.alloc(3_000_000, 'repeat me often ')
  const packed = encodeSnappy(large)
  expect(packed.length).toBeLessThan(large.length / 10)
  const out = Buffer.alloc(large.length)
  decodeSnappy(packed, out)
  expect(out.equals(large)).toBe(true)
})

test('damaged blocks end in an error or in as many bytes as they claim, and touch nothing else', () => {
  fc.assert(
    fc.property(
      content,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
      (bytes, changes, cut) => {
        const block = encodeSnappy(bytes)
        for (const [at, byte] of changes) block[at % block.length] = byte
        const damaged = block.subarray(0, (cut % block.length) + 1)
        try {
          const length = snappyLength(damaged)
          if (length > 200_000) return
          const out = Buffer.alloc(length + 8, 0xaa)
          try {
            expect(decodeSnappy(damaged, out.subarray(0, length))).toBe(length)
          } finally {
            expect(out.subarray(length)).toEqual(Buffer.alloc(8, 0xaa))
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BinnacleError)
        }
      },
    ),
    { numRuns: 1000 },
  )
})
