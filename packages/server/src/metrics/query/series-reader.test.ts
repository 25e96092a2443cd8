import { isStaleAt, labelsOf, labelValue, type Matcher } from '@binnacle/promql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from '../store/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createSeriesReader, type SeriesRead } from './index.ts'

const never = new AbortController().signal
const T0 = Math.floor((Date.now() - 6 * 86_400_000) / BUCKET_MS) * BUCKET_MS
let now = T0 + 3_600_000
const clock: Clock = { ...systemClock, now: () => now }
let it: StoreUnderTest

beforeEach(async () => {
  now = T0 + 3_600_000
  it = await startStore(clock)
})
afterEach(async () => {
  await it.stop()
})

const all: Matcher = { name: '__name__', op: '!=', value: '' }

function reader(options: { maxSeries?: number; timeoutMs?: number } = {}) {
  return createSeriesReader(
    { view: it.store.view, client: it.engine.client, clock },
    { timeoutMs: 10_000, maxSeries: 100_000, lookbackMs: 300_000, ...options },
  )
}

async function read(query: Partial<SeriesRead> = {}): Promise<{ key: string; ts: number[] }[]> {
  const found: { key: string; ts: number[] }[] = []
  const whole: SeriesRead = { matcherSets: [[all]], fromMs: T0, toMs: T0 + BUCKET_MS, order: 'labels', ...query }
  for await (const batch of reader().read(whole, never)) {
    for (let i = 0; i < batch.count; i++) {
      const ts = [...batch.ts.subarray(batch.starts[i]!, batch.starts[i + 1]!)].map((ms) => ms - T0)
      found.push({ key: `${labelValue(batch.labels[i]!, 'A')}${labelValue(batch.labels[i]!, '__name__')}`, ts })
    }
  }
  return found
}

test('series come in Prometheus’s order or by name, each once, from memory and from the engine', async () => {
  const names = ['b', 'a', '\u{1f600}', '\ufb01', 'aa', 'Z']
  it.append(names.map((name) => ({ labels: { __name__: name }, ts: T0 + 1000, value: 1 })))
  it.append([{ labels: { __name__: 'a', A: '1' }, ts: T0 + 1000, value: 1 }])
  const byLabels = ['1a', 'Z', 'a', 'aa', 'b', '\ufb01', '\u{1f600}']
  expect((await read()).map(({ key }) => key)).toEqual(byLabels)
  const some: Matcher = { name: '__name__', op: '=~', value: 'a|Z' }
  const both = await read({ matcherSets: [[some], [all], [some]], order: 'name' })
  expect(both.map(({ key }) => key)).toEqual(['Z', '1a', 'a', 'aa', 'b', '\ufb01', '\u{1f600}'])
  await it.store.flushed(never)
  now = T0 + 5 * 86_400_000
  await it.restart()
  expect(it.store.view.index.size).toBe(0)
  expect((await read()).map(({ key }) => key)).toEqual(byLabels)
})

test('thousands of series are read slice by slice, with staleness markers and without what was deleted', async () => {
  const series = (n: number) => ({ __name__: 'many', n: String(n).padStart(5, '0') })
  const count = 5_000
  it.append(Array.from({ length: count }, (_, n) => ({ labels: series(n), ts: T0 + 1000, value: 1 })))
  // Bit by bit: a marker does not survive as a plain number.
  const values = new Float64Array(count)
  new Uint32Array(values.buffer).set(Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 2 : 0x7ff0_0000)))
  const refs = Uint32Array.from({ length: count }, (_, n) => it.store.refOf(labelsOf(series(n))))
  it.store.append({ length: count, refs, ts: new Float64Array(count).fill(T0 + 2000), values })
  const key = it.store.view.keyOf(it.store.refOf(['__name__', 'many', 'n', '00007']))
  await it.store.deleteSamples([{ key, fromMs: T0, toMs: T0 + 1500 }], never)
  const numbers: string[] = []
  let stale = 0
  const query: SeriesRead = { matcherSets: [[all]], fromMs: T0, toMs: T0 + 5000, order: 'labels' }
  for await (const { count: n, labels, starts, values } of reader().read(query, never)) {
    for (let i = 0; i < n; i++) {
      numbers.push(labelValue(labels[i]!, 'n'))
      expect(starts[i + 1]! - starts[i]!).toBe(numbers.at(-1) === '00007' ? 1 : 2)
      if (isStaleAt(values, starts[i + 1]! - 1)) stale++
    }
  }
  expect(numbers).toEqual(Array.from({ length: count }, (_, n) => series(n).n))
  expect(stale).toBe(count)
})

test('too many series, a time that runs out and a reader that goes away end it by name, and give memory back', async () => {
  it.append(Array.from({ length: 11 }, (_, n) => ({ labels: { __name__: 'x', n: `${n}` }, ts: T0 + 1000, value: 1 })))
  const query: SeriesRead = { matcherSets: [[all]], fromMs: T0, toMs: T0 + 5000, order: 'labels' }
  const refused = reader({ maxSeries: 10 }).read(query, never)
  await expect(refused.next()).rejects.toMatchObject({ code: 'query.max_read_series', kind: 'limit' })

  const slow = reader({ timeoutMs: 20 }).read(query, never)
  expect((await slow.next()).done).toBe(false)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await expect(slow.next()).rejects.toMatchObject({ code: 'query.timeout' })

  const controller = new AbortController()
  const left = reader().read(query, controller.signal)
  await left.next()
  controller.abort()
  await expect(left.next()).rejects.toMatchObject({ code: 'query.canceled' })

  const closed: number[] = []
  const { head } = it.store.view
  const { closeTicket } = head
  head.closeTicket = (ticket) => {
    closed.push(ticket)
    closeTicket(ticket)
  }
  const stopped = reader().read(query, never)
  await stopped.next()
  await stopped.return()
  expect(closed).toHaveLength(1)
})
