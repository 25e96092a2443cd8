import { compileMatchers, type Labels, labelsOf, labelValue, type Matcher } from '@binnacle/promql'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createKeptListings } from './kept-listings.ts'
import { createListings, type Listings } from './listings.ts'
import type { MetadataQuery, SeriesListing } from './querier.ts'

const never = new AbortController().signal
const now = Math.floor(Date.now() / 60_000) * 60_000
const clock: Clock = { ...systemClock, now: () => now }
const MINUTE = 60_000

async function allOf({ slices }: SeriesListing): Promise<Labels[]> {
  const all: Labels[] = []
  for await (const slice of slices) all.push(...slice)
  return all
}

const texts = (sets: readonly Labels[]) => sets.map((labels) => JSON.stringify(labels)).sort()

describe('against a model that knows when each series had its samples', () => {
  type Known = { labels: Labels; firstMs: number; lastMs: number }
  const model: Known[] = []
  let it: StoreUnderTest
  let listings: Listings

  beforeAll(async () => {
    it = await startStore(clock)
    for (let i = 0; i < 600; i++) {
      const set: Record<string, string> = {
        __name__: `metric_${i % 7}`,
        instance: `host-${i % 41}:9100`,
        job: `job-${i % 5}`,
      }
      if (i % 3 === 0) set.path = `/p/${i % 11}`
      if (i % 50 === 0) set.rare = `only-${i}`
      set.id = String(i)
      const firstMs = now - MINUTE * (1 + ((i * 37) % 110))
      const lastMs = Math.min(now, firstMs + MINUTE * ((i * 13) % 60))
      model.push({ labels: labelsOf(set), firstMs, lastMs })
      for (let ts = firstMs; ts <= lastMs; ts += MINUTE) it.append([{ labels: set, ts, value: i }])
    }
    listings = createListings({ view: it.store.view, client: it.engine.client, clock })
  })
  afterAll(() => it.stop())

  const matcher: fc.Arbitrary<Matcher> = fc.oneof(
    fc.record({
      name: fc.constantFrom('__name__', 'instance', 'job', 'path', 'rare', 'absent'),
      op: fc.constantFrom('=~' as const, '!~' as const),
      value: fc.constantFrom(
        '.*',
        '.+',
        'metric_[1-3]',
        'host-1.*',
        'job-(1|2)',
        '/p/.',
        '.*:9100',
        'only-.+',
        '|job-1',
      ),
    }),
    fc.record({
      name: fc.constantFrom('__name__', 'job', 'path'),
      op: fc.constantFrom('=' as const, '!=' as const),
      value: fc.constantFrom('metric_2', 'job-3', '/p/0', '', 'none'),
    }),
  )
  const query: fc.Arbitrary<MetadataQuery> = fc
    .record({
      matcherSets: fc.array(fc.array(matcher, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      from: fc.oneof(fc.constant(1_000_000), fc.integer({ min: 0, max: 125 })),
      minutes: fc.integer({ min: 0, max: 60 }),
      limit: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
    })
    .map(({ matcherSets, from, minutes, limit }) => {
      const fromMs = now - from * MINUTE
      return { matcherSets, fromMs, toMs: from > 1000 ? now : fromMs + minutes * MINUTE, limit }
    })

  const modelled = ({ matcherSets, fromMs, toMs }: MetadataQuery) => {
    const tests = matcherSets.map(compileMatchers)
    return model
      .filter(({ firstMs, lastMs }) => firstMs <= toMs && lastMs >= fromMs)
      .map(({ labels }) => labels)
      .filter((labels) => tests.length === 0 || tests.some((takes) => takes(labels)))
  }
  const cut = (items: Iterable<string>, limit: number) => {
    const sorted = [...new Set(items)].sort()
    const truncated = limit > 0 && sorted.length > limit
    return { items: truncated ? sorted.slice(0, limit) : sorted, truncated }
  }

  test('series, names and values are exactly those of the range', async () => {
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom('instance', 'path', 'id', 'rare', 'none'), async (asked, label) => {
        const expected = modelled(asked)
        const series = await listings.series(asked, { signal: never })
        const found = await allOf(series)
        expect(series.count).toBe(found.length)
        if (asked.limit === 0 || expected.length <= asked.limit) {
          expect(series.truncated).toBe(false)
          expect(texts(found)).toEqual(texts(expected))
        } else {
          expect([series.truncated, found.length]).toEqual([true, asked.limit])
          const all = new Set(texts(expected))
          expect(texts(found).every((text) => all.has(text))).toBe(true)
        }
        const names = expected.flatMap((labels) => labels.filter((_, i) => i % 2 === 0))
        expect(await listings.labelNames(asked, { signal: never })).toEqual(cut(names, asked.limit))
        const values = expected.map((labels) => labelValue(labels, label)).filter((value) => value !== '')
        expect(await listings.labelValues(label, asked, { signal: never })).toEqual(cut(values, asked.limit))
      }),
      { numRuns: 400 },
    )
  })

  test('series that leave while they are listed are left out, and none comes twice', async () => {
    const every = { matcherSets: [], fromMs: now - 1_000_000 * MINUTE, toMs: now, limit: 0 }
    const { slices } = await listings.series(every, { signal: never })
    const { index } = it.store.view
    const seen: string[] = []
    const gone = new Set<string>()
    for await (const slice of slices) {
      seen.push(...texts(slice))
      if (gone.size > 0) continue
      // Numbers of removed series go to new ones, which are other series.
      const last = Uint32Array.from({ length: 20 }, (_, i) => index.capacity - 1 - i)
      for (const ref of last) gone.add(JSON.stringify(index.labelsOf(ref)))
      index.remove(last)
      for (let i = 0; i < 20; i++) index.add(['__name__', 'new', 'i', String(i)])
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.filter((text) => gone.has(text))).toEqual([])
    // Those that came in their places lie behind what had been given, so they are there.
    expect(seen.length).toBe(600)
  })
})

test('that all series are in a range is believed only while it is so', async () => {
  const it = await startStore(clock)
  onTestFinished(() => it.stop())
  const listings = createListings({ view: it.store.view, client: it.engine.client, clock })
  const series = (name: string) => ({ __name__: name, job: 'a' })
  const ids = async (fromMinutes: number, toMinutes: number) => {
    const fromMs = now - fromMinutes * MINUTE
    const toMs = now - toMinutes * MINUTE
    const query = (value?: string) => {
      const matcherSets = value === undefined ? [] : [[{ name: 'job', op: '=' as const, value }]]
      return { matcherSets, fromMs, toMs, limit: 0 }
    }
    const all = await listings.labelValues('__name__', query(), { signal: never })
    expect(await listings.labelValues('__name__', query('a'), { signal: never })).toEqual(all)
    expect((await listings.labelNames(query(), { signal: never })).items.length).toBe(all.items.length === 0 ? 0 : 2)
    return all.items
  }
  it.append([
    { labels: series('one'), ts: now - 30 * MINUTE, value: 1 },
    { labels: series('two'), ts: now - 20 * MINUTE, value: 1 },
  ])
  expect(await ids(40, 0)).toEqual(['one', 'two'])
  expect(await ids(25, 0)).toEqual(['two'])
  expect(await ids(40, 25)).toEqual(['one'])
  expect(await ids(10, 0)).toEqual([])
  it.append([{ labels: series('one'), ts: now - 5 * MINUTE, value: 1 }])
  expect(await ids(25, 0)).toEqual(['one', 'two'])
  expect(await ids(10, 0)).toEqual(['one'])
  it.append([{ labels: series('three'), ts: now - 4 * MINUTE, value: 1 }])
  expect(await ids(25, 0)).toEqual(['one', 'three', 'two'])
  expect(await ids(25, 5)).toEqual(['one', 'two'])
})

test('what the index alone tells is kept until a series comes or goes, for each question apart', async () => {
  const it = await startStore(clock)
  onTestFinished(() => it.stop())
  const listings = createListings({ view: it.store.view, client: it.engine.client, clock })
  const asker = { signal: never }
  const query = (...values: string[]) => ({
    matcherSets: values.map((value) => [{ name: 'job', op: '=' as const, value }]),
    fromMs: now - 60 * MINUTE,
    toMs: now,
    limit: 0,
  })
  const jobs = async (...values: string[]) => (await listings.labelValues('job', query(...values), asker)).items
  const sets = async (...values: string[]) => (await listings.series(query(...values), asker)).slices
  // Values that look like the marks between matchers and sets.
  const odd = ['a', '1:a', 'a|3:job=1:b', 'b', '']
  it.append(
    odd.map((job) => ({ labels: { __name__: 'up', job, [`only_${odd.indexOf(job)}`]: 'x' }, ts: now, value: 1 })),
  )
  for (const job of odd.slice(0, 4)) {
    expect(await jobs(job)).toEqual([job])
    expect(await jobs(job)).toBe(await jobs(job))
    expect(await sets(job)).toBe(await sets(job))
    const { items } = await listings.labelNames(query(job), asker)
    expect(items).toEqual(['__name__', 'job', `only_${odd.indexOf(job)}`])
    expect((await listings.labelNames(query(job), asker)).items).toBe(items)
  }
  expect(await jobs('a', 'b')).toEqual(['a', 'b'])
  expect(await jobs()).toEqual(odd.slice(0, 4).sort())
  const names = async () => (await listings.labelValues('__name__', query('a'), asker)).items
  expect(await names()).toEqual(['up'])
  it.append([{ labels: { __name__: 'down', job: 'a' }, ts: now, value: 1 }])
  expect(await names()).toEqual(['down', 'up'])
  const [before] = (await sets('a')) as Labels[][]
  expect(before).toHaveLength(2)
  // One goes and another one comes: there are as many as before.
  const { index } = it.store.view
  index.remove(Uint32Array.of(index.find(labelsOf({ __name__: 'down', job: 'a' }))!))
  it.append([{ labels: { __name__: 'left', job: 'a' }, ts: now, value: 1 }])
  expect(await names()).toEqual(['left', 'up'])
  expect((await listings.series({ ...query('a'), limit: 1 }, asker)).count).toBe(1)
  expect((await listings.series(query('a'), asker)).count).toBe(2)
})

test('what takes several slices to find is kept as well', async () => {
  const it = await startStore(clock)
  onTestFinished(() => it.stop())
  const listings = createListings({ view: it.store.view, client: it.engine.client, clock })
  const asker = { signal: never }
  const append = (job: string, count: number) =>
    it.append(
      Array.from({ length: count }, (_, i) => ({
        labels: { __name__: `m${i % 500}`, job, id: `${i}` },
        ts: now,
        value: 1,
      })),
    )
  append('a', 30_000)
  append('b', 1)
  const matcherSets = [[{ name: 'job', op: '=' as const, value: 'a' }]]
  const query = { matcherSets, fromMs: now - MINUTE, toMs: now, limit: 0 }
  const names = await listings.labelNames(query, asker)
  expect(names.items).toEqual(['__name__', 'id', 'job'])
  expect((await listings.labelNames(query, asker)).items).toBe(names.items)
  const values = await listings.labelValues('__name__', query, asker)
  expect(values.items).toHaveLength(500)
  expect((await listings.labelValues('__name__', query, asker)).items).toBe(values.items)
  append('c', 1)
  expect((await listings.labelNames(query, asker)).items).not.toBe(names.items)
})

test('of a very large index too, once it has stayed the same', async () => {
  const it = await startStore(clock)
  onTestFinished(() => it.stop())
  const listings = createListings({ view: it.store.view, client: it.engine.client, clock })
  const asker = { signal: never }
  const append = (job: string, count: number) =>
    it.append(
      Array.from({ length: count }, (_, i) => ({ labels: { __name__: 'm', job, id: `${i}` }, ts: now, value: 1 })),
    )
  append('a', 40_000)
  append('b', 2)
  const query = (job: string, fromMs = now - MINUTE) => ({
    matcherSets: [[{ name: 'job', op: '=' as const, value: job }]],
    fromMs,
    toMs: now,
    limit: 0,
  })
  const names = async (job: string) => (await listings.labelNames(query(job), asker)).items
  const ids = async (job: string) => (await listings.labelValues('id', query(job), asker)).items
  for (const job of ['a', 'b', 'a', 'b']) expect(await names(job)).toEqual(['__name__', 'id', 'job'])
  expect(await names('a')).toBe(await names('a'))
  expect(await ids('b')).toEqual(['0', '1'])
  expect(await ids('b')).toBe(await ids('b'))
  append('b', 3)
  expect(await ids('b')).toEqual(['0', '1', '2'])
  // A question about many series measures anew, at the second time, and what was small enough is kept from then on.
  expect(await ids('a')).toHaveLength(40_000)
  expect(await names('a')).toEqual(['__name__', 'id', 'job'])
  expect(await ids('b')).toBe(await ids('b'))
  expect((await listings.labelNames(query('b', now + 1), asker)).items).toEqual([])
})

test('so many lists are kept that their texts stay few', () => {
  const index = { size: 1, removals: 0 }
  const kept = createKeptListings<readonly string[]>(index, (texts) => texts.length)
  let made = 0
  const ask = (question: string, length: number) =>
    kept.of(question, [], () => {
      made++
      return Array<string>(length).fill(question)
    })
  for (let i = 0; i < 8; i++) ask(`q${i}`, 9_000)
  expect(made).toBe(8)
  // The last four fit, the first of them went.
  ask('q7', 9_000)
  ask('q4', 9_000)
  expect(made).toBe(8)
  ask('q0', 9_000)
  expect(made).toBe(9)
  // What is longer than a quarter of all is made each time.
  ask('long', 20_000)
  ask('long', 20_000)
  expect(made).toBe(11)
})
