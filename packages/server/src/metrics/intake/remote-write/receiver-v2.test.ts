import { labelsOf } from '@binnacle/promql'
import { describe, expect, test } from 'vitest'
import { createRegistry } from '../../../telemetry/index.ts'
import { histogramOf } from '../../store/testkit/histogram-of.ts'
import { createMemoryStore, type MemoryStoreOptions } from '../testkit/index.ts'
import { createRemoteWriteReceiver, type RemoteWriteLimits } from './index.ts'
import { encodeRemoteWriteV2, encodeSnappy, toWritten, WireWriter } from './testkit/index.ts'
import { receiveBroken } from './testkit/receive-broken.ts'

const T0 = 1_700_000_000_000
const labels = labelsOf({ __name__: 'a_total', job: 'é' })
const NAME = 'a_total{job="é"}'

function start(options: MemoryStoreOptions = {}, limits: Partial<RemoteWriteLimits> = {}) {
  const store = createMemoryStore(options)
  const receiver = createRemoteWriteReceiver({ store, registry: createRegistry(), limits })
  const { signal } = new AbortController()
  return { store, receive: (body: Buffer) => receiver.receiveV2(body, signal) }
}

describe('remote write 2.0', () => {
  test('brings samples, native histograms, exemplars and metadata, the second time through the memory of series', async () => {
    const it = start()
    const stale = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer)
    const write = (ts: number) =>
      it.receive(
        encodeRemoteWriteV2([
          { labels: labelsOf({ __name__: 'other' }), ts: [ts], values: [2] },
          {
            labels,
            ts: [ts, ts + 1],
            values: [1.5, -0],
            exemplars: [{ labels: ['trace_id', 'x', 'a', 'b'], ts: ts + 5, value: 0.25 }],
            metadata: { type: 1, help: 'Help.', unit: 'things' },
          },
          {
            labels: labelsOf({ __name__: 'h_seconds' }),
            ts: [],
            values: [],
            histograms: [toWritten(histogramOf(3), ts)],
          },
          {
            labels: labelsOf({ __name__: 'c_seconds_bucket', le: '1' }),
            ts: [ts],
            values: stale,
            metadata: { type: 3, help: 'Classic.', unit: '' },
          },
        ]),
      )
    expect(await write(T0)).toEqual({ samples: 4, histograms: 1, exemplars: 1, problem: undefined })
    // What was there already is stored: the sender need not know.
    expect(await write(T0)).toEqual({ samples: 4, histograms: 1, exemplars: 1, problem: undefined })
    expect(await write(T0 + 15_000)).toMatchObject({ samples: 4, histograms: 1 })
    expect(it.store.samplesOf(NAME).map((s) => [s.ts, s.value])).toEqual([
      [T0, 1.5],
      [T0 + 1, -0],
      [T0 + 15_000, 1.5],
      [T0 + 15_001, -0],
    ])
    expect(it.store.histogramsOf('h_seconds').map(({ histogram }) => histogram)).toEqual([
      histogramOf(3),
      histogramOf(3),
    ])
    expect(it.store.samplesOf('c_seconds_bucket{le="1"}')[0]).toMatchObject({ stale: true })
    expect(it.store.exemplars[0]).toMatchObject({ labels: ['a', 'b', 'trace_id', 'x'], ts: T0 + 5, value: 0.25 })
    expect(it.store.metadata.get('a_total')).toEqual({ type: 'counter', help: 'Help.', unit: 'things' })
    expect(it.store.metadata.get('c_seconds')).toEqual({ type: 'histogram', help: 'Classic.', unit: '' })
  })

  test('tells how much is stored when some is not, and why', async () => {
    const it = start({ oldestMs: T0 })
    const answer = await it.receive(
      encodeRemoteWriteV2([
        { labels, ts: [T0 - 1, T0], values: [1, 2], histograms: [toWritten(histogramOf(1), T0 - 2)] },
        { labels: labelsOf({ job: 'nameless' }), ts: [T0], values: [1] },
        { labels, ts: [], values: [], histograms: [{ ...toWritten(histogramOf(2), T0 + 1), countInt: 1 }] },
        { labels, ts: [], values: [], histograms: [toWritten(histogramOf(2), T0 + 2)] },
      ]),
    )
    expect(answer).toMatchObject({ samples: 1, histograms: 1, exemplars: 0 })
    expect(answer.problem).toMatchObject({ code: 'remote_write.partial', kind: 'input' })
    expect(answer.problem!.message).toContain('1 samples: a series without a metric name')
    expect(answer.problem!.message).toContain(`1 native histograms: ${NAME}: count_int: 1`)
    expect(answer.problem!.message).toContain('2 samples: too old')
  })

  /** A request by hand: symbols, and one series of one sample with these label refs. */
  const byHand = (symbols: string[], refs: number[], packed = true) => {
    const out = new WireWriter()
    out.message(5, () => {
      if (packed) {
        out.message(1, () => {
          for (const ref of refs) out.number(ref)
        })
      } else for (const ref of refs) out.varint(1, ref)
      out.message(2, () => {
        out.double(1, 4)
        out.varint(2, T0)
      })
    })
    for (const text of symbols) out.text(4, text)
    return encodeSnappy(Buffer.from(out.finish()))
  }

  test('symbols may come after the series, labels in any order, packed or one by one', async () => {
    const it = start()
    const symbols = ['', 'job', 'é', '__name__', 'a_total']
    for (const [refs, packed] of [
      [[1, 2, 3, 4], true],
      [[3, 4, 1, 2], false],
    ] as const)
      expect(await it.receive(byHand(symbols, [...refs], packed))).toMatchObject({ samples: 1, problem: undefined })
    expect(it.store.seriesNames()).toEqual([NAME])
  })

  test.for([
    ['a symbol that is not there', ['', '__name__'], [1, 2], '1 samples: symbol 2, of which there are 2'],
    ['a name without a value', ['', '__name__', 'x'], [1, 2, 1], '1 samples: a label name without a value'],
    ['a label twice', ['', '__name__', 'x'], [1, 2, 1, 2], '1 samples: the label "__name__" twice'],
  ] as const)('refuses a series with %s', async ([, symbols, refs, why]) => {
    const it = start()
    const { samples, problem } = await it.receive(byHand([...symbols], [...refs]))
    expect(samples).toBe(0)
    expect(problem?.message).toContain(why)
  })

  test('texts that run into one another make no series of two', async () => {
    const it = start()
    await it.receive(byHand(['', '__name__', 'x', 'ab', 'c'], [1, 2, 3, 4]))
    await it.receive(byHand(['', '__name__', 'x', 'a', 'bc'], [1, 2, 3, 4]))
    expect(it.store.seriesNames()).toEqual(['x{a="bc"}', 'x{ab="c"}'])
  })

  test.for([
    ['the labels of one series', 1, 2_000],
    ['the labels of many series', 500, 10],
  ] as const)(
    'symbols that %s name again and again take no more than the request may unpack to',
    async ([, series, times]) => {
      const it = start({}, { maxDecodedBytes: 1 << 20 })
      const out = new WireWriter()
      for (const text of ['', '__name__', 'x', 'a', 'v'.repeat(1000)]) out.text(4, text)
      for (let n = 0; n < series; n++) {
        out.message(5, () => {
          out.message(1, () => {
            for (const ref of [1, 2]) out.number(ref)
            for (let i = 0; i < times; i++) for (const ref of [3, 4]) out.number(ref)
          })
          out.message(2, () => out.varint(2, T0))
        })
      }
      await expect(it.receive(encodeSnappy(Buffer.from(out.finish())))).rejects.toMatchObject({
        code: 'remote_write.too_large',
        kind: 'limit',
      })
      expect(it.store.seriesNames()).toEqual([])
    },
  )

  test('any bytes end in a result or a `BinnacleError`', async () => {
    const it = start()
    const good = new Uint8Array(
      encodeRemoteWriteV2([
        { labels, ts: [T0], values: [1], metadata: { type: 1, help: 'h', unit: 'u' } },
        { labels, ts: [], values: [], histograms: [toWritten(histogramOf(2), T0 + 2)] },
      ]),
    )
    await receiveBroken(good, it.receive)
  })
})
