import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createChunkHeader,
  decodeChunk,
  decodeTimes,
  encodeChunk,
  KIND_FLOAT,
  MAX_CHUNK_SAMPLES,
  maxChunkBytes,
  readChunkHeader,
} from './index.ts'

const STALE = 0x7ff0000000000002n

/** A double from its bits; through shared memory, since a number on the way would lose a signalling NaN. */
function columnOfBits(bits: readonly bigint[]): Float64Array {
  return new Float64Array(BigUint64Array.from(bits).buffer)
}

function bitsOf(column: Float64Array, from = 0, to = column.length): bigint[] {
  return [...new BigUint64Array(column.buffer, column.byteOffset + from * 8, to - from)]
}

function encode(ts: Float64Array, values: Float64Array): Uint8Array {
  const out = new Uint8Array(maxChunkBytes(ts.length))
  return out.slice(0, encodeChunk(ts, values, 0, ts.length, out, 0))
}

function expectRoundTrip(ts: Float64Array, values: Float64Array): Uint8Array {
  // In the middle of larger columns and bytes, so that offsets count.
  const pad = 3
  const paddedTs = new Float64Array(ts.length + 2 * pad)
  const paddedValues = new Float64Array(ts.length + 2 * pad)
  paddedTs.set(ts, pad)
  paddedValues.set(values, pad)
  const out = new Uint8Array(maxChunkBytes(ts.length) + 5).fill(0xaa)
  const size = encodeChunk(paddedTs, paddedValues, pad, pad + ts.length, out, 5)
  expect(size).toBeLessThanOrEqual(maxChunkBytes(ts.length))
  const shared = new Uint8Array(new SharedArrayBuffer(out.length))
  shared.set(out)

  const header = createChunkHeader()
  readChunkHeader(shared, 5, header)
  expect(header).toEqual({
    kind: KIND_FLOAT,
    bytes: size,
    count: ts.length,
    firstMs: ts[0]! + 0,
    lastMs: ts.at(-1)! + 0,
  })
  const gotTs = new Float64Array(ts.length + 2)
  const gotValues = new Float64Array(ts.length + 2)
  expect(decodeChunk(shared, 5, gotTs, gotValues, 1)).toBe(ts.length)
  expect(gotTs.slice(1, -1)).toEqual(ts.map((t) => t + 0))
  expect(bitsOf(gotValues, 1, ts.length + 1)).toEqual(bitsOf(values))
  expect([gotTs[0], gotTs.at(-1), gotValues[0], gotValues.at(-1)]).toEqual([0, 0, 0, 0])
  const timesAlone = new Float64Array(ts.length)
  expect(decodeTimes(shared, 5, timesAlone, 0)).toBe(ts.length)
  expect(timesAlone).toEqual(gotTs.slice(1, -1))
  return out.subarray(5, 5 + size)
}

const T0 = 1_767_225_600_000
const gridOf = (n: number) => Float64Array.from({ length: n }, (_, i) => T0 + i * 15_000)

describe('every bit comes back', () => {
  const special = [
    ['zero and minus zero', [0, -0, 0, -0]],
    ['minus zero alone', [-0]],
    ['minus zero among integers', [...Array(20).keys(), -0, 21, 22]],
    ['minus zero among decimals', [...Array(20).keys()].map((i) => (i === 9 ? -0 : i / 10))],
    ['infinities', [1, Infinity, 2, -Infinity, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]],
    ['only infinities', [Infinity, -Infinity]],
    ['the largest whole numbers', [2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 51, 2 ** 52, -(2 ** 51), 0]],
    ['whole numbers that jump from end to end', [2 ** 51, -(2 ** 51), 2 ** 51, -(2 ** 51)]],
    ['denormals', [5e-324, -5e-324, 2.2250738585072014e-308, 0, 1e-310]],
    ['the range of doubles', [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e300, 1e-300]],
    ['nanoseconds since 1970', [1.7672256e18, 1.767225600000001e18, 1.7672257e18]],
    ['multiples of a page', [4096, 8192, 4096 * 77, 4096 * 1e6, 0, 4096]],
    ['multiples of 2^40', [2 ** 40, 3 * 2 ** 40, 2 ** 41, 2 ** 50]],
    ['decimals whose product rounds', [0.1, 0.2, 0.3, 1.005, 1e-7, 1234567.891, 4.35, 0.07]],
    ['one long fraction among decimals', [...Array(30).keys()].map((i) => (i === 17 ? Math.PI : i / 4))],
    ['thirds', [...Array(40).keys()].map((i) => i / 3)],
    ['a constant', Array(100).fill(7)],
    ['a constant fraction', Array(100).fill(0.1 + 0.2)],
    ['a flag that seldom moves', [...Array(100).keys()].map((i) => (i > 40 ? 1 : 0))],
    ['floats of 32 bits', [...Array(50).keys()].map((i) => Math.fround(Math.sin(i)))],
  ] as const
  test.for(special)('%s', ([, values]) => {
    expectRoundTrip(gridOf(values.length), Float64Array.from(values))
  })

  test.for([0, 1, 7, 31])('a staleness marker at %i in a run of integers costs one exception', (place) => {
    const values = Float64Array.from({ length: 32 }, (_, i) => 100 + i)
    const plain = encode(gridOf(32), values).length
    new BigUint64Array(values.buffer)[place] = STALE
    expect(expectRoundTrip(gridOf(32), values).length).toBeLessThanOrEqual(plain + 11)
  })

  test('many NaNs with payloads between numbers', () => {
    const bits = Array.from({ length: 40 }, (_, i) => (i % 2 ? STALE + BigInt(i) : 0x4024000000000000n))
    expectRoundTrip(gridOf(40), columnOfBits(bits))
  })

  const times = [
    ['one sample', [T0]],
    ['jitter', [...gridOf(50)].map((t, i) => t + ((i * 7) % 6))],
    ['a gap', [...gridOf(20), ...gridOf(20).map((t) => t + 3_600_000)]],
    ['another interval from the middle on', [...gridOf(20), ...gridOf(40).map((t, i) => t + 300_000 + i * 45_000)]],
    ['equal times', [T0, T0, T0, T0 + 1, T0 + 1]],
    ['descending times', [T0 + 500, T0 + 100, T0, T0 - 7]],
    ['before 1970', [-1000, -999, -500, 0, 3]],
    ['the ends of the exact range', [-(2 ** 50), 2 ** 50, -(2 ** 50), 2 ** 50, 5]],
    ['past the exact range', [-(2 ** 53), 0, 2 ** 53]],
    ['fractions of ms', [0.5, 1.25, 7]],
  ] as const
  test.for(times)('times: %s', ([, ts]) => {
    expectRoundTrip(
      Float64Array.from(ts),
      Float64Array.from(ts, (_, i) => i),
    )
  })

  test('100,000 samples in one chunk', () => {
    const ts = gridOf(100_000)
    expectRoundTrip(
      ts,
      ts.map((t, i) => Math.sin(t) + i),
    )
  })

  const anyBits = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(STALE, 0x7ff8000000000000n, 0xfff0000000000001n, 1n << 63n, 0n, 1n, 0x7ff0000000000000n),
  )
  const anyTimes = (n: number) =>
    fc.oneof(
      fc.array(fc.integer({ min: -3, max: 60_000 }), { minLength: n, maxLength: n }).map((steps) => {
        let t = T0
        return steps.map((step) => (t += step))
      }),
      fc.array(fc.maxSafeInteger(), { minLength: n, maxLength: n }),
      fc.tuple(fc.maxSafeInteger(), fc.integer({ min: -9, max: 1e9 })).map(([t, step]) => {
        return Array.from({ length: n }, (_, i) => t + i * step)
      }),
    )
  const valuesLike = (n: number) =>
    fc.oneof(
      fc.array(anyBits, { minLength: n, maxLength: n }).map(columnOfBits),
      ...[
        fc.integer({ min: -5, max: 5 }),
        fc.maxSafeInteger(),
        fc.integer().map((k) => k / 1000),
        fc.integer().map((k) => k * 65536),
        fc.double(),
        fc.float(),
      ].map((one) => fc.array(one, { minLength: n, maxLength: n }).map((xs) => Float64Array.from(xs))),
    )
  test('any samples, with bits strewn among them', () => {
    const samples = fc
      .integer({ min: 1, max: 70 })
      .chain((n) => fc.tuple(anyTimes(n), valuesLike(n), fc.array(fc.tuple(fc.nat(n - 1), anyBits), { maxLength: 6 })))
    fc.assert(
      fc.property(samples, ([ts, values, odd]) => {
        const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length)
        for (const [i, b] of odd) bits[i] = b
        expectRoundTrip(Float64Array.from(ts), values)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('bytes that are no chunk', () => {
  const sources = [
    encode(
      gridOf(40),
      Float64Array.from({ length: 40 }, (_, i) => i * i),
    ),
    encode(
      gridOf(40).map((t, i) => t + (i % 3)),
      Float64Array.from({ length: 40 }, (_, i) => i / 7),
    ),
    encode(
      gridOf(40).map((t, i) => t + i * i * 997),
      Float64Array.from({ length: 40 }, (_, i) => (i % 9 ? i / 10 : NaN)),
    ),
    encode(
      gridOf(40),
      Float64Array.from({ length: 40 }, (_, i) => (i > 30 ? 1 : 0)),
    ),
    encode(Float64Array.of(0.5, 1), Float64Array.of(1, 2)),
  ]
  const ts = new Float64Array(100)
  const values = new Float64Array(100)

  test('every shortened chunk throws', () => {
    for (const source of sources)
      for (let length = 0; length < source.length; length++)
        expect(() => decodeChunk(source.slice(0, length), 0, ts, values, 0)).toThrow(/^chunk: /)
  })

  test('changed bytes throw `chunk: ` or decode within the room given', () => {
    const change = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.constantFrom(...sources), change, (source, changes) => {
        const bytes = source.slice()
        for (const [i, b] of changes) bytes[i % bytes.length] = b
        ts.fill(-1, 60)
        try {
          expect(decodeChunk(bytes, 0, ts.subarray(0, 60), values.subarray(0, 60), 0)).toBeLessThanOrEqual(60)
        } catch (error) {
          expect((error as Error).message).toMatch(/^chunk: /)
        }
        expect(ts[60]).toBe(-1)
      }),
      { numRuns: 5000 },
    )
  })

  test('random bytes throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const bytes = Uint8Array.of(1, 0, ...noise)
        try {
          decodeChunk(bytes, 0, ts, values, 0)
        } catch (error) {
          expect((error as Error).message).toMatch(/^chunk: /)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test.for([
    ['another version', [2, 0, 0, 4, 1, 2, 2, 2], /unknown version 2/],
    ['another kind', [1, 9, 0, 4, 1, 2, 2, 2], /unknown kind 9/],
    ['no samples', [1, 0, 0, 4, 0, 2, 2, 2], /unlikely number of samples 0/],
    ['too many samples', [1, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 1, 2, 2, 2, 2], /unlikely number/],
    ['bytes left over', [1, 0, 0, 5, 1, 2, 2, 2, 2], /length does not fit/],
  ] as const)('%s is named', ([, bytes, message]) => {
    expect(() => decodeChunk(Uint8Array.from(bytes), 0, ts, values, 0)).toThrow(message)
  })

  test('columns or bytes without room, and impossible counts, are refused', () => {
    expect(() => decodeChunk(sources[0]!, 0, ts, values, 61)).toThrow('chunk: no room')
    expect(() => encodeChunk(ts, values, 0, 100, new Uint8Array(15), 0)).toThrow('chunk: no room')
    expect(() => encodeChunk(ts, values, 5, 5, new Uint8Array(99), 0)).toThrow('chunk: cannot hold 0 samples')
    expect(() => encodeChunk(ts, values, 0, MAX_CHUNK_SAMPLES + 1, new Uint8Array(99), 0)).toThrow('chunk: cannot hold')
    expect(() => encodeChunk(ts, values, 50, 101, new Uint8Array(9999), 0)).toThrow('chunk: samples are not')
  })
})

// These bytes lie on disks: where one of them changes, version 2 is due, and version 1 must still be read.
describe('the bytes of version 1', () => {
  const golden: readonly (readonly [string, readonly number[], readonly number[], string])[] = [
    ['regular, whole constant', [T0, T0 + 15_000, T0 + 30_000], [1, 1, 1], '0100000b0380a0d5edee66b0ea0102'],
    ['regular, constant bits', [T0, T0 + 1], [0.1 + 0.2, 0.1 + 0.2], '010004100280a0d5edee6602343333333333d33f'],
    [
      'grid, integers',
      [T0 + 3, T0 + 15_000, T0 + 30_004, T0 + 45_001],
      [10, 12, 12, 300],
      '01000a95000486a0d5edee668cbf05aeea01030602140400c004',
    ],
    [
      'second differences, scaled',
      [T0, T0 + 10, T0 + 70_000, T0 + 900_000],
      [4096, 8192, 4096, 40960],
      '01000e99000480a0d5edee66c0ee6dc0cf24abcf249fd940000c02020112',
    ],
    [
      'sparse times, decimals',
      [0, 1, 2, 3, 4, 5, 16],
      [0.5, 1, 1.25, 2, 2, 2, 9],
      '0100319100070020000204140264643296010000f80a',
    ],
    ['sparse values', [0, 1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 7, 7, 7], '0100488600070002040e02'],
    [
      'bits',
      [0, 5, 10],
      [1 / 3, 2 / 3, 1 / 7],
      '0100142203000a0007555555555555d53f000085000061000018000086000061000018002046',
    ],
    [
      'raw times, exception',
      [0.5, 1.5, 3],
      [1, -0, 3],
      '01008b2603000000000000e03f000000000000f83f000000000000084002000401010000000000000080',
    ],
  ]
  test.for(golden)('%s', ([, ts, values, hex]) => {
    const bytes = expectRoundTrip(Float64Array.from(ts), Float64Array.from(values))
    expect(Buffer.from(bytes).toString('hex')).toBe(hex)
  })
})
