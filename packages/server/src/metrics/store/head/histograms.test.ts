import type { FloatHistogram } from '@binnacle/promql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKET_MS } from '../bucket.ts'
import { recordsOf } from '../histogram-records.ts'
import type { SampleBatch } from '../sample-batch.ts'
import { histogramOf } from '../testkit/histogram-of.ts'
import { createHead, DUPLICATE, type Head, TAKEN, TAKEN_LATE } from './head.ts'
import { lateByRow, readHeadSeries } from './head-reader.ts'
import type { HeadSnapshot } from './layout.ts'
import { createSampleBuffer } from './sample-buffer.ts'

const START = 100 * BUCKET_MS

type Value = number | FloatHistogram
type Point = { ref: number; ts: number; value: Value }

function append(head: Head, points: readonly Point[]): number[] {
  const batch: SampleBatch = {
    length: points.length,
    refs: Uint32Array.from(points, (point) => point.ref),
    ts: Float64Array.from(points, (point) => point.ts),
    values: Float64Array.from(points, ({ value }) => (typeof value === 'number' ? value : 0)),
  }
  if (points.some(({ value }) => typeof value !== 'number')) {
    batch.histograms = points.map(({ value }) => (typeof value === 'number' ? undefined : value))
  }
  const verdicts = new Uint8Array(points.length)
  head.append(batch, verdicts, 0, Number.MAX_SAFE_INTEGER, batch.histograms && recordsOf(batch))
  return [...verdicts]
}

function readRow(head: Head, snapshot: HeadSnapshot, row: number, fromMs = 0): [number, Value][] {
  const out = createSampleBuffer(4)
  readHeadSeries(head.views, snapshot, lateByRow(snapshot), row, fromMs, Number.MAX_SAFE_INTEGER, out)
  return Array.from({ length: out.length }, (_, i) => [out.ts[i]!, out.histograms?.[i] ?? out.values[i]!])
}

function read(head: Head, ref: number, fromMs = 0): [number, Value][] {
  return readRow(head, head.snapshot(Uint32Array.of(ref), fromMs, Number.MAX_SAFE_INTEGER), 0, fromMs)
}

test('histograms come back in order from tail and pieces, across buckets, with numbers between them', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  const points: Point[] = []
  for (let i = 0; i < 1100; i++) {
    const ts = START + i * 15_000
    points.push({ ref: 1, ts, value: histogramOf(i, 30) })
    points.push({ ref: 2, ts, value: i % 100 < 50 ? histogramOf(i) : i })
    points.push({ ref: 900, ts, value: i })
  }
  expect(append(head, points).every((verdict) => verdict === TAKEN)).toBe(true)
  for (const ref of [1, 2, 900]) {
    const expected = points.filter((point) => point.ref === ref).map(({ ts, value }) => [ts, value])
    expect(read(head, ref)).toEqual(expected)
    expect(read(head, ref, START + 7_000_000)).toEqual(expected.filter(([ts]) => (ts as number) >= START + 7_000_000))
  }
  // The last samples of 2 are numbers.
  expect(head.histogramSeries(Uint32Array.of(1, 2, 900, 5000))).toBe(1)
})

test('a late histogram is merged at read, and its time is taken for numbers and histograms alike', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  append(
    head,
    Array.from({ length: 100 }, (_, i) => ({ ref: 1, ts: START + i * 10_000, value: histogramOf(i) })),
  )
  const late = START + 5_000
  expect(
    append(head, [
      { ref: 1, ts: late, value: histogramOf(7) },
      { ref: 1, ts: late, value: 3 },
      { ref: 1, ts: START + 20_000, value: histogramOf(8) },
      { ref: 1, ts: START + 990_000, value: 4 },
      { ref: 1, ts: START + 985_000, value: 5 },
    ]),
  ).toEqual([TAKEN_LATE, DUPLICATE, DUPLICATE, DUPLICATE, TAKEN_LATE])
  const found = read(head, 1)
  expect(found).toHaveLength(102)
  expect(found[1]).toEqual([late, histogramOf(7)])
  expect(found[100]).toEqual([START + 985_000, 5])
})

test('what histograms take counts against the budget, tails and late ones too, and comes back', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  const fill = (bucket: number) => {
    for (let i = 0; i < 240; i++) {
      append(
        head,
        Array.from({ length: 60 }, (_, ref) => ({
          ref,
          ts: bucket * BUCKET_MS + i * 30_000,
          value: histogramOf(i * 37 + ref, 150),
        })),
      )
    }
  }
  const empty = head.usedBytes
  append(head, [{ ref: 0, ts: START, value: histogramOf(1, 150) }])
  const one = head.usedBytes
  expect(one).toBeGreaterThanOrEqual(empty + (1 << 20))
  append(head, [{ ref: 0, ts: START - 0 + 1, value: 1 }])
  append(head, [{ ref: 0, ts: START + 3, value: 1 }])
  const before = head.usedBytes
  append(head, [{ ref: 0, ts: START + 2, value: histogramOf(2, 150) }])
  expect(head.usedBytes).toBeGreaterThan(before + 40)
  for (const bucket of [101, 102, 103]) fill(bucket)
  const full = head.usedBytes
  head.evict(100)
  head.evict(101)
  head.evict(102)
  expect(head.usedBytes).toBeLessThan(full * 0.6)
  fill(104)
  fill(105)
  expect(head.usedBytes).toBeLessThan(full * 1.1)
})

test('any mix of numbers and histograms, in order and late, settled and read while it goes on, answers like a map', () => {
  const small = fc.constantFrom('number', 'histogram', 'large')
  const value = fc.oneof({ weight: 6, arbitrary: small }, { weight: 1, arbitrary: fc.constant('huge') })
  const ref = fc.nat(3)
  const op = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('next' as const), ref, gap: fc.nat(20_000), value }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('late' as const), ref, back: fc.nat(9_000_000), value }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('burst' as const), ref, count: fc.nat(120), value: small }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('ticket' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('check' as const), from: fc.nat(9_000_000) }) },
  )
  fc.assert(
    fc.property(fc.array(op, { maxLength: 100 }), (ops) => {
      const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
      const model = new Map<number, Map<number, Value>>()
      const last = [START, START, START, START]
      let n = 0
      const valueLike = (kind: string): Value => {
        n++
        if (kind === 'number') return n
        return kind === 'histogram' ? histogramOf(n) : histogramOf(n, kind === 'large' ? 400 : 9000)
      }
      const put = (ref: number, ts: number, value: Value) => {
        const [verdict] = append(head, [{ ref, ts, value }])
        let series = model.get(ref)
        if (!series) {
          series = new Map()
          model.set(ref, series)
        }
        expect(verdict === DUPLICATE).toBe(series.has(ts))
        if (!series.has(ts)) series.set(ts, value)
      }
      const expected = (ref: number, from = 0) =>
        [...(model.get(ref) ?? [])].filter(([ts]) => ts >= from).sort((a, b) => a[0] - b[0])
      let reader: { ticket: number; snapshot: HeadSnapshot; expected: [number, Value][][] } | undefined
      const check = (from: number) => {
        for (const ref of [0, 1, 2, 3]) expect(read(head, ref, from)).toEqual(expected(ref, from))
      }
      for (const step of ops) {
        if (step.kind === 'next') {
          last[step.ref]! += step.gap
          put(step.ref, last[step.ref]!, valueLike(step.value))
        } else if (step.kind === 'burst') {
          for (let i = 0; i < step.count; i++) {
            last[step.ref]! += 15_000
            put(step.ref, last[step.ref]!, valueLike(step.value))
          }
        } else if (step.kind === 'late') {
          put(step.ref, Math.max(START, last[step.ref]! - step.back), valueLike(step.value))
        } else if (step.kind === 'settle') {
          const bucket = head.newestBucket - 1
          if (head.refsEnd(bucket) === 0) continue
          const settled = head.beginSettled(bucket)
          for (let ref = 0; ref < 4; ref++) {
            const out = createSampleBuffer()
            if (head.gather(bucket, ref, out)) settled.add(ref, out)
          }
          // In between something arrives.
          put(0, Math.max(START, last[0]! - 7_000_000), valueLike('histogram'))
          settled.commit()
        } else if (step.kind === 'check') check(START + step.from)
        else if (reader === undefined) {
          reader = {
            ticket: head.openTicket(),
            snapshot: head.snapshot(Uint32Array.of(0, 1, 2, 3), 0, Number.MAX_SAFE_INTEGER),
            expected: [0, 1, 2, 3].map((ref) => expected(ref)),
          }
        } else {
          for (const ref of [0, 1, 2, 3]) expect(readRow(head, reader.snapshot, ref)).toEqual(reader.expected[ref])
          head.closeTicket(reader.ticket)
          reader = undefined
        }
      }
      check(0)
    }),
    { numRuns: 60 },
  )
}, 60_000)
