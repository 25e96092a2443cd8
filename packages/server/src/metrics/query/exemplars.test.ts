import { type Labels, labelsOf, type Matcher } from '@binnacle/promql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from '../store/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createExemplarReader } from './index.ts'

const never = new AbortController().signal
const T0 = Math.floor((Date.now() - 86_400_000) / BUCKET_MS) * BUCKET_MS
let now = T0 + 60_000
const clock: Clock = { ...systemClock, now: () => now }
let it: StoreUnderTest

beforeEach(async () => {
  now = T0 + 60_000
  it = await startStore(clock)
})
afterEach(async () => {
  await it.stop()
})

const bucket = (le: string) => labelsOf({ __name__: 'request_seconds_bucket', le })

function put(labels: Labels, ts: number, value: number, trace: string): void {
  it.append([{ labels: Object.fromEntries(pairsOf(labels)), ts, value: 1 }])
  const series = it.store.refOf(labels)
  it.store.addExemplar({ series, labels: labelsOf({ trace_id: trace }), ts, value })
}

function pairsOf(labels: Labels): [string, string][] {
  return Array.from({ length: labels.length / 2 }, (_, i) => [labels[i * 2]!, labels[i * 2 + 1]!])
}

/** Trace ids by `le`, in the order of the answer. */
async function found(
  query: { fromMs?: number; toMs?: number; matchers?: readonly Matcher[] } = {},
  maxExemplars = 100,
): Promise<{ series: [string, string[]][]; truncated: boolean }> {
  const reader = createExemplarReader(
    { view: it.store.view, client: it.engine.client, clock },
    { maxExemplars, timeoutMs: 10_000 },
  )
  const { fromMs = T0, toMs = T0 + BUCKET_MS, matchers = [name('request_seconds_bucket')] } = query
  const answer = await reader.select({ matcherSets: [matchers, matchers], fromMs, toMs }, never)
  return {
    series: answer.series.map(({ seriesLabels, exemplars }) => [
      new Map(pairsOf(seriesLabels)).get('le') ?? '',
      exemplars.map(({ labels }) => labels[1]!),
    ]),
    truncated: answer.truncated,
  }
}

const name = (value: string): Matcher => ({ name: '__name__', op: '=', value })

test('exemplars are read at once, then from the engine, after a restart too, each once', async () => {
  put(bucket('5'), T0 + 2000, 0.3, 'b')
  put(bucket('5'), T0 + 1000, 0.4, 'a')
  put(bucket('1'), T0 + 3000, 0.1, 'c')
  put(labelsOf({ __name__: 'other' }), T0 + 3000, 0.1, 'x')
  const all = {
    series: [
      ['1', ['c']],
      ['5', ['a', 'b']],
    ],
    truncated: false,
  }
  expect(await found()).toEqual(all)
  await it.store.flushed(never)
  // A sender that got no answer sends the same again.
  put(bucket('5'), T0 + 2000, 0.3, 'b')
  expect(await found()).toEqual(all)
  await it.store.flushed(never)
  expect(await found()).toEqual(all)
  await it.restart()
  expect(await found()).toEqual(all)
})

test('a write that fails keeps its exemplars: they are read meanwhile and stored by a later one', async () => {
  it.append([{ labels: { __name__: 'warm' }, ts: T0, value: 1 }])
  await it.store.flushed(never)
  // Series and rows of the log pass, the exemplars' insert does not.
  it.allowWrites(2)
  put(bucket('1'), T0 + 1000, 0.1, 'kept')
  await it.store.flushed(never)
  expect((await found()).series).toEqual([['1', ['kept']]])
  it.allowWrites(100)
  put(bucket('1'), T0 + 2000, 0.1, 'later')
  await it.store.flushed(never)
  await it.restart()
  expect((await found()).series).toEqual([['1', ['kept', 'later']]])
})

test('exemplars of times that the engine does not keep are dropped, and hold up no others', async () => {
  const series = it.store.refOf(bucket('1'))
  const add = (ts: number) => it.store.addExemplar({ series, labels: labelsOf({ trace_id: 'stray' }), ts, value: 1 })
  // More days than one insert may have.
  for (let days = 8; days < 160; days++) add(now - days * 86_400_000)
  for (const ts of [now + 86_400_000, 1e300, -1e300, Number.NaN]) add(ts)
  put(bucket('1'), T0 + 1000, 0.1, 'good')
  await it.store.flushed(never)
  await it.restart()
  expect((await found({ fromMs: 0, toMs: now + 2 * 86_400_000 })).series).toEqual([['1', ['good']]])
})

test('the range is honoured at both ends, and over the limit the newest are given', async () => {
  for (let i = 0; i < 10; i++) put(bucket('1'), T0 + i * 1000, 0.1, String(i))
  expect((await found({ fromMs: T0 + 2000, toMs: T0 + 4000 })).series).toEqual([['1', ['2', '3', '4']]])
  expect(await found({}, 3)).toEqual({ series: [['1', ['7', '8', '9']]], truncated: true })
  await it.store.flushed(never)
  expect((await found({ fromMs: T0 + 2000, toMs: T0 + 4000 })).series).toEqual([['1', ['2', '3', '4']]])
  expect(await found({}, 3)).toEqual({ series: [['1', ['7', '8', '9']]], truncated: true })
  expect(await found({}, 10)).toMatchObject({ truncated: false })
})

test('series that left the index are looked up in the engine', async () => {
  put(bucket('1'), T0 + 1000, 0.1, 'old')
  await it.store.flushed(never)
  now = T0 + 40 * 3_600_000
  await it.restart()
  expect(it.store.view.index.size).toBe(0)
  expect((await found()).series).toEqual([['1', ['old']]])
  expect(
    (await found({ matchers: [name('request_seconds_bucket'), { name: 'le', op: '=~', value: '2|3' }] })).series,
  ).toEqual([])
})

test('of many selected series those with exemplars are found, in memory, in the engine, and after they left the index', async () => {
  const many = (metric: string, ts: number) =>
    Array.from({ length: 5_200 }, (_, i) => ({ labels: { __name__: metric, le: String(i) }, ts, value: 1 }))
  const byLabel: readonly Matcher[] = [{ name: 'le', op: '=~', value: '.+' }]
  it.append(many('request_seconds_bucket', T0 + 500))
  put(bucket('7'), T0 + 1000, 0.1, 'a')
  put(bucket('7'), T0 + 2000, 0.1, 'b')
  put(bucket('5199'), T0 + 3000, 0.1, 'c')
  put(labelsOf({ __name__: 'other', le: '8' }), T0 + 3000, 0.1, 'x')
  put(labelsOf({ __name__: 'unlabelled' }), T0 + 3000, 0.1, 'y')
  const named = {
    series: [
      ['5199', ['c']],
      ['7', ['a', 'b']],
    ],
    truncated: false,
  }
  const all = { series: [['8', ['x']], ...named.series], truncated: false }
  expect(await found()).toEqual(named)
  expect(await found({ matchers: byLabel })).toEqual(all)
  expect((await found({ fromMs: T0 + 1500, toMs: T0 + 2500 })).series).toEqual([['7', ['b']]])
  await it.store.flushed(never)
  expect(await found()).toEqual(named)
  expect(await found({ matchers: byLabel })).toEqual(all)
  now = T0 + 40 * 3_600_000
  await it.restart()
  it.append(many('newer_bucket', now))
  expect(it.store.view.index.size).toBe(5_200)
  expect(await found({ matchers: byLabel })).toEqual(all)
  expect(await found({ matchers: [...byLabel, { name: '__name__', op: '!=', value: 'other' }] })).toEqual(named)
})
