import { expect, test } from 'vitest'
import { createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { DUPLICATE, TAKEN } from '../head/index.ts'
import type { SampleBatch } from '../sample-batch.ts'
import type { RowBatch } from './row-batch.ts'
import { createSampleLog, type SampleLog } from './sample-log.ts'

/** An engine that takes rows only while it is open, and remembers what it took. */
function start(options: { maxPendingBytes?: number; flushMs?: number } = {}) {
  const taken: { gen: number; token: string; ts: number[] }[] = []
  const life = new AbortController()
  let open = true
  let refusal: Error | undefined
  let waiting: (() => void)[] = []
  const registry = createRegistry()
  const log: SampleLog = createSampleLog(
    {
      clock: systemClock,
      log: silentLogger,
      registry,
      write: async (rows: RowBatch) => {
        if (refusal) throw refusal
        if (!open) await new Promise<void>((resolve) => waiting.push(resolve))
        taken.push({ gen: rows.gen, token: rows.token, ts: [...rows.ts.subarray(0, rows.length)] })
      },
    },
    {
      firstGen: 7,
      tokenPrefix: 'test',
      flushMs: options.flushMs ?? 10_000,
      maxPendingBytes: options.maxPendingBytes ?? 1 << 20,
    },
  )
  log.start(life.signal)
  return {
    log,
    taken,
    dropped: () => /^binnacle_log_samples_dropped_total (\d+)/m.exec(registry.render('text'))![1],
    close: () => {
      open = false
    },
    refuse: (error: Error | undefined) => {
      refusal = error
    },
    reopen: () => {
      open = true
      for (const go of waiting) go()
      waiting = []
    },
    [Symbol.asyncDispose]: async () => life.abort(new Error('over')),
  }
}

function batchOf(from: number, count: number): SampleBatch {
  return {
    length: count,
    refs: new Uint32Array(count),
    ts: Float64Array.from({ length: count }, (_, i) => from + i),
    values: new Float64Array(count),
  }
}

test('whoever waits for the engine does not wait for the next regular write', async () => {
  await using it = start({ flushMs: 60_000 })
  it.log.append(batchOf(1, 3), undefined)
  await it.log.flushed()
  expect(it.taken).toEqual([{ gen: 7, token: 'test-0', ts: [1, 2, 3] }])
  await it.log.flushed()
})

test('rows that were refused by the head are not logged', async () => {
  await using it = start()
  it.log.append(batchOf(1, 3), Uint8Array.of(TAKEN, DUPLICATE, TAKEN))
  await it.log.flushed()
  expect(it.taken[0]!.ts).toEqual([1, 3])
})

test('sealing a gen parts the rows, and all of them arrive in order', async () => {
  await using it = start()
  it.log.append(batchOf(1, 1), undefined)
  expect(it.log.seal()).toBe(7)
  it.log.append(batchOf(2, 1), undefined)
  await it.log.flushed()
  expect(it.taken.map(({ gen, ts }) => [gen, ...ts])).toEqual([
    [7, 1],
    [8, 2],
  ])
})

test('while the engine is away pushers are turned away first, scrapes are dropped last, and both are told', async () => {
  await using it = start({ maxPendingBytes: 20 * 100 })
  it.close()
  it.log.append(batchOf(1, 40), undefined)
  expect(() => it.log.admit(10)).not.toThrow()
  expect(() => it.log.admit(11)).toThrow(expect.objectContaining({ code: 'store.overloaded', kind: 'overload' }))
  it.log.append(batchOf(100, 60), undefined)
  expect(it.dropped()).toBe('0')
  it.log.append(batchOf(200, 1), undefined)
  expect(it.dropped()).toBe('1')
  const waiting = it.log.flushed()
  it.reopen()
  await waiting
  expect(it.taken.flatMap(({ ts }) => ts)).toEqual([...batchOf(1, 40).ts, ...batchOf(100, 60).ts])
  expect(it.log.pendingRows).toBe(0)
  expect(() => it.log.admit(50)).not.toThrow()
})

test('what waited through an outage goes in several pieces', async () => {
  await using it = start({ maxPendingBytes: 1 << 24 })
  it.close()
  for (let i = 0; i < 15; i++) it.log.append(batchOf(i * 10_000, 10_000), undefined)
  it.reopen()
  await it.log.flushed()
  expect(it.taken.map(({ ts }) => ts.length)).toEqual([50_000, 50_000, 50_000])
  expect(it.taken.flatMap(({ ts }) => ts)).toEqual(Array.from({ length: 150_000 }, (_, i) => i))
})

test('a stop writes what waits, and gives up in time when the engine does not come back', async () => {
  await using it = start()
  it.log.append(batchOf(1, 2), undefined)
  await it.log.stop(1_000)
  expect(it.taken).toHaveLength(1)
  await using away = start()
  away.close()
  away.log.append(batchOf(1, 2), undefined)
  const from = performance.now()
  await away.log.stop(50)
  expect(performance.now() - from).toBeLessThan(1_000)
})

test('rows that the engine refuses are told, kept and tried again; pushers hear it at once', async () => {
  await using it = start({ flushMs: 10 })
  it.refuse(new Error('no such column'))
  it.log.append(batchOf(1, 2), undefined)
  await expect.poll(() => it.log.problem).toBe('no such column')
  expect(() => it.log.admit(1)).toThrow(expect.objectContaining({ code: 'store.write_refused', kind: 'unavailable' }))
  it.refuse(undefined)
  await it.log.flushed()
  expect(it.taken[0]!.ts).toEqual([1, 2])
  expect(it.log.problem).toBeUndefined()
  expect(() => it.log.admit(1)).not.toThrow()
})
