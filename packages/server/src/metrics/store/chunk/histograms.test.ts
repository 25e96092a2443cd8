import { CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS, NO_SPANS, type ResetHint } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createChunkHeader,
  decodeHistograms,
  decodeTimes,
  encodeHistograms,
  KIND_HISTOGRAM,
  readChunkHeader,
} from './index.ts'

const T0 = 1_767_225_600_000
const gridOf = (n: number) => Float64Array.from({ length: n }, (_, i) => T0 + i * 15_000)

/** All of them as chunks behind one another, and how many chunks. */
function encodeAll(ts: Float64Array, histograms: readonly FloatHistogram[]): { bytes: Uint8Array; chunks: number } {
  const parts: Uint8Array[] = []
  for (let from = 0; from < histograms.length; ) {
    const { bytes, end } = encodeHistograms(ts, histograms, from, histograms.length)
    parts.push(bytes.slice())
    expect(end).toBeGreaterThan(from)
    from = end
  }
  return { bytes: Uint8Array.from(Buffer.concat(parts)), chunks: parts.length }
}

function decodeAll(bytes: Uint8Array): { ts: number[]; histograms: (FloatHistogram | undefined)[] } {
  const header = createChunkHeader()
  const ts: number[] = []
  const histograms: (FloatHistogram | undefined)[] = []
  for (let at = 0; at < bytes.length; at += header.bytes) {
    readChunkHeader(bytes, at, header)
    expect(header.kind).toBe(KIND_HISTOGRAM)
    const column = new Float64Array(header.count)
    const found: (FloatHistogram | undefined)[] = []
    expect(decodeHistograms(bytes, at, column, found, 0)).toBe(header.count)
    const timesAlone = new Float64Array(header.count)
    expect(decodeTimes(bytes, at, timesAlone, 0)).toBe(header.count)
    expect(timesAlone).toEqual(column)
    ts.push(...column)
    histograms.push(...found)
  }
  return { ts, histograms }
}

function expectRoundTrip(histograms: readonly FloatHistogram[], ts = gridOf(histograms.length)): number {
  const { bytes, chunks } = encodeAll(ts, histograms)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  const back = decodeAll(shared)
  expect(back.ts).toEqual([...ts])
  expect(back.histograms).toEqual(histograms)
  return chunks
}

const plain = (over: Partial<FloatHistogram> = {}): FloatHistogram => ({
  resetHint: 0,
  schema: 3,
  zeroThreshold: 2 ** -128,
  zeroCount: 2,
  count: 23,
  sum: 17.25,
  positiveSpans: Int32Array.of(-2, 2, 3, 1),
  positiveBuckets: Float64Array.of(5, 7, 9),
  negativeSpans: NO_SPANS,
  negativeBuckets: NO_BUCKETS,
  customValues: NO_BUCKETS,
  ...over,
})
const custom = (bounds: number[], counts: number[]): FloatHistogram => ({
  ...plain(),
  schema: CUSTOM_SCHEMA,
  zeroThreshold: 0,
  zeroCount: 0,
  count: counts.reduce((a, b) => a + b, 0),
  positiveSpans: Int32Array.of(0, counts.length),
  positiveBuckets: Float64Array.from(counts),
  customValues: Float64Array.from(bounds),
})

/** A counter of `buckets` buckets around an index that the fullest share. */
function growing(n: number, buckets: number, perSample: number): FloatHistogram[] {
  const counts = new Float64Array(buckets)
  let seed = 7
  let sum = 0
  return Array.from({ length: n }, () => {
    for (let k = 0; k < perSample; k++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      const place = Math.floor(((seed >>> 8) / 2 ** 24) ** 2 * buckets)
      counts[place]!++
      sum += place * 0.37
    }
    return plain({
      count: counts.reduce((a, b) => a + b, 0) + 2,
      sum,
      positiveSpans: Int32Array.of(-3, buckets),
      positiveBuckets: counts.slice(),
    })
  })
}

describe('every number comes back', () => {
  test('one sample, an empty one, and one with negative buckets', () => {
    expectRoundTrip([plain()])
    expectRoundTrip([plain({ positiveSpans: NO_SPANS, positiveBuckets: NO_BUCKETS, count: 2 })])
    expectRoundTrip([plain({ negativeSpans: Int32Array.of(7, 2), negativeBuckets: Float64Array.of(1, 2) })])
  })

  test('custom buckets, whose bounds change on the way', () => {
    const chunks = expectRoundTrip([
      custom([0.1, 0.5, 1], [1, 2, 3, 4]),
      custom([0.1, 0.5, 1], [2, 2, 3, 4]),
      custom([0.1, 0.5], [2, 2, 3]),
    ])
    expect(chunks).toBe(2)
  })

  test('buckets that appear one after the other stay in one chunk', () => {
    const histograms = Array.from({ length: 60 }, (_, i) =>
      plain({
        positiveSpans: Int32Array.of(-2, 1 + (i >> 1), 4, 2),
        positiveBuckets: Float64Array.from({ length: 3 + (i >> 1) }, (_, k) => i * k),
      }),
    )
    expect(expectRoundTrip(histograms)).toBe(1)
  })

  test('buckets that wander, a schema that changes, a reset and a gauge between counters', () => {
    const wandering = Array.from({ length: 50 }, (_, i) =>
      plain({ positiveSpans: Int32Array.of(i * 40, 40), positiveBuckets: new Float64Array(40).fill(i) }),
    )
    expect(expectRoundTrip(wandering)).toBeGreaterThan(10)
    expectRoundTrip([plain(), plain({ schema: 2 }), plain({ resetHint: 1 }), plain({ resetHint: 3 }), plain()])
  })

  test('layouts that come again, soon or late, and 20,000 that never do', () => {
    const like = (i: number) => plain({ zeroThreshold: i })
    expect(expectRoundTrip(Array.from({ length: 90 }, (_, i) => like(i % 3)))).toBe(1)
    expect(expectRoundTrip(Array.from({ length: 90 }, (_, i) => like(i % 30)))).toBe(1)
    const { bytes } = encodeAll(
      gridOf(20_000),
      Array.from({ length: 20_000 }, (_, i) => like(i)),
    )
    expect(decodeAll(bytes).histograms.map((h) => h!.zeroThreshold)).toEqual(
      Array.from({ length: 20_000 }, (_, i) => i),
    )
  })

  test('spans without buckets, and spans that touch, stay as they are', () => {
    expectRoundTrip([
      plain({ positiveSpans: Int32Array.of(1, 0, 2, 1, 0, 2, 5, 0), positiveBuckets: Float64Array.of(1, 2, 3) }),
    ])
  })

  test('counts with fractions, beyond 2^53, infinite, not a number, or -0', () => {
    const odd = [0.1, 1 / 3, 2 ** 60, Number.POSITIVE_INFINITY, Number.NaN, -0, 5e-324, -4]
    expectRoundTrip(
      odd.map((count, i) => plain({ count, sum: odd[odd.length - 1 - i]!, zeroCount: count, zeroThreshold: count })),
    )
    expectRoundTrip(odd.map((count) => plain({ positiveBuckets: Float64Array.of(count, 1, count) })))
  })

  test('the most buckets that a sample may have', () => {
    const full = plain({
      positiveSpans: Int32Array.of(0, 1 << 14),
      positiveBuckets: Float64Array.from({ length: 1 << 14 }, (_, i) => i / 3),
      negativeSpans: Int32Array.of(0, 1 << 14),
      negativeBuckets: Float64Array.from({ length: 1 << 14 }, (_, i) => i),
    })
    const ts = gridOf(140)
    const { bytes, chunks } = encodeAll(ts, Array(140).fill(full))
    expect(chunks).toBe(2)
    const back = decodeAll(bytes)
    expect(back.ts).toEqual([...ts])
    const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array) => Buffer.from(buffer, byteOffset, byteLength)
    for (const found of back.histograms) {
      expect(bytesOf(found!.positiveBuckets).equals(bytesOf(full.positiveBuckets))).toBe(true)
      expect(bytesOf(found!.negativeBuckets).equals(bytesOf(full.negativeBuckets))).toBe(true)
    }
  })

  const spans = fc
    .array(fc.tuple(fc.nat(6), fc.nat(4)), { maxLength: 5 })
    .chain((pairs) =>
      fc.integer({ min: -2000, max: 2000 }).map((first) => pairs.map(([gap, n], i) => [i === 0 ? first : gap, n])),
    )
  const side = fc.tuple(spans, fc.constantFrom(1, 1000, 0.1, 1 / 3)).chain(([pairs, unit]) => {
    const buckets = pairs.reduce((n, [, length]) => n + length!, 0)
    return fc
      .array(
        fc.oneof(
          { weight: 9, arbitrary: fc.nat(300).map((k) => k * unit) },
          fc.double({ noNaN: false }).filter((x) => !Object.is(x, -0)),
        ),
        {
          minLength: buckets,
          maxLength: buckets,
        },
      )
      .map((counts) => ({ spans: Int32Array.from(pairs.flat()), counts: Float64Array.from(counts) }))
  })
  const anyHistogram: fc.Arbitrary<FloatHistogram> = fc
    .record({
      hint: fc.constantFrom<ResetHint>(0, 1, 2, 3),
      schema: fc.constantFrom(-4, 0, 3, 8, CUSTOM_SCHEMA),
      threshold: fc.constantFrom(0, 2 ** -128, 0.001),
      count: fc.oneof(fc.nat(), fc.double()),
      sum: fc.double(),
      positive: side,
      negative: side,
      bounds: fc.array(fc.double({ noNaN: true }), { maxLength: 5 }),
    })
    .map(({ hint, schema, threshold, count, sum, positive, negative, bounds }) => ({
      resetHint: hint,
      schema,
      zeroThreshold: threshold,
      zeroCount: count / 2,
      count,
      sum,
      positiveSpans: positive.spans,
      positiveBuckets: positive.counts,
      negativeSpans: negative.spans,
      negativeBuckets: negative.counts,
      customValues: schema === CUSTOM_SCHEMA ? Float64Array.from(bounds) : NO_BUCKETS,
    }))
  test('any histograms, runs of like ones and changes among them', () => {
    const runs = fc
      .array(fc.tuple(anyHistogram, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 6 })
      .map((list) =>
        list.flatMap(([h, n]) =>
          Array.from({ length: n }, (_, i) => ({
            ...h,
            count: h.count + i,
            positiveBuckets: h.positiveBuckets.map((b, k) => b + ((i * k) % 3)),
          })),
        ),
      )
    fc.assert(
      fc.property(runs, fc.array(fc.nat(60_000), { minLength: 60, maxLength: 60 }), (histograms, steps) => {
        let t = T0
        expectRoundTrip(
          histograms,
          Float64Array.from(histograms, (_, i) => (t += steps[i]!)),
        )
      }),
      { numRuns: 600 },
    )
  })
})

test('a busy histogram of 60 buckets takes about a byte a bucket, a quiet one a sixth of that', () => {
  const bytesOf = (histograms: FloatHistogram[]) => encodeAll(gridOf(histograms.length), histograms).bytes.length
  expect(bytesOf(growing(480, 60, 2000)) / 480).toBeLessThan(80)
  expect(bytesOf(growing(480, 60, 2)) / 480).toBeLessThan(12)
  expect(bytesOf(growing(1, 60, 2000))).toBeLessThan(160)
})

describe('bytes that are no chunk', () => {
  const sources = [
    encodeAll(gridOf(40), growing(40, 12, 30)).bytes,
    encodeAll(gridOf(1), growing(1, 12, 30)).bytes,
    encodeAll(gridOf(2), [custom([1, 2], [1, 2, 3]), custom([1, 2], [1, 2, 4])]).bytes,
    encodeAll(
      gridOf(30),
      Array.from({ length: 30 }, (_, i) =>
        plain({ positiveSpans: Int32Array.of(i, 2), positiveBuckets: Float64Array.of(i, 2) }),
      ),
    ).bytes,
  ]
  const ts = new Float64Array(100)

  test('every shortened chunk throws', () => {
    for (const source of sources)
      for (let length = 0; length < source.length; length++)
        expect(() => decodeHistograms(source.slice(0, length), 0, ts, [], 0)).toThrow(/^chunk: /)
  })

  test('changed bytes throw `chunk: ` or decode within the room given', () => {
    const change = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.constantFrom(...sources), change, (source, changes) => {
        const bytes = source.slice()
        for (const [i, b] of changes) bytes[i % bytes.length] = b
        bytes[1] = KIND_HISTOGRAM
        ts.fill(-1, 60)
        try {
          expect(decodeHistograms(bytes, 0, ts.subarray(0, 60), [], 0)).toBeLessThanOrEqual(60)
        } catch (error) {
          expect((error as Error).message).toMatch(/^chunk: /)
        }
        expect(ts[60]).toBe(-1)
      }),
      { numRuns: 5000 },
    )
  })

  test('a few bytes that claim a million samples of many buckets are refused before memory is taken', () => {
    const million = encodeAll(gridOf(1 << 17), Array(1 << 17).fill(plain())).bytes
    // Its first span, of two buckets after index -2, gets 16,384 instead: two bytes more.
    const at = million.findIndex((b, i) => i > 20 && b === 3 && million[i + 1] === 2 && million[i + 2] === 6) + 1
    expect(at).toBeGreaterThan(0)
    const wide = Uint8Array.from([...million.slice(0, at), 0x80, 0x80, 1, ...million.slice(at + 1)])
    const length = wide.length - 7
    wide.set([(length & 127) | 128, ((length >> 7) & 127) | 128, 128, 0], 3)
    const before = process.memoryUsage().arrayBuffers
    expect(() => decodeHistograms(wide, 0, new Float64Array(1 << 17), [], 0)).toThrow('chunk: too many buckets')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20)
  })

  test('floats and histograms are not taken for one another, and what fits nowhere is not encoded', () => {
    expect(() => encodeHistograms(gridOf(1), [plain({ schema: 9 })], 0, 1)).toThrow('chunk: unknown schema 9')
    expect(() => encodeHistograms(gridOf(1), [plain({ positiveBuckets: NO_BUCKETS })], 0, 1)).toThrow(
      'chunk: spans and buckets do not fit',
    )
    expect(() => encodeHistograms(gridOf(1), [plain({ positiveSpans: Int32Array.of(0, 2, -1, 1) })], 0, 1)).toThrow(
      'chunk: spans overlap',
    )
    expect(() => encodeHistograms(gridOf(1), [undefined], 0, 1)).toThrow('chunk: cannot hold 0 samples')
  })
})
