import { describe, expect, test } from 'vitest'
import type { RuleArrival } from '../rule-query.ts'
import { createArrivals } from './arrivals.ts'
import { phaseOf, slotAfter } from './slots.ts'

const INTERVAL_MS = 15_000
const BEGIN_MS = 1_000_000 * INTERVAL_MS
const noPause = async () => {}

type TargetOfWorld = { readonly at: number; readonly every?: number; readonly series?: number }

/** Targets by the times at which they are scraped, and a group that follows them; `now` is a whole interval. */
function world(targets: readonly TargetOfWorld[]) {
  let now = BEGIN_MS
  let known = targets
  const last = ({ at, every = INTERVAL_MS }: TargetOfWorld, untilMs = now) => {
    const start = BEGIN_MS - 10 * every + at
    return start + Math.floor((untilMs - start) / every) * every
  }
  const stopped = new Map<object, number>()
  const arrivals = (): RuleArrival[] =>
    known.map((target) => ({
      key: targets.indexOf(target),
      atMs: stopped.get(target) ?? last(target),
      series: target.series ?? 1,
      newestMs: () => stopped.get(target) ?? last(target),
    }))
  const it = createArrivals(INTERVAL_MS)
  const look = () => it.look([arrivals], noPause)
  return {
    it,
    look,
    get now() {
      return now
    },
    /** No sample comes any more, from now on. */
    stop: (i: number) => stopped.set(targets[i]!, last(targets[i]!)),
    go: (i: number) => stopped.delete(targets[i]!),
    /** In this order they are found from now on. */
    order(next: readonly TargetOfWorld[]) {
      known = next
    },
    /** A look, and what an interval teaches. */
    async learn() {
      await look()
      now += INTERVAL_MS
      it.follow(now)
    },
    /** An interval of a group that lies at this place; its place after that. */
    live(place: number): number {
      now += INTERVAL_MS
      it.follow(now + place)
      return it.phase(place)
    },
    advance(ms: number) {
      now += ms
    },
  }
}

describe('the place of a group', () => {
  test('is right behind the only target that it reads', async () => {
    const { it, learn } = world([{ at: 4_000 }])
    expect(it.phase(9_999)).toBe(9_999)
    await learn()
    expect(it.phase(9_999)).toBe(4_150)
  })

  test('is where samples of several targets wait the shortest time', async () => {
    const { it, learn } = world([{ at: 1_000 }, { at: 2_000 }, { at: 3_000 }, { at: 9_000 }])
    await learn()
    expect(it.phase(0)).toBe(3_150)
  })

  test('is nearer to targets that hold more of what is read', async () => {
    const { it, learn } = world([{ at: 1_000 }, { at: 9_000, series: 50 }])
    await learn()
    expect(it.phase(0)).toBe(9_150)
  })

  test('stays while another one is hardly better', async () => {
    const { it, learn } = world([{ at: 4_000 }])
    await learn()
    expect(it.phase(4_400)).toBe(4_400)
    expect(it.phase(4_500)).toBe(4_150)
  })

  test('is not told by targets with another rhythm', async () => {
    const { it, learn } = world([{ at: 4_000, every: 10_000 }])
    await learn()
    await learn()
    expect(it.phase(9_999)).toBe(9_999)
  })

  test.for([12, 200, 2_000])('is behind the last of %d targets that are scraped together', async (count) => {
    const targets = Array.from({ length: count }, (_, i) => ({ at: 4_000 + Math.floor((1_000 * i) / (count - 1)) }))
    const { it, learn, live } = world(targets)
    await learn()
    // Of very many a sample is followed: the last of it is soon before the last of all.
    for (const from of [0, 3_999, 4_150, 4_700, 9_999]) {
      expect(it.phase(from)).toBeGreaterThan(5_100)
      expect(it.phase(from)).toBeLessThanOrEqual(5_150)
    }
    const place = it.phase(0)
    for (let i = 0; i < 20; i++) expect(live(place)).toBe(place)
  })

  test('is behind a target of which little is read too, wherever the group lay before', async () => {
    const { it, learn } = world([{ at: 4_000, series: 5_000 }, { at: 4_100, series: 3_000 }, { at: 4_700 }])
    await learn()
    for (const from of [0, 4_150, 4_500, 9_999]) expect(it.phase(from)).toBe(4_850)
    // Everybody is seen at once here too: not worth moving.
    expect(it.phase(5_000)).toBe(5_000)
  })

  test('is not put off for a few that come much later', async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ at: 4_000 + i }))
    const { it, learn } = world([...many, { at: 9_000 }])
    await learn()
    expect(it.phase(0)).toBe(4_199)
    expect(it.phase(4_199)).toBe(4_199)
  })

  test('stays where targets are spread over the whole interval and begin late now and then', async () => {
    const random = randomFrom(3)
    const targets = Array.from({ length: 300 }, () => ({ at: Math.floor(random() * INTERVAL_MS) }))
    const { it, look, live } = world(targets)
    await look()
    let place = live(7_000)
    let moves = 0
    for (let i = 0; i < 200; i++) {
      const next = live(place)
      if (next !== place) moves++
      place = next
      if (i % 4 === 0) await look()
    }
    expect(it.phase(place)).toBe(place)
    expect(moves).toBeLessThanOrEqual(1)
  })

  test('does not wander with scrapes of a busy machine that begin late by turns', async () => {
    const random = randomFrom(5)
    const it = createArrivals(INTERVAL_MS)
    const newest = Array.from({ length: 100 }, (_, i) => 4_000 + i * 7)
    const arrivals = () =>
      newest.map((atMs, key) => ({ key, atMs, series: 1, newestMs: () => newest[key]! }) satisfies RuleArrival)
    let place = 0
    const places: number[] = []
    for (let round = 1; round <= 400; round++) {
      if (round % 4 === 1) await it.look([arrivals], noPause)
      for (const i of newest.keys()) {
        const lateMs = random() < 0.05 ? Math.floor(random() * 400) : 0
        newest[i] = 4_000 + i * 7 + lateMs + round * INTERVAL_MS
      }
      it.follow(place + round * INTERVAL_MS)
      place = it.phase(place)
      places.push(place)
    }
    const moves = places.slice(20).filter((one, i) => i > 0 && one !== places[i + 19])
    expect(moves.length).toBeLessThan(20)
    expect(Math.min(...places.slice(20))).toBeGreaterThanOrEqual(4_000 + 99 * 7 + 150)
    expect(Math.max(...places)).toBeLessThan(4_000 + 99 * 7 + 400 + 151)
  })

  test('does not depend on the order in which very many targets are found', async () => {
    const targets = Array.from({ length: 2_000 }, (_, i) => ({ at: 4_000 + Math.floor(i / 2) }))
    const one = world(targets)
    await one.learn()
    const place = one.it.phase(0)
    one.order(targets.toReversed())
    await one.look()
    // Known ones are known still: nobody has to learn anew.
    expect(one.it.phase(0)).toBe(place)
  })

  test('is left alone by targets that went', async () => {
    const one = world([{ at: 4_000 }, { at: 9_000, series: 50 }])
    await one.learn()
    one.stop(1)
    for (let i = 0; i < 3; i++) one.live(9_150)
    await one.look()
    expect(one.live(9_150)).toBe(4_150)
  })

  test('is that of the few that are there, not of the many that are gone', async () => {
    const gone = Array.from({ length: 5_000 }, (_, i) => ({ at: 1_000 + i }))
    const one = world([...gone, { at: 9_000 }, { at: 9_300 }])
    for (const i of gone.keys()) one.stop(i)
    one.advance(20 * INTERVAL_MS)
    await one.look()
    expect(one.live(0)).toBe(9_450)
  })

  test('follows a target that got another place', async () => {
    const it = createArrivals(INTERVAL_MS)
    let newest = 4_000
    await it.look([() => [{ key: 0, atMs: newest, series: 1, newestMs: () => newest }]], noPause)
    const comes = (at: number) => {
      newest = at
      it.follow(at + 1_000)
      return it.phase(9_999)
    }
    // The first scrape of a part of Binnacle is at once; only then it takes its place.
    expect(comes(7_000)).toBe(9_999)
    expect(comes(7_000 + INTERVAL_MS)).toBe(7_150)
  })
})

test('a scrape that is late once changes nothing, one that is late again and again does', async () => {
  const it = createArrivals(INTERVAL_MS)
  let newest = 4_000
  await it.look([() => [{ key: 0, atMs: newest, series: 1, newestMs: () => newest }]], noPause)
  const comes = (at: number) => {
    newest = at
    it.follow(at + 1_000)
    return it.phase(9_999)
  }
  expect(comes(4_000 + INTERVAL_MS)).toBe(4_150)
  expect(comes(5_000 + 2 * INTERVAL_MS)).toBe(4_150)
  expect(comes(4_000 + 3 * INTERVAL_MS)).toBe(4_150)
  expect(comes(5_000 + 4 * INTERVAL_MS)).toBe(4_150)
  expect(comes(5_000 + 5 * INTERVAL_MS)).toBe(9_999)
  expect(comes(5_000 + 6 * INTERVAL_MS)).toBe(5_150)
})

test('a scrape that is a little late once does not move the group for long', async () => {
  const it = createArrivals(INTERVAL_MS)
  let newest = 4_000
  await it.look([() => [{ key: 0, atMs: newest, series: 1, newestMs: () => newest }]], noPause)
  let place = 9_999
  for (let round = 1; round <= 60; round++) {
    newest = 4_000 + round * INTERVAL_MS + (round === 5 ? 700 : 0)
    it.follow(round * INTERVAL_MS + place)
    place = it.phase(place)
  }
  expect(place).toBeLessThan(4_150 + INTERVAL_MS * 0.021)
})

test('scrapes that begin a little late now and then move the place behind the late ones, and it stays there', async () => {
  const it = createArrivals(INTERVAL_MS)
  let newest = 4_000
  const look = () => it.look([() => [{ key: 0, atMs: newest, series: 1, newestMs: () => newest }]], noPause)
  await look()
  let slots = 0
  const comes = (lateMs: number, current: number) => {
    slots++
    newest = 4_000 + slots * INTERVAL_MS + lateMs
    it.follow(slots * INTERVAL_MS + current)
    return it.phase(current)
  }
  expect(comes(0, 9_999)).toBe(4_150)
  // Behind the slot: the next ones lie nearer to such samples, and behind them at last.
  const places: number[] = []
  for (let i = 0; i < 8; i++) places.push(comes(i % 4 === 0 ? 400 : 0, places.at(-1) ?? 4_150))
  expect(places[0]).toBe(4_350)
  const place = places.at(-1)!
  expect(place).toBeGreaterThan(4_400)
  expect(place).toBeLessThanOrEqual(4_550)
  await look()
  for (let i = 0; i < 40; i++) expect(comes(i % 4 === 0 ? 400 : 0, place)).toBe(place)
  // One that is in time is not waited for.
  expect(comes(0, place)).toBe(place)
  expect(it.missing(slots * INTERVAL_MS + place)).toBe(0)
  // The next one has not begun yet.
  expect(it.missing((slots + 1) * INTERVAL_MS + place)).toBe(1)
})

describe('what is missing', () => {
  test('is what is due, by its part in what is read', async () => {
    const one = world([{ at: 4_000 }, { at: 4_100, series: 3 }, { at: 12_000 }])
    await one.learn()
    const slotMs = one.now + 4_250
    for (const i of [0, 1, 2]) one.stop(i)
    one.advance(4_250)
    expect(one.it.missing(slotMs)).toBe(0.8)
    one.go(1)
    expect(one.it.missing(slotMs)).toBe(0.2)
    one.go(0)
    expect(one.it.missing(slotMs)).toBe(0)
  })

  test('is not what was too late the last time, not behind a new look either, before it was in time again', async () => {
    const it = createArrivals(INTERVAL_MS)
    let newest = 4_000
    const look = () => it.look([() => [{ key: 0, atMs: newest, series: 1, newestMs: () => newest }]], noPause)
    let round = 0
    const slot = async (isInTime: boolean) => {
      round++
      const slotMs = round * INTERVAL_MS + 4_150
      if (isInTime) newest = slotMs - 150
      const missing = it.missing(slotMs)
      it.begin(slotMs)
      // It comes while the group is evaluated, at the latest.
      newest = slotMs - 150
      it.follow(slotMs)
      await look()
      return missing
    }
    await look()
    expect(await slot(true)).toBe(0)
    expect(await slot(false)).toBe(1)
    expect(await slot(false)).toBe(0)
    expect(await slot(false)).toBe(0)
    expect(await slot(true)).toBe(0)
    expect(await slot(false)).toBe(1)
  })

  test('is not what has gone for good', async () => {
    const one = world([{ at: 4_000 }, { at: 4_050 }])
    await one.learn()
    one.stop(1)
    const missing: number[] = []
    for (let i = 0; i < 5; i++) {
      one.advance(4_200)
      missing.push(one.it.missing(one.now))
      one.it.begin(one.now)
      one.it.follow(one.now)
      await one.look()
      one.advance(INTERVAL_MS - 4_200)
    }
    expect(missing).toEqual([0.5, 0, 0, 0, 0])
  })

  test('is what is scraped every fourth interval, every fourth time', async () => {
    const it = createArrivals(INTERVAL_MS)
    let newest = 4_000
    await it.look([() => [{ key: 0, atMs: newest, series: 1, newestMs: () => newest }]], noPause)
    const missing: number[] = []
    for (let round = 1; round <= 16; round++) {
      const slotMs = round * INTERVAL_MS + 4_150
      missing.push(it.missing(slotMs))
      if (round % 4 === 0) newest = round * INTERVAL_MS + 4_000
      expect(it.missing(slotMs)).toBe(0)
      it.begin(slotMs)
      it.follow(slotMs)
    }
    expect(missing).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])
  })
})

test('slots lie at the phase, each behind the moment that is asked for', () => {
  expect(slotAfter(100_000, 4_150, INTERVAL_MS)).toBe(109_150)
  expect(slotAfter(109_150, 4_150, INTERVAL_MS)).toBe(124_150)
  expect(phaseOf('a.yml', 'g', INTERVAL_MS)).toBe(phaseOf('a.yml', 'g', INTERVAL_MS))
  expect(phaseOf('a.yml', 'g', INTERVAL_MS)).not.toBe(phaseOf('b.yml', 'g', INTERVAL_MS))
})

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
