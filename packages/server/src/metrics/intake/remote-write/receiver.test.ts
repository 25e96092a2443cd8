import { formatLabels, labelsOf } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { createRegistry } from '../../../telemetry/index.ts'
import { createMemoryStore, type MemoryStoreOptions } from '../testkit/index.ts'
import { createRemoteWriteReceiver, type RemoteWriteLimits } from './index.ts'
import { encodeRemoteWrite, encodeSnappy, WireWriter } from './testkit/index.ts'

function start(options: { store?: MemoryStoreOptions; limits?: Partial<RemoteWriteLimits> } = {}) {
  const store = createMemoryStore(options.store)
  const registry = createRegistry()
  const receiver = createRemoteWriteReceiver({ store, registry, limits: options.limits ?? {} })
  const { signal } = new AbortController()
  return { store, registry, receive: (body: Buffer) => receiver.receive(body, signal) }
}

const series = (labels: Record<string, string>, ...samples: [ts: number, value: number][]) => ({
  labels: labelsOf(labels),
  ts: samples.map(([ts]) => ts),
  values: samples.map(([, value]) => value),
})

describe('a request', () => {
  test('brings samples, exemplars and metadata, the second time through the memory of label bytes', async () => {
    const it = start()
    const write = (ts: number) =>
      it.receive(
        encodeRemoteWrite(
          [
            { ...series({ __name__: 'a_total', job: 'é' }, [ts, 1.5], [ts + 1, -0]) },
            {
              ...series({ __name__: 'b' }, [ts, Number.POSITIVE_INFINITY]),
              exemplars: [{ labels: ['trace_id', 'x', 'a', 'b'], ts: ts + 5, value: 0.25 }],
            },
          ],
          [{ metric: 'a_total', type: 1, help: 'Help.', unit: 'things' }],
        ),
      )
    expect(await write(1_700_000_000_000)).toEqual({
      series: 2,
      samples: 3,
      late: 0,
      duplicates: 0,
      exemplars: 1,
      metadata: 1,
      histograms: 0,
    })
    expect(await write(1_700_000_015_000)).toMatchObject({ samples: 3 })
    expect(await write(1_700_000_015_000)).toMatchObject({ samples: 0, duplicates: 3 })
    expect(await write(1_600_000_000_000)).toMatchObject({ samples: 3, late: 3 })
    expect(it.store.seriesNames()).toEqual(['a_total{job="é"}', 'b'])
    expect(it.store.samplesOf('a_total{job="é"}').map((s) => [s.ts, s.value])).toEqual([
      [1_600_000_000_000, 1.5],
      [1_600_000_000_001, -0],
      [1_700_000_000_000, 1.5],
      [1_700_000_000_001, -0],
      [1_700_000_015_000, 1.5],
      [1_700_000_015_001, -0],
    ])
    expect(it.store.exemplars[0]).toMatchObject({
      labels: ['a', 'b', 'trace_id', 'x'],
      ts: 1_700_000_000_005,
      value: 0.25,
    })
    expect(it.store.metadata.get('a_total')).toEqual({ type: 'counter', help: 'Help.', unit: 'things' })
  })

  test('keeps staleness markers and times before 1970', async () => {
    const it = start()
    const values = new Float64Array(new BigUint64Array([0x7ff0000000000002n, 0x7ff8000000000001n]).buffer)
    await it.receive(encodeRemoteWrite([{ labels: ['__name__', 'a'], ts: [-5, 0], values }]))
    expect(it.store.samplesOf('a').map((s) => [s.ts, s.stale])).toEqual([
      [-5, true],
      [0, false],
    ])
  })

  test('without any content is fine', async () => {
    expect(await start().receive(encodeRemoteWrite([]))).toMatchObject({ series: 0, samples: 0 })
  })

  test('may have unknown fields, labels in any order, and labels among other fields', async () => {
    const it = start()
    const label = (out: WireWriter, name: string, value: string) =>
      out.message(1, () => {
        out.varint(9, 7)
        out.text(2, value)
        out.text(1, name)
      })
    const out = new WireWriter()
    const sample = (ts: number) => {
      out.message(2, () => {
        out.varint(2, ts)
        out.fixed64(9, 1, 2)
        out.fixed64(1, 0, 0x3ff00000)
      })
    }
    for (let ts = 1; ts < 4; ts++) {
      out.message(1, () => {
        label(out, 'z', '1')
        label(out, '__name__', 'a')
        label(out, 'empty', '')
        sample(ts)
      })
      out.message(1, () => {
        out.text(15, 'later')
        label(out, '__name__', 'spread')
        sample(ts)
        label(out, 'l', 'v')
      })
      // As `spread`, which is a series of its own by now.
      if (ts === 3) {
        out.message(1, () => {
          label(out, '__name__', 'b')
          sample(1)
        })
        out.message(1, () => {
          label(out, '__name__', 'b')
          sample(1)
          label(out, 'l', 'v')
        })
      }
    }
    out.text(14, 'unknown')
    await it.receive(encodeSnappy(out.finish()))
    expect(it.store.seriesNames()).toEqual(['a{z="1"}', 'b', 'b{l="v"}', 'spread{l="v"}'])
    expect(it.store.samplesOf('spread{l="v"}').map((s) => [s.ts, s.value])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ])
  })

  test('is answered only when the engine has it', async () => {
    const it = start()
    const hold = it.store.holdFlush()
    let answered = false
    const answer = it.receive(encodeRemoteWrite([series({ __name__: 'a' }, [1, 1])])).then(() => {
      answered = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(it.store.samplesOf('a')).toHaveLength(1)
    expect(answered).toBe(false)
    hold.release()
    await answer
    const lost = it.store.holdFlush()
    const failing = it.receive(encodeRemoteWrite([series({ __name__: 'a' }, [2, 1])]))
    lost.fail(new BinnacleError('engine.down', 'gone', { kind: 'unavailable' }))
    await expect(failing).rejects.toMatchObject({ code: 'engine.down' })
  })

  test('is sent away whole when the store is overloaded', async () => {
    const it = start()
    it.store.refuse(new BinnacleError('store.behind', 'come back later', { kind: 'overload', retryAfterMs: 2000 }))
    const body = encodeRemoteWrite([series({ __name__: 'a' }, [1, 1])])
    await expect(it.receive(body)).rejects.toMatchObject({ kind: 'overload', retryAfterMs: 2000 })
    expect(it.store.appendCalls).toBe(0)
    it.store.refuse(undefined)
    expect(await it.receive(body)).toMatchObject({ samples: 1 })
  })

  test.for([
    ['native histograms', (out: WireWriter) => out.message(4, () => {})],
    ['exemplars', (out: WireWriter) => out.message(3, () => {})],
    ['families with metadata', undefined],
  ] as const)('brings no more than 200,000 %s, whatever they take', async ([what, put]) => {
    const it = start()
    const out = new WireWriter()
    out.message(1, () => {
      out.message(1, () => {
        out.text(1, '__name__')
        out.text(2, 'a')
      })
      for (let i = 0; put !== undefined && i <= 200_000; i++) put(out)
    })
    for (let i = 0; put === undefined && i <= 200_000; i++) out.message(3, () => out.text(2, 'a'))
    await expect(it.receive(encodeSnappy(out.finish()))).rejects.toMatchObject({
      code: 'remote_write.too_large',
      message: `the request has more than 200000 ${what}`,
    })
    expect(it.store.appendCalls).toBe(0)
  })

  test('in a new epoch gets new refs', async () => {
    const it = start()
    const body = (ts: number) =>
      encodeRemoteWrite([series({ __name__: 'a' }, [ts, 1]), series({ __name__: 'b' }, [ts, 1])])
    await it.receive(body(1))
    it.store.changeEpoch()
    expect(await it.receive(body(2))).toMatchObject({ samples: 2 })
    expect(it.store.samplesOf('b')).toHaveLength(2)
  })

  test('with more series than are remembered is stored all the same', async () => {
    const it = start({ limits: { maxKnownSeries: 3 } })
    for (let ts = 1; ts < 4; ts++) {
      const many = Array.from({ length: 10 }, (_, i) => series({ __name__: 'a', i: String(i) }, [ts, i]))
      expect(await it.receive(encodeRemoteWrite(many))).toMatchObject({ samples: 10 })
    }
    expect(it.store.seriesNames()).toHaveLength(10)
  })
})

describe('what cannot be stored', () => {
  test.for([
    ['no metric name', ['job', 'a']],
    ['no labels', []],
    ['a label twice', ['__name__', 'x', 'job', 'a', 'job', 'b']],
    ['an empty label name', ['', 'a', '__name__', 'x']],
  ] as const)('with %s is refused, the rest stored', async ([, labels]) => {
    const it = start()
    const body = encodeRemoteWrite([{ labels, ts: [1, 2], values: [1, 1] }, series({ __name__: 'good' }, [1, 1])])
    for (let i = 0; i < 2; i++) {
      await expect(it.receive(body)).rejects.toMatchObject({ code: 'remote_write.partial', kind: 'input' })
    }
    expect(it.store.seriesNames()).toEqual(['good'])
    expect(it.registry.render('text')).toContain(
      'binnacle_remote_write_samples_dropped_total{reason="invalid_labels"} 4',
    )
  })

  test('for want of room is refused as a limit, the rest stored', async () => {
    const it = start({ store: { maxSeries: 1 } })
    const body = encodeRemoteWrite([series({ __name__: 'a' }, [1, 1]), series({ __name__: 'b' }, [1, 1], [2, 1])])
    await expect(it.receive(body)).rejects.toMatchObject({ code: 'remote_write.partial', kind: 'limit' })
    expect(it.store.samplesOf('a')).toHaveLength(1)
  })

  test('for its time is refused, the rest stored', async () => {
    const it = start({ store: { oldestMs: 100, newestMs: 200 } })
    const body = encodeRemoteWrite([series({ __name__: 'a' }, [99, 1], [100, 1], [200, 1], [201, 1])])
    await expect(it.receive(body)).rejects.toMatchObject({ code: 'remote_write.partial', kind: 'input' })
    expect(it.store.samplesOf('a')).toHaveLength(2)
  })

  test('because the request is too large is refused before it is unpacked', async () => {
    const it = start({ limits: { maxDecodedBytes: 1000 } })
    const many = Array.from({ length: 100 }, (_, i) => series({ __name__: 'a', i: String(i) }, [1, i]))
    await expect(it.receive(encodeRemoteWrite(many))).rejects.toMatchObject({
      code: 'remote_write.too_large',
      kind: 'limit',
    })
    await expect(it.receive(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]))).rejects.toMatchObject({ kind: 'limit' })
  })
})

const aSeries = fc.record({
  labels: fc
    .dictionary(fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }), fc.string({ maxLength: 9 }), {
      maxKeys: 4,
    })
    .map((labels) => labelsOf({ ...labels, __name__: 'm' })),
  samples: fc.array(fc.tuple(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), fc.double()), { maxLength: 5 }),
})

describe('properties', () => {
  test('what is written is stored, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aSeries, { maxLength: 8 }), async (all) => {
        const it = start()
        const written = all.map(({ labels, samples }) => ({
          labels,
          ts: samples.map(([ts]) => ts),
          values: Float64Array.from(samples, ([, value]) => value),
        }))
        const expected = new Map<string, Map<number, number>>()
        for (const { labels, samples } of all) {
          const of = expected.get(formatLabels(labels)) ?? new Map<number, number>()
          for (const [ts, value] of samples) if (!of.has(ts)) of.set(ts, value)
          expected.set(formatLabels(labels), of)
        }
        for (let i = 0; i < 2; i++) await it.receive(encodeRemoteWrite(written))
        for (const [name, samples] of expected) {
          const stored = it.store.samplesOf(name).map((s) => [s.ts, s.value])
          expect(stored).toEqual([...samples].sort((a, b) => a[0] - b[0]))
        }
      }),
      { numRuns: 100 },
    )
  })

  test('damaged requests are refused or stored, and nothing else happens', async () => {
    const body = encodeRemoteWrite(
      [
        {
          ...series({ __name__: 'a', job: 'api' }, [1000, 1], [2000, 2]),
          exemplars: [{ labels: ['t', 'x'], ts: 1, value: 2 }],
        },
        series({ __name__: 'b', job: 'api' }, [1000, 1]),
      ],
      [{ metric: 'a', type: 2, help: 'h', unit: '' }],
    )
    const message = Buffer.alloc(1000)
    const { decodeSnappy } = await import('./snappy.ts')
    const length = decodeSnappy(body, message)
    const it = start()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255)), { maxLength: 3 }),
        fc.integer({ min: 0, max: length }),
        async (changes, cut) => {
          const damaged = Buffer.from(message.subarray(0, cut))
          for (const [at, byte] of changes) if (at < cut) damaged[at] = byte
          await it.receive(encodeSnappy(damaged)).catch((error: unknown) => expect(error).toBeInstanceOf(BinnacleError))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
