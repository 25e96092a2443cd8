import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKET_MS } from '../bucket.ts'
import type { SampleBatch } from '../sample-batch.ts'
import { createHead, DUPLICATE, type Head, LOG_ONLY, REPEATED, TAKEN, TAKEN_LATE } from './head.ts'
import { lateByRow, readHeadSeries } from './head-reader.ts'
import { createSampleBuffer } from './sample-buffer.ts'

const START = 100 * BUCKET_MS
const STALE_LO = 2
const STALE_HI = 0x7ff00000

type Point = { ref: number; ts: number; bits: bigint }

function batchOf(points: readonly Point[]): SampleBatch {
  const values = new Float64Array(points.length)
  const words = new BigUint64Array(values.buffer)
  points.forEach((point, i) => {
    words[i] = point.bits
  })
  return {
    length: points.length,
    refs: Uint32Array.from(points, (point) => point.ref),
    ts: Float64Array.from(points, (point) => point.ts),
    values,
  }
}

function append(head: Head, points: readonly Point[]): Uint8Array {
  const verdicts = new Uint8Array(points.length)
  head.append(batchOf(points), verdicts, 0, Number.MAX_SAFE_INTEGER)
  return verdicts
}

function read(
  head: Head,
  refs: number[],
  fromMs = 0,
  toMs = Number.MAX_SAFE_INTEGER,
): { ts: number[]; bits: bigint[] }[] {
  const snapshot = head.snapshot(Uint32Array.from(refs), fromMs, toMs)
  const late = lateByRow(snapshot)
  return refs.map((_, row) => {
    const out = createSampleBuffer(4)
    readHeadSeries(head.views, snapshot, late, row, fromMs, toMs, out)
    const bits = new BigUint64Array(out.values.buffer)
    return { ts: [...out.ts.subarray(0, out.length)], bits: [...bits.subarray(0, out.length)] }
  })
}

const bitsOf = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0]!
const STALE = (BigInt(STALE_HI) << 32n) | BigInt(STALE_LO)

test('samples come back in order with every bit, from tail and pieces, across buckets', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  const points: Point[] = []
  for (let i = 0; i < 1200; i++) {
    for (let ref = 0; ref < 3; ref++) {
      points.push({
        ref: ref * 700,
        ts: START + i * 15_000,
        bits: i % 100 === 7 ? STALE : bitsOf(ref === 1 ? i * 0.25 : i),
      })
    }
  }
  expect(append(head, points).every((verdict) => verdict === TAKEN)).toBe(true)
  const answer = read(head, [0, 700, 1400, 5])
  expect(answer[3]!.ts).toEqual([])
  for (const ref of [0, 1, 2]) {
    const mine = points.filter((point) => point.ref === ref * 700)
    expect(answer[ref]!.ts).toEqual(mine.map((point) => point.ts))
    expect(answer[ref]!.bits).toEqual(mine.map((point) => point.bits))
  }
  const window = read(head, [700], START + 150_000, START + 300_000)[0]!
  expect(window.ts).toEqual(Array.from({ length: 11 }, (_, i) => START + 150_000 + i * 15_000))
})

test('a late sample is merged at read, a repeated one is refused, one before the head goes to the log only', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  const inOrder = Array.from({ length: 100 }, (_, i) => ({ ref: 1, ts: START + i * 10_000, bits: bitsOf(i) }))
  append(head, inOrder)
  const verdicts = append(head, [
    { ref: 1, ts: START + 5_000, bits: bitsOf(0.5) },
    { ref: 1, ts: START + 5_000, bits: bitsOf(9) },
    { ref: 1, ts: START + 20_000, bits: bitsOf(9) },
    { ref: 1, ts: START + 990_000, bits: bitsOf(9) },
    { ref: 1, ts: START + 990_000, bits: bitsOf(99) },
    { ref: 1, ts: START - 1, bits: bitsOf(9) },
  ])
  expect([...verdicts]).toEqual([TAKEN_LATE, DUPLICATE, DUPLICATE, DUPLICATE, REPEATED, LOG_ONLY])
  const [series] = read(head, [1])
  expect(series!.ts.slice(0, 3)).toEqual([START, START + 5_000, START + 10_000])
  expect(series!.ts).toHaveLength(101)
})

test('a reader sees what was there when it began, while tails are flushed, a bucket is settled and another evicted', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  for (let i = 0; i < 480 * 2; i++) append(head, [{ ref: 3, ts: START + i * 15_000, bits: bitsOf(i) }])
  const ticket = head.openTicket()
  const snapshot = head.snapshot(Uint32Array.of(3), 0, Number.MAX_SAFE_INTEGER)
  const settled = head.beginSettled(100)
  const buffer = createSampleBuffer()
  head.gather(100, 3, buffer)
  settled.add(3, buffer)
  settled.commit()
  for (let i = 960; i < 1500; i++) append(head, [{ ref: 3, ts: START + i * 15_000, bits: bitsOf(i) }])
  head.evict(100)
  // Other series now fill whatever memory was given back too early.
  for (let ref = 10; ref < 3000; ref++) append(head, [{ ref, ts: START + 2 * BUCKET_MS, bits: bitsOf(-1) }])
  const out = createSampleBuffer()
  readHeadSeries(head.views, snapshot, lateByRow(snapshot), 0, 0, Number.MAX_SAFE_INTEGER, out)
  expect([...out.values.subarray(0, out.length)]).toEqual(Array.from({ length: 960 }, (_, i) => i))
  head.closeTicket(ticket)
  expect(head.completeFromMs).toBe(START + BUCKET_MS)
  expect(read(head, [3])[0]!.ts[0]).toBe(START + BUCKET_MS)
})

test('what is loaded at the start answers any range, before and after what is scraped then', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  const at = (i: number) => START + i * 15_000
  const run = createSampleBuffer(512)
  for (let i = 0; i < 300; i++) {
    run.ts[i] = at(i)
    run.values[i] = i * i
  }
  run.length = 300
  head.loadRun(100, 5, run)
  append(
    head,
    Array.from({ length: 40 }, (_, i) => ({ ref: 5, ts: at(300 + i), bits: bitsOf((300 + i) ** 2) })),
  )
  for (const [first, last] of [
    [0, 339],
    [63, 64],
    [64, 64],
    [128, 191],
    [280, 305],
    [299, 300],
    [339, 339],
  ] as const) {
    const [found] = read(head, [5], at(first), at(last))
    expect(found!.ts).toEqual(Array.from({ length: last - first + 1 }, (_, i) => at(first + i)))
    expect(found!.bits).toEqual(Array.from({ length: last - first + 1 }, (_, i) => bitsOf((first + i) ** 2)))
  }
})

test('memory comes back: after eviction and closed readers the slabs are free again', () => {
  const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
  const fill = (bucket: number) => {
    for (let i = 0; i < 480; i++) {
      const points: Point[] = []
      for (let ref = 0; ref < 400; ref++)
        points.push({ ref, ts: bucket * BUCKET_MS + i * 15_000, bits: bitsOf(Math.sin(i * ref) * 1e9) })
      append(head, points)
    }
  }
  fill(100)
  fill(101)
  fill(102)
  const before = head.usedBytes
  head.evict(100)
  head.evict(101)
  expect(head.usedBytes).toBeLessThan(before * 0.6)
  fill(103)
  expect(head.usedBytes).toBeLessThan(before)
})

test('any mix of appends in order and late, flushes, settling and readers answers like a sorted map', () => {
  const op = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('next' as const), ref: fc.nat(3), gap: fc.nat(20_000) }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('late' as const), ref: fc.nat(3), back: fc.nat(9_000_000) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), ref: fc.nat(3), count: fc.nat(150) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('ticket' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('check' as const), from: fc.nat(9_000_000) }) },
  )
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120 }), (ops) => {
      const head = createHead({ maxBytes: 1 << 26, lowestBucket: 100 })
      const model = new Map<number, Map<number, bigint>>()
      const last = [START, START, START, START]
      let value = 0
      const put = (ref: number, ts: number) => {
        const bits = bitsOf(value++ / 4)
        const [verdict] = append(head, [{ ref, ts, bits }])
        let series = model.get(ref)
        if (!series) {
          series = new Map()
          model.set(ref, series)
        }
        expect(verdict === DUPLICATE).toBe(series.has(ts))
        if (!series.has(ts)) series.set(ts, bits)
      }
      let ticket: number | undefined
      const check = (from: number) => {
        for (const [row, series] of read(head, [0, 1, 2, 3], from).entries()) {
          const expected = [...(model.get(row) ?? [])].filter(([ts]) => ts >= from).sort((a, b) => a[0] - b[0])
          expect(series.ts).toEqual(expected.map(([ts]) => ts))
          expect(series.bits).toEqual(expected.map(([, bits]) => bits))
        }
      }
      for (const step of ops) {
        if (step.kind === 'next') {
          last[step.ref]! += step.gap
          put(step.ref, last[step.ref]!)
        } else if (step.kind === 'burst') {
          for (let i = 0; i < step.count; i++) {
            last[step.ref]! += 15_000
            put(step.ref, last[step.ref]!)
          }
        } else if (step.kind === 'late') {
          put(step.ref, Math.max(START, last[step.ref]! - step.back))
        } else if (step.kind === 'settle') {
          const bucket = head.newestBucket - 1
          if (head.refsEnd(bucket) === 0) continue
          const settled = head.beginSettled(bucket)
          for (let ref = 0; ref < 3; ref++) {
            const out = createSampleBuffer()
            if (head.gather(bucket, ref, out)) settled.add(ref, out)
          }
          // In between something arrives.
          put(0, Math.max(START, last[0]! - 7_000_000))
          const out = createSampleBuffer()
          if (head.gather(bucket, 3, out)) settled.add(3, out)
          settled.commit()
        } else if (step.kind === 'ticket') {
          if (ticket === undefined) ticket = head.openTicket()
          else {
            head.closeTicket(ticket)
            ticket = undefined
          }
        } else check(START + step.from)
      }
      check(0)
    }),
    { numRuns: 60 },
  )
})
