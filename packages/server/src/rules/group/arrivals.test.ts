import { expect, test } from 'vitest'
import type { RuleArrival } from '../rule-query.ts'
import { createArrivals } from './arrivals.ts'
import { phaseOf, slotAfter } from './slots.ts'

const INTERVAL_MS = 15_000
const noPause = async () => {}

/** Targets by the times at which they were scraped; `now` moves by whole intervals. */
function world(targets: readonly { readonly at: number; readonly every?: number; readonly series?: number }[]) {
  let now = 1_000_000 * INTERVAL_MS
  const last = ({ at, every = INTERVAL_MS }: (typeof targets)[number]) => {
    const start = 1_000_000 * INTERVAL_MS - 10 * every + at
    return start + Math.floor((now - start) / every) * every
  }
  const stopped = new Map<object, number>()
  const arrivals = (): RuleArrival[] =>
    targets.map((target) => ({
      atMs: last(target),
      series: target.series ?? 1,
      newestMs: () => stopped.get(target) ?? last(target),
    }))
  const it = createArrivals(INTERVAL_MS)
  return {
    it,
    get now() {
      return now
    },
    stop: (i: number) => stopped.set(targets[i]!, last(targets[i]!)),
    go: (i: number) => stopped.delete(targets[i]!),
    async learn() {
      await it.look([arrivals], noPause)
      now += INTERVAL_MS
      it.follow(now)
    },
    advance(ms: number) {
      now += ms
    },
  }
}

test('a group goes right behind the only target that it reads', async () => {
  const { it, learn } = world([{ at: 4_000 }])
  expect(it.phase(9_999)).toBe(9_999)
  await learn()
  expect(it.phase(9_999)).toBe(4_150)
})

test('of several targets it goes where samples wait the shortest time', async () => {
  const { it, learn } = world([{ at: 1_000 }, { at: 2_000 }, { at: 3_000 }, { at: 9_000 }])
  await learn()
  expect(it.phase(0)).toBe(3_150)
})

test('targets that hold more of what is read count for more', async () => {
  const { it, learn } = world([{ at: 1_000 }, { at: 9_000, series: 50 }])
  await learn()
  expect(it.phase(0)).toBe(9_150)
})

test('it stays where it is while another place is hardly better', async () => {
  const { it, learn } = world([{ at: 4_000 }])
  await learn()
  expect(it.phase(4_900)).toBe(4_900)
})

test('targets with another rhythm do not count', async () => {
  const { it, learn } = world([{ at: 4_000, every: 10_000 }])
  await learn()
  await learn()
  expect(it.phase(9_999)).toBe(9_999)
})

test('a scrape that is late once changes nothing, one that is late again and again does', async () => {
  const it = createArrivals(INTERVAL_MS)
  let newest = 4_000
  await it.look([() => [{ atMs: newest, series: 1, newestMs: () => newest }]], noPause)
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
})

test('scrapes that begin a little late now and then take the place behind the late ones, and keep it', async () => {
  const it = createArrivals(INTERVAL_MS)
  let newest = 4_000
  const look = () => it.look([() => [{ atMs: newest, series: 1, newestMs: () => newest }]], noPause)
  await look()
  let slots = 0
  const comes = (lateMs: number, current: number) => {
    slots++
    newest = 4_000 + slots * INTERVAL_MS + lateMs
    it.follow(slots * INTERVAL_MS + current)
    return it.phase(current)
  }
  expect(comes(0, 9_999)).toBe(4_150)
  // Behind the slot: the next one lies behind such a sample.
  expect(comes(400, 4_150)).toBe(4_550)
  for (let i = 0; i < 3; i++) expect(comes(0, 4_550)).toBe(4_550)
  await look()
  expect(comes(0, 4_550)).toBe(4_550)
  expect(comes(400, 4_550)).toBe(4_550)
  // One that is in time is not waited for.
  expect(comes(0, 4_550)).toBe(4_550)
  expect(it.areDue(slots * INTERVAL_MS + 4_550)).toBe(false)
  // The next one has not begun yet.
  expect(it.areDue((slots + 1) * INTERVAL_MS + 4_550)).toBe(true)
})

test('samples that are due are waited for, those of another time are not', async () => {
  const one = world([{ at: 4_000 }, { at: 12_000 }])
  await one.learn()
  const slotMs = one.now + 4_150
  one.stop(0)
  one.stop(1)
  one.advance(4_150)
  expect(one.it.areDue(slotMs)).toBe(true)
  one.go(0)
  expect(one.it.areDue(slotMs)).toBe(false)
})

test('who did not come in time is not waited for again until it does', async () => {
  const one = world([{ at: 4_000 }])
  await one.learn()
  one.stop(0)
  one.advance(4_150)
  expect(one.it.areDue(one.now)).toBe(true)
  one.it.giveUp(one.now)
  expect(one.it.areDue(one.now)).toBe(false)
  one.advance(INTERVAL_MS)
  expect(one.it.areDue(one.now)).toBe(false)
  one.go(0)
  one.it.follow(one.now)
  one.stop(0)
  one.advance(INTERVAL_MS)
  expect(one.it.areDue(one.now)).toBe(true)
})

test('a target that is scraped every fourth interval is waited for every fourth time', async () => {
  const one = world([{ at: 4_000, every: 60_000 }])
  await one.it.look(
    [() => [{ atMs: one.now - 56_000, series: 1, newestMs: () => one.now - (one.now % 60_000) + 4_000 }]],
    noPause,
  )
  one.it.follow(one.now)
  const waits: boolean[] = []
  for (let i = 0; i < 4; i++) waits.push(one.it.areDue(one.now + 4_150 + i * INTERVAL_MS))
  expect(waits.filter(Boolean).length).toBeLessThanOrEqual(1)
})

test('slots lie at the phase, each behind the moment that is asked for', () => {
  expect(slotAfter(100_000, 4_150, INTERVAL_MS)).toBe(109_150)
  expect(slotAfter(109_150, 4_150, INTERVAL_MS)).toBe(124_150)
  expect(phaseOf('a.yml', 'g', INTERVAL_MS)).toBe(phaseOf('a.yml', 'g', INTERVAL_MS))
  expect(phaseOf('a.yml', 'g', INTERVAL_MS)).not.toBe(phaseOf('b.yml', 'g', INTERVAL_MS))
})
