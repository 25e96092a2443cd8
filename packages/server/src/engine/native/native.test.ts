import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Block, Column, ColumnData, StringColumn } from '../block.ts'
import { createBlockDecoder, decodeBlocks, encodeBlock } from './index.ts'

function strings(rows: readonly Uint8Array[]): StringColumn {
  const offsets = new Uint32Array(rows.length + 1)
  rows.forEach((row, i) => {
    offsets[i + 1] = offsets[i]! + row.length
  })
  return { bytes: Uint8Array.from(rows.flatMap((row) => [...row])), offsets }
}

const bytes = (rows: number, width: number) => fc.uint8Array({ minLength: rows * width, maxLength: rows * width })
const texts = (rows: number) =>
  fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: rows, maxLength: rows }).map(strings)
/** Any bits, NaN payloads included: the array is made over the bytes. */
const over = <T>(rows: number, width: number, make: (b: ArrayBuffer) => T) =>
  bytes(rows, width).map((b) => make(new Uint8Array(b).buffer))

function simple(rows: number): fc.Arbitrary<ColumnData> {
  return fc.oneof(
    bytes(rows, 1).map((data): ColumnData => ({ type: 'UInt8', data })),
    over(rows, 2, (b): ColumnData => ({ type: 'UInt16', data: new Uint16Array(b) })),
    over(rows, 4, (b): ColumnData => ({ type: 'UInt32', data: new Uint32Array(b) })),
    over(rows, 4, (b): ColumnData => ({ type: 'Int32', data: new Int32Array(b) })),
    over(rows, 8, (b): ColumnData => ({ type: 'Float64', data: new Float64Array(b) })),
    over(rows, 4, (b): ColumnData => ({ type: 'Float32', data: new Float32Array(b) })),
    over(rows, 8, (b): ColumnData => ({ type: 'UInt64', data: new Uint32Array(b) })),
    over(rows, 8, (b): ColumnData => ({ type: 'Int64', data: new Uint32Array(b) })),
    over(rows, 8, (b): ColumnData => ({ type: 'DateTime64', precision: 3, data: new Uint32Array(b) })),
    texts(rows).map((data): ColumnData => ({ type: 'String', data })),
    bytes(rows, 5).map((data): ColumnData => ({ type: 'FixedString', width: 5, data })),
  )
}

function offsets(rows: number): fc.Arbitrary<Uint32Array> {
  return fc.array(fc.nat(4), { minLength: rows, maxLength: rows }).map((sizes) => {
    const out = new Uint32Array(rows + 1)
    sizes.forEach((size, i) => {
      out[i + 1] = out[i]! + size
    })
    return out
  })
}

function columnData(rows: number): fc.Arbitrary<ColumnData> {
  return fc.oneof(
    { weight: 4, arbitrary: simple(rows) },
    fc.tuple(bytes(rows, 1), simple(rows)).map(([nulls, inner]): ColumnData => ({ type: 'Nullable', nulls, inner })),
    offsets(rows).chain((ends) =>
      simple(ends[rows]!).map((inner): ColumnData => ({ type: 'Array', offsets: ends, inner })),
    ),
    offsets(rows).chain((ends) =>
      fc
        .tuple(texts(ends[rows]!), texts(ends[rows]!))
        .map(([keys, values]): ColumnData => ({ type: 'Map(String, String)', data: { offsets: ends, keys, values } })),
    ),
  )
}

const block: fc.Arbitrary<Block> = fc
  .integer({ min: 1, max: 20 })
  .chain((rows) =>
    fc
      .array(fc.tuple(fc.string(), columnData(rows)), { minLength: 1, maxLength: 5 })
      .map((columns): Block => ({ rows, columns: columns.map(([name, data]): Column => ({ name, ...data })) })),
  )

/** The same block with every array as hex, so that NaN and views compare by their bits. */
function bits(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  if (value instanceof Map) return [...value]
  if (Array.isArray(value)) return value.map(bits)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bits(inner)]))
  }
  return value
}

test('blocks survive to the bit, whole and cut into pieces anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (blocks, cuts) => {
        const wire = Buffer.concat(blocks.map(encodeBlock))
        expect(bits(decodeBlocks(wire))).toEqual(bits(blocks))
        const at = [...new Set(cuts.map((cut) => cut % (wire.length + 1)))].sort((a, b) => a - b)
        const decoder = createBlockDecoder()
        const found: Block[] = []
        let from = 0
        for (const to of [...at, wire.length]) {
          // A copy, as a socket gives it: its alignment differs from the whole's.
          found.push(...decoder.push(Uint8Array.from(wire.subarray(from, to))))
          from = to
        }
        decoder.end()
        expect(bits(found)).toEqual(bits(blocks))
      },
    ),
    { numRuns: 200 },
  )
})

test('a block comes out the same when cut at every single byte', () => {
  const [sample] = fc.sample(block, { numRuns: 1, seed: 7 })
  const wire = encodeBlock(sample!)
  for (let cut = 0; cut <= wire.length; cut++) {
    const decoder = createBlockDecoder()
    const found = [...decoder.push(wire.subarray(0, cut)), ...decoder.push(wire.subarray(cut))]
    expect(found).toHaveLength(1)
    decoder.end()
  }
  const bytewise = createBlockDecoder()
  const found = [...wire].flatMap((b) => bytewise.push(Uint8Array.of(b)))
  expect(bits(found)).toEqual(bits([sample]))
})

test('an answer that ends inside a block is an error wherever it ends', () => {
  const [sample] = fc.sample(block, { numRuns: 1, seed: 3 })
  const wire = encodeBlock(sample!)
  for (let cut = 1; cut < wire.length; cut++) {
    const decoder = createBlockDecoder()
    decoder.push(wire.subarray(0, cut))
    expect(() => decoder.end()).toThrow('inside a block')
  }
})

test('arbitrary bytes end in an error or in blocks, soon, and never in a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
      try {
        decodeBlocks(junk)
      } catch (error) {
        expect(error).toMatchObject({ name: 'BinnacleError' })
      }
    }),
    { numRuns: 2000 },
  )
})

test('a column type that has no decoder is named in the error', () => {
  const wire = Buffer.concat([Buffer.from([1, 1, 1, 0x61, 9]), Buffer.from('Array(UUI')])
  expect(() => decodeBlocks(wire)).toThrow('Array(UUI')
})

test('aligned columns are views of the bytes that came', () => {
  const wire = encodeBlock({ rows: 3, columns: [{ name: 'a', type: 'UInt8', data: Uint8Array.of(1, 2, 3) }] })
  const [found] = decodeBlocks(wire)
  const column = found!.columns[0]!
  expect(column.type === 'UInt8' && column.data.buffer === wire.buffer).toBe(true)
})

test('names and types survive wherever the buffer has to grow', () => {
  // The first column ends on every place around the first size of the buffer: the growth meets each part of the next.
  for (let size = 4_040; size < 4_110; size++) {
    const first: Column = { name: 'a', type: 'String', data: strings([new Uint8Array(size).fill(7)]) }
    const second: Column = { name: 'second', type: 'DateTime64', precision: 3, data: Uint32Array.of(1, 2) }
    const [back] = decodeBlocks(encodeBlock({ rows: 1, columns: [first, second] }))
    expect(
      back?.columns.map(({ name, type }) => `${name} ${type}`),
      String(size),
    ).toEqual(['a String', 'second DateTime64'])
  }
})
