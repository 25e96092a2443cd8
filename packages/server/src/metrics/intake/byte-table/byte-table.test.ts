import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteStrings, ByteTable, hashBytes, sameBytes, viewOf } from './index.ts'

test('every key is found under the number it was given, and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 300 }), (keys) => {
      const table = new ByteTable(1, 1)
      for (const [i, key] of keys.entries()) {
        const bytes = Buffer.from(`pad${key}pad`)
        const view = viewOf(bytes)
        const to = bytes.length - 3
        const hash = hashBytes(view, 3, to)
        expect(table.find(view, 3, to, hash)).toBe(-1)
        expect(table.add(bytes, 3, to, hash)).toBe(i)
      }
      for (const [i, key] of keys.entries()) {
        const bytes = Buffer.from(key)
        const view = viewOf(bytes)
        expect(table.find(view, 0, bytes.length, hashBytes(view, 0, bytes.length))).toBe(i)
      }
    }),
    { numRuns: 50 },
  )
})

test('sameBytes equals a comparison byte by byte at any offset and length', () => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.nat(7), fc.nat(40), (content, aFrom, bFrom, change) => {
      const a = Buffer.concat([Buffer.alloc(aFrom, 1), content])
      const b = Buffer.concat([Buffer.alloc(bFrom, 2), content])
      expect(sameBytes(viewOf(a), aFrom, viewOf(b), bFrom, content.length)).toBe(true)
      if (change < content.length) {
        b[bFrom + change]! ^= 0x40
        expect(sameBytes(viewOf(a), aFrom, viewOf(b), bFrom, content.length)).toBe(false)
      }
    }),
  )
})

test('the same bytes give the same string, bytes that are not UTF-8 give none, and the memory stays bounded', () => {
  const strings = new ByteStrings({ maxStrings: 10 })
  const bytes = Buffer.concat([Buffer.from('zürich'), Buffer.from([0xff])])
  const view = viewOf(bytes)
  expect(strings.textOf(bytes, view, 0, 7)).toBe('zürich')
  expect(strings.textOf(bytes, view, 0, 7)).toBe('zürich')
  expect(strings.textOf(bytes, view, 0, 8)).toBeUndefined()
  expect(strings.textOf(bytes, view, 0, 0)).toBe('')
  for (let i = 0; i < 1000; i++) {
    const text = `value ${i}`
    const many = Buffer.from(text)
    expect(strings.textOf(many, viewOf(many), 0, many.length)).toBe(text)
  }
})
