import { CUSTOM_SCHEMA, type FloatHistogram, labelsOf, NO_BUCKETS } from '@binnacle/promql'
import { describe, expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { createRegistry } from '../../../telemetry/index.ts'
import { histogramOf } from '../../store/testkit/histogram-of.ts'
import { createMemoryStore } from '../testkit/index.ts'
import { createRemoteWriteReceiver } from './index.ts'
import { encodeRemoteWrite, toWritten, type WrittenHistogram } from './testkit/index.ts'
import { receiveBroken } from './testkit/receive-broken.ts'

const T0 = 1_700_000_000_000
const NAME = 'request_seconds{job="a"}'
const labels = labelsOf({ __name__: 'request_seconds', job: 'a' })
const STALE = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer)

function start() {
  const store = createMemoryStore()
  const receiver = createRemoteWriteReceiver({ store, registry: createRegistry() })
  const { signal } = new AbortController()
  return {
    store,
    receive: (...histograms: WrittenHistogram[]) =>
      receiver.receive(encodeRemoteWrite([{ labels, ts: [], values: [], histograms }]), signal),
    receiveBody: (body: Buffer) => receiver.receive(body, signal),
  }
}

/** A valid integer histogram: 3 observations in bucket -1, 4 in bucket 3, one in the zero bucket. */
const plain: WrittenHistogram = {
  ts: T0,
  countInt: 8,
  sum: 1.5,
  schema: 3,
  zeroThreshold: 0.001,
  zeroCountInt: 1,
  positiveSpans: [-1, 1, 3, 1],
  positiveDeltas: [3, 1],
}
const custom: WrittenHistogram = {
  ts: T0,
  countInt: 6,
  sum: 2,
  schema: CUSTOM_SCHEMA,
  positiveSpans: [0, 3],
  positiveDeltas: [1, 1, 1],
  customValues: [0.5, 1],
}

describe('native histograms', () => {
  test('of all kinds come in as they are, packed or not, beside numbers', async () => {
    const it = start()
    const all = Array.from({ length: 40 }, (_, n) => histogramOf(n))
    expect(await it.receive(...all.map((h, n) => ({ ...toWritten(h, T0 + n), unpacked: n % 2 === 0 })))).toMatchObject({
      samples: 40,
      histograms: 40,
    })
    expect(it.store.histogramsOf(NAME)).toEqual(all.map((histogram, n) => ({ ts: T0 + n, histogram })))
    await it.receiveBody(
      encodeRemoteWrite([{ labels, ts: [T0 - 5], values: [7], histograms: [toWritten(histogramOf(3), T0 - 4)] }]),
    )
    expect(it.store.samplesOf(NAME)[0]).toEqual({ ts: T0 - 5, value: 7, stale: false })
    expect(it.store.histogramsOf(NAME)[0]).toEqual({ ts: T0 - 4, histogram: histogramOf(3) })
  })

  test('counts are differences from bucket to bucket in integer ones', async () => {
    const it = start()
    await it.receive(plain, { ...custom, ts: T0 + 1 })
    const [first, second] = it.store.histogramsOf(NAME)
    expect(first!.histogram).toMatchObject({ count: 8, zeroCount: 1, positiveBuckets: Float64Array.of(3, 4) })
    expect(second!.histogram).toMatchObject({
      positiveBuckets: Float64Array.of(1, 2, 3),
      customValues: Float64Array.of(0.5, 1),
    })
  })

  test('an empty one is one; a sum that is a staleness marker makes it a marker', async () => {
    const it = start()
    expect(await it.receive({ ts: T0 }, { ts: T0 + 1, sum: STALE })).toMatchObject({ samples: 2, histograms: 2 })
    expect(it.store.samplesOf(NAME).map(({ stale }) => stale)).toEqual([false, true])
    expect(it.store.histogramsOf(NAME)).toHaveLength(1)
  })

  test('resets and gauges are remembered; that there was no reset is looked at again', async () => {
    const it = start()
    await it.receive(...[0, 1, 2, 3, 4].map((resetHint) => ({ ...plain, ts: T0 + resetHint, resetHint })))
    expect(it.store.histogramsOf(NAME).map(({ histogram }) => histogram.resetHint)).toEqual([0, 1, 0, 3, 0])
  })

  test('observations that are NaN are in the count and in no bucket', async () => {
    const it = start()
    await it.receive({ ...plain, countInt: 9, sum: Number.NaN })
    expect(it.store.histogramsOf(NAME)[0]!.histogram.count).toBe(9)
  })

  test('finer schemas than 8 are taken in as schema 8', async () => {
    const it = start()
    await it
      .receive(
        { ...plain, schema: 10, positiveSpans: [1, 4, 1, 2, 40, 1], positiveDeltas: [1, 0, 0, 0, 0, 0, 0] },
        { ...plain, ts: T0 + 1, schema: 52, positiveSpans: [-100, 1, 98, 3], positiveDeltas: [3, -3, 2, 2] },
      )
      .then(
        () => expect.unreachable(),
        (error: Error) => expect(error.message).toContain('count_int: 8, but there are 10 observations'),
      )
    const [only] = it.store.histogramsOf(NAME)
    // Buckets 1 to 4 of schema 10 are bucket 1 of schema 8, 6 to 8 are bucket 2, 48 is bucket 12.
    expect(only!.histogram).toMatchObject({
      schema: 8,
      positiveSpans: Int32Array.of(1, 2, 9, 1),
      positiveBuckets: Float64Array.of(4, 2, 1),
    })
  })

  type Changes = { readonly [K in keyof WrittenHistogram]?: WrittenHistogram[K] | undefined }
  const refused: readonly [string, Changes, string][] = [
    ['fewer buckets than spans', { positiveDeltas: [3] }, 'positive_spans: they need 2 buckets, there are 1'],
    ['more buckets than spans', { negativeDeltas: [3] }, 'negative_spans: they need 0 buckets, there are 1'],
    ['spans that go back', { positiveSpans: [-1, 1, -1, 1] }, 'positive_spans: span 2 has the negative offset -1'],
    ['a negative bucket', { positiveDeltas: [3, -4] }, 'positive_deltas: bucket 2 has the negative count -1'],
    ['a count that is too small', { countInt: 7 }, 'count_int: 7, but there are 8 observations in the buckets'],
    [
      'NaN in the sum, and a count that is too small',
      { countInt: 7, sum: Number.NaN },
      'count_int: 7, but there are 8',
    ],
    ['an unknown schema', { schema: 53 }, 'schema: 53 is neither within -4 and 8 nor -53'],
    ['a schema too coarse', { schema: -5 }, 'schema: -5 is neither'],
    ['bounds of an exponential one', { customValues: [1] }, 'custom_values: schema 3 has none'],
    ['buckets beyond 32 bits', { positiveSpans: [2 ** 31 - 1, 2], positiveDeltas: [3, 1] }, 'is out of bounds'],
    [
      'a span of four billion',
      { positiveSpans: [0, 2 ** 32 - 1] },
      'positive_spans: bucket 4294967295 is out of bounds',
    ],
    [
      'a negative count',
      { countInt: undefined, countFloat: -1, positiveSpans: [], positiveDeltas: [] },
      'count_float: -1 is negative',
    ],
    [
      'a negative zero count',
      { countInt: undefined, countFloat: 1, zeroCountInt: undefined, zeroCountFloat: -2, positiveSpans: [] },
      'zero_count_float: -2 is negative',
    ],
    [
      'deltas in a float one',
      { countInt: undefined, countFloat: 8 },
      'positive_spans: they need 2 buckets, there are 0',
    ],
    [
      'too many buckets',
      { positiveSpans: [0, 100_000], positiveDeltas: new Float64Array(100_000) },
      'positive_spans: more than 16384 buckets or spans are not taken',
    ],
    ['too many spans', { positiveSpans: new Float64Array(80_000) }, 'more than 16384 buckets or spans are not taken'],
    [
      'custom: bounds that do not ascend',
      { ...custom, customValues: [1, 1] },
      'custom_values: 1 does not come after 1',
    ],
    ['custom: a bound that is NaN', { ...custom, customValues: [1, Number.NaN] }, 'custom_values: a bound is NaN'],
    ['custom: +Inf', { ...custom, customValues: [1, Number.POSITIVE_INFINITY] }, 'custom_values: +Inf is implied'],
    [
      'custom: too few bounds',
      { ...custom, customValues: [1] },
      'custom_values: 1 bounds are too few for spans that reach',
    ],
    ['custom: a zero count', { ...custom, zeroCountInt: 1 }, 'zero_count: custom buckets have none'],
    ['custom: a zero threshold', { ...custom, zeroThreshold: 1 }, 'zero_threshold: custom buckets have none'],
    ['custom: negative buckets', { ...custom, negativeSpans: [0, 0] }, 'negative_spans: custom buckets have none'],
    ['custom: a negative offset', { ...custom, positiveSpans: [-1, 3] }, 'span 1 has the negative offset -1'],
    [
      'custom: too many bounds',
      { ...custom, customValues: Float64Array.from({ length: 100_000 }, (_, i) => i) },
      'custom_values: 100000 bounds, at most 16383 are taken',
    ],
  ]
  test.for(refused)(
    'with %s are refused by series and field; the rest of the request is kept',
    async ([, over, why]) => {
      const it = start()
      const base = over.schema === CUSTOM_SCHEMA ? {} : plain
      const bad = Object.fromEntries(
        Object.entries({ ...base, ...over }).filter(([, value]) => value !== undefined),
      ) as WrittenHistogram
      const error: unknown = await it
        .receive({ ...plain, ts: T0 - 1 }, { ...bad, ts: T0 }, { ...plain, ts: T0 + 1 })
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      expect(error).toBeInstanceOf(BinnacleError)
      expect(error).toMatchObject({ code: 'remote_write.partial', kind: 'input' })
      expect((error as Error).message).toContain(`1 native histograms: ${NAME}: `)
      expect((error as Error).message).toContain(why)
      expect(it.store.histogramsOf(NAME).map(({ ts }) => ts)).toEqual([T0 - 1, T0 + 1])
    },
  )

  test('more of them than any sender has in a request are refused at once: an empty one is two bytes long', async () => {
    const it = start()
    const empty = (n: number) =>
      encodeRemoteWrite([{ labels, ts: [], values: [], histograms: Array(n).fill({ ts: 0 }) }])
    await expect(it.receive(...Array(10).fill({ ts: 0 }))).resolves.toMatchObject({ duplicates: 9 })
    await expect(it.receiveBody(empty(200_001))).rejects.toMatchObject({
      code: 'remote_write.too_large',
      kind: 'limit',
    })
    expect(it.store.samplesOf(NAME)).toHaveLength(1)
  })

  test('the batch of one request has none of the one before', async () => {
    const it = start()
    await it.receive(plain)
    await it.receiveBody(encodeRemoteWrite([{ labels, ts: [T0 + 9], values: [4] }]))
    expect(it.store.histogramsOf(NAME)).toHaveLength(1)
    expect(it.store.samplesOf(NAME).at(-1)).toMatchObject({ ts: T0 + 9, value: 4 })
  })

  test('any bytes as a histogram end in a stored sample, a refusal, or "malformed"', async () => {
    const it = start()
    const good = [
      ...encodeRemoteWrite([{ labels, ts: [], values: [], histograms: [plain, { ...custom, ts: T0 + 1 }] }]),
    ]
    await receiveBroken(Uint8Array.from(good), it.receiveBody)
  })

  test('what is stored of any valid one can be encoded', async () => {
    const it = start()
    const shape: FloatHistogram = histogramOf(4)
    await it.receive({ ...toWritten(shape, T0), negativeSpans: [5, 0, 3, 0] })
    expect(it.store.histogramsOf(NAME)[0]!.histogram).toMatchObject({ negativeBuckets: NO_BUCKETS })
  })
})
