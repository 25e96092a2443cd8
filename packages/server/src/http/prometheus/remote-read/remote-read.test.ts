import { type FloatHistogram, GAUGE, labelsOf, NO_BUCKETS, NO_SPANS, type SeriesBatch } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeSnappy, snappyLength } from '../../../metrics/intake/remote-write/index.ts'
import { encodeSnappy } from '../../../metrics/intake/remote-write/testkit/index.ts'
import { chunkFrames, decodeReadRequest, packSnappy, ReadResponse } from './index.ts'
import { decodeFrames, decodeSamples, encodeReadRequest } from './testkit/index.ts'

const STALE = 0x7ff0_0000_0000_0002n
const ODD_BITS = [
  0n,
  1n << 63n,
  STALE,
  0x7ff8_0000_0000_0001n,
  0xfff8_dead_beef_0001n,
  0x7ff0n << 48n,
  0xfff0n << 48n,
  1n,
  (1n << 64n) - 1n,
]

type Sample = readonly [ts: number, bits: bigint]

function batchOf(all: readonly { readonly name: string; readonly samples: readonly Sample[] }[]): SeriesBatch {
  const samples = all.flatMap((one) => one.samples)
  const starts = new Uint32Array(all.length + 1)
  all.forEach((one, i) => {
    starts[i + 1] = starts[i]! + one.samples.length
  })
  return {
    count: all.length,
    labels: all.map(({ name }) => labelsOf({ __name__: name, job: 'ä' })),
    starts,
    ts: Float64Array.from(samples, ([ts]) => ts),
    values: new Float64Array(BigUint64Array.from(samples, ([, bits]) => bits).buffer),
  }
}

async function* one<T>(item: T): AsyncGenerator<T> {
  yield item
}

async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

async function streamed(batch: SeriesBatch, maxFrameBytes = 1 << 20, queryIndex = 0) {
  return decodeFrames(await gathered(chunkFrames(one(batch), { queryIndex, maxFrameBytes })))
}

async function inOne(batch: SeriesBatch) {
  const response = new ReadResponse(1_000_000)
  await response.add(one(batch))
  return decodeSamples(await gathered(packSnappy(response.finish())))
}

/** Ascending times with jitter, gaps and leaps, from before 1970 too; values that change a little, wildly or not at all. */
const samples = fc
  .tuple(
    fc.integer({ min: -1e12, max: 4e12 }),
    fc.array(
      fc.tuple(
        fc.oneof(
          fc.constant(15_000),
          fc.integer({ min: 1, max: 30_000 }),
          fc.integer({ min: 1, max: 1_000_000 }),
          fc.integer({ min: 1, max: 4e12 }),
        ),
        fc.oneof(
          fc.constantFrom(...ODD_BITS),
          fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
          fc.integer({ min: -100, max: 1e6 }).map((n) => new BigUint64Array(Float64Array.of(n / 4).buffer)[0]!),
        ),
      ),
      { minLength: 1, maxLength: 300 },
    ),
  )
  .map(([start, steps]) => {
    let ts = start
    return steps.map(([step, bits]): Sample => {
      ts += step
      return [ts, bits]
    })
  })

test('every bit of every sample comes out of both answers, whatever times and values are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(samples, { minLength: 1, maxLength: 4 }), async (lists) => {
      const batch = batchOf(lists.map((list, i) => ({ name: `s${i}`, samples: list })))
      for (const found of [await streamed(batch), await inOne(batch)]) {
        expect(found.map(({ ts }) => ts)).toEqual(lists.map((list) => list.map(([ts]) => ts)))
        expect(found.map(({ bits }) => bits)).toEqual(lists.map((list) => list.map(([, bits]) => bits)))
        expect(found.map(({ labels }) => labels)).toEqual(lists.map((_, i) => ['__name__', `s${i}`, 'job', 'ä']))
      }
    }),
    { numRuns: 60 },
  )
})

describe('the stream of chunks', () => {
  const long = Array.from({ length: 1000 }, (_, i): Sample => [i * 15_000, BigInt(i) << 40n])

  test('puts 120 samples into a chunk and one series into a frame', async () => {
    const found = await streamed(
      batchOf([
        { name: 'a', samples: long },
        { name: 'b', samples: long.slice(0, 1) },
      ]),
    )
    expect(found.map(({ labels, chunks }) => [labels[1], chunks])).toEqual([
      ['a', 9],
      ['b', 1],
    ])
  })

  test('ends a frame at its size and repeats the labels in the next; says which query it answers', async () => {
    const found = await streamed(batchOf([{ name: 'a', samples: long }]), 300, 3)
    expect(found.length).toBeGreaterThan(3)
    expect(found.every(({ labels, queryIndex }) => labels[1] === 'a' && queryIndex === 3)).toBe(true)
    expect(found.flatMap(({ ts }) => ts)).toEqual(long.map(([ts]) => ts))
  })

  test('puts histograms of one layout without a reset between them into a chunk, numbers into others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(histograms, fc.constant(undefined)), { minLength: 1, maxLength: 40 }),
        async (cells) => {
          const samples = cells
            .map((_, i): Sample => [i * 15_000 + (i % 7 === 3 ? 1e9 * i : 0), BigInt(i)])
            .sort((a, b) => a[0] - b[0])
          const [found] = await streamed({ ...batchOf([{ name: 'h', samples }]), histograms: cells })
          expect(found!.ts).toEqual(samples.filter((_, i) => cells[i] === undefined).map(([ts]) => ts))
          const expected = cells.flatMap((h, i) => (h === undefined ? [] : [{ h, ts: samples[i]![0] }]))
          expect(found!.decoded.map(({ header, ...rest }) => rest)).toEqual(
            expected.map(({ h, ts }) => ({
              ts,
              schema: h.schema,
              zeroThreshold: h.zeroThreshold,
              spans: [[...h.positiveSpans], [...h.negativeSpans]],
              customValues: [...h.customValues],
              numbers: [h.count, h.zeroCount, h.sum, ...h.positiveBuckets, ...h.negativeBuckets],
            })),
          )
          found!.decoded.forEach(({ header }, i) => {
            expect(header === 0b1100_0000).toBe(expected[i]!.h.resetHint === GAUGE)
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  test('begins a chunk at a reset, and again after so many bytes', async () => {
    const grown = (n: number): FloatHistogram => ({
      ...histogram,
      count: 7 + n,
      positiveBuckets: Float64Array.of(2 + n, 3),
    })
    const cells = [...Array.from({ length: 50 }, (_, n) => grown(n)), ...Array.from({ length: 50 }, (_, n) => grown(n))]
    const [found] = await streamed({ ...batchOf([{ name: 'h', samples: long.slice(0, 100) }]), histograms: cells })
    expect(found).toMatchObject({ chunks: 2, ts: [] })
    expect(found!.decoded).toHaveLength(100)
  })
})

/** Valid ones of few layouts, so that some follow one another in a chunk. */
const histograms = fc
  .record({
    custom: fc.boolean(),
    gauge: fc.boolean(),
    buckets: fc.array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 1e9, noNaN: true })), {
      minLength: 3,
      maxLength: 3,
    }),
    sum: fc.double(),
    zeroThreshold: fc.constantFrom(0, 2 ** -128, 2 ** 10, 2 ** -243, 0.001, 2 ** 11),
    offset: fc.constantFrom(-2, 0, 5000),
  })
  .map(
    ({ custom, gauge, buckets, sum, zeroThreshold, offset }): FloatHistogram => ({
      resetHint: gauge ? GAUGE : 0,
      schema: custom ? -53 : 3,
      zeroThreshold: custom ? 0 : zeroThreshold,
      zeroCount: custom ? 0 : buckets[0]!,
      count: buckets[0]! + buckets[1]! + buckets[2]!,
      sum,
      positiveSpans: Int32Array.of(custom ? 0 : offset, 1, 1, 1),
      positiveBuckets: Float64Array.of(buckets[1]!, buckets[2]!),
      negativeSpans: custom ? NO_SPANS : Int32Array.of(1, 1),
      negativeBuckets: custom ? NO_BUCKETS : Float64Array.of(buckets[0]!),
      customValues: custom ? Float64Array.of(0.001, 0.25, 33_554.43, 1e6 + 0.0001) : NO_BUCKETS,
    }),
  )

const histogram: FloatHistogram = {
  resetHint: 0,
  schema: 3,
  zeroThreshold: 1e-128,
  zeroCount: 2,
  count: 7,
  sum: 12.5,
  positiveSpans: Int32Array.of(-2, 2),
  positiveBuckets: Float64Array.of(2, 3),
  negativeSpans: NO_SPANS,
  negativeBuckets: NO_BUCKETS,
  customValues: NO_BUCKETS,
}

describe('the answer in one message', () => {
  test('has native histograms in their field', async () => {
    const batch = {
      ...batchOf([
        {
          name: 'h',
          samples: [
            [1000, 0n],
            [2000, 5n],
          ],
        },
      ]),
      histograms: [histogram, undefined],
    }
    expect(await inOne(batch)).toMatchObject([{ histograms: 1, ts: [2000], bits: [5n] }])
  })

  test('ends a series of histograms with a marker that is one too', async () => {
    const batch = {
      ...batchOf([
        {
          name: 'h',
          samples: [
            [1000, 0n],
            [2000, STALE],
            [3000, STALE],
          ],
        },
      ]),
      histograms: [histogram, undefined, undefined],
    }
    expect(await inOne(batch)).toMatchObject([{ histograms: 2, ts: [3000], bits: [STALE] }])
  })

  test('is refused once it has more samples than the limit', async () => {
    const response = new ReadResponse(3)
    const batch = batchOf([
      {
        name: 'a',
        samples: [
          [1, 1n],
          [2, 2n],
        ],
      },
    ])
    await response.add(one(batch))
    await expect(response.add(one(batch))).rejects.toMatchObject({
      code: 'remote_read.max_samples',
      message: 'exceeded sample limit (3)',
    })
  })

  test('is packed so that snappy readers unpack it, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc
            .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 400 }))
            .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes)))),
          { maxLength: 3 },
        ),
        async (pieces) => {
          const packed = await gathered(packSnappy(pieces))
          const out = Buffer.alloc(snappyLength(packed))
          decodeSnappy(packed, out)
          expect(out.equals(Buffer.concat(pieces))).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('what is asked', () => {
  const up = [0, '__name__', 'up'] as const
  const asked = { fromMs: 1000, toMs: 2000, matchers: [up] }
  const query = { matchers: [{ name: '__name__', op: '=', value: 'up' }], fromMs: 1000, toMs: 2000, labelsOnly: false }

  test.for([
    ['no type is samples, as readers of old want it', [], 'samples'],
    ['the first type that is known wins', [7, 1, 0], 'chunks'],
    ['samples before chunks', [0, 1], 'samples'],
  ] as const)('%s', ([, accepted, responseType]) => {
    expect(decodeReadRequest(encodeReadRequest([asked], accepted))).toEqual({ queries: [query], responseType })
  })

  test('types that are not known are refused in Prometheus’s words', () => {
    expect(() => decodeReadRequest(encodeReadRequest([asked], [7, 8]))).toThrow(
      'server does not support any of the requested response types: [7 8]; supported: SAMPLES, STREAMED_XOR_CHUNKS',
    )
  })

  test('all matchers are read; the range of the hints counts, unless they have none', () => {
    const matchers = [up, [1, 'a', 'b'], [2, 'c', 'd.*'], [3, 'e', '']] as const
    const request = decodeReadRequest(
      encodeReadRequest([
        { ...asked, matchers, hints: { func: 'rate', fromMs: -5, toMs: 1500 } },
        { ...asked, hints: { func: 'series' } },
      ]),
    )
    expect(request.queries).toEqual([
      {
        matchers: matchers.map(([type, name, value]) => ({ name, op: ['=', '!=', '=~', '!~'][type], value })),
        fromMs: -5,
        toMs: 1500,
        labelsOnly: false,
      },
      { ...query, labelsOnly: true },
    ])
  })

  test.for([
    ['no snappy', Buffer.from('hello')],
    ['no protobuf', encodeSnappy(Buffer.from([0x0a, 0x50, 1]))],
    ['a matcher of no type', encodeReadRequest([{ ...asked, matchers: [[9, 'a', 'b']] }])],
    ['a broken regex', encodeReadRequest([{ ...asked, matchers: [[2, 'a', '(']] }])],
    ['a bomb', Buffer.from([0xff, 0xff, 0xff, 0x7f, 0])],
  ] as const)('%s is refused', ([, body]) => {
    expect(() => decodeReadRequest(body)).toThrow(
      expect.objectContaining({
        code: 'remote_read.malformed',
        message: expect.stringMatching(/no remote read request: ./),
      }),
    )
  })

  test('bytes of any kind end in a request or in an error of ours', () => {
    const good = encodeReadRequest([{ ...asked, hints: { func: 'x' } }], [1])
    const mutated = fc
      .tuple(fc.integer({ min: 0, max: good.length - 1 }), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => Buffer.from(good).fill(byte, at, at + 1))
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array({ maxLength: 64 }).map(encodeSnappy),
          fc.uint8Array().map((b) => Buffer.from(b)),
        ),
        (body) => {
          try {
            decodeReadRequest(body)
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^remote_read\./)
          }
        },
      ),
    )
  })
})
