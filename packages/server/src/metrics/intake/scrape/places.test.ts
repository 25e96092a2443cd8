import { describe, expect, test } from 'vitest'
import { createScrapePlaces, type ScrapePlacesOptions } from './places.ts'

const INTERVALS = [1_000, 5_000, 7_500, 15_000, 30_000, 60_000, 86_400_000]

/** Places of `count` targets, each on a host of its own unless one is given; ms behind the earliest that there can be. */
function lay(count: number, intervalMs: number, given: Partial<ScrapePlacesOptions> & { readonly url?: string } = {}) {
  const places = createScrapePlaces({ seed: 'a host', ...given })
  const urls = Array.from({ length: count }, (_, i) => given.url ?? `http://host-${i}:9100/metrics`)
  for (const url of urls) places.count(url)
  const begin = createScrapePlaces({ seed: given.seed ?? 'a host', spread: 0 }).phaseOf({ id: '', url: '', intervalMs })
  const phases = urls.map((url, i) => places.phaseOf({ id: `target ${i}`, url, intervalMs }))
  for (const phase of phases) {
    expect(Number.isInteger(phase) && phase >= 0 && phase < intervalMs).toBe(true)
  }
  return { places, begin, phases, behind: phases.map((phase) => (phase - begin + intervalMs) % intervalMs) }
}

describe('targets of one Binnacle', () => {
  test.for(INTERVALS)('lie within a twentieth of an interval of %d ms, evenly', (intervalMs) => {
    const width = intervalMs / 20
    const count = Math.min(200, width / 2)
    const { behind } = lay(count, intervalMs)
    for (const one of behind) expect(one).toBeLessThan(width)
    for (let tenth = 0; count === 200 && tenth < 10; tenth++) {
      const here = behind.filter((one) => Math.floor((one / width) * 10) === tenth).length
      expect(here).toBeGreaterThan(5)
      expect(here).toBeLessThan(45)
    }
  })

  test('have more room the more they are, and all of the interval at last', () => {
    const widest = (count: number) => Math.max(...lay(count, 15_000).behind)
    expect(widest(1_000)).toBeGreaterThan(1_950)
    expect(widest(1_000)).toBeLessThan(2_000)
    expect(widest(20_000)).toBeGreaterThan(14_900)
  })

  test('have more room behind one address', () => {
    const { behind } = lay(100, 15_000, { url: 'http://blackbox:9115/probe?target=x' })
    expect(Math.max(...behind)).toBeGreaterThan(2_800)
    expect(Math.max(...behind)).toBeLessThan(3_000)
  })

  test('lie together whatever their intervals: a window of a short one is the begin of that of a long one', () => {
    const { places } = lay(10, 15_000)
    for (const url of ['http://one:9100/metrics', '']) {
      const at = (intervalMs: number) => places.phaseOf({ id: 'x', url, intervalMs })
      for (const [short, long] of [
        [5_000, 15_000],
        [15_000, 30_000],
        [15_000, 60_000],
        [30_000, 60_000],
      ] as const) {
        const apart = (at(long) - at(short) + long) % short
        expect(apart).toBeLessThan(long / 20)
      }
    }
  })

  test('keep their places over a restart, and lie elsewhere than those of another host', () => {
    expect(lay(50, 15_000).phases).toEqual(lay(50, 15_000).phases)
    const begins = new Set(Array.from({ length: 20 }, (_, i) => lay(1, 15_000, { seed: `host ${i}` }).begin))
    expect(begins.size).toBe(20)
    expect(Math.max(...begins) - Math.min(...begins)).toBeGreaterThan(5_000)
  })

  test('are spread as it is asked for', () => {
    const slots = Array(10).fill(0)
    for (const one of lay(2_000, 10_000, { spread: 1 }).behind) slots[Math.floor(one / 1_000)]++
    for (const count of slots) expect(count).toBeGreaterThan(140)
    expect(Math.max(...lay(2_000, 10_000, { spread: 0.1 }).behind)).toBeLessThan(1_000)
  })
})

test('a target that is gone takes no room', () => {
  const places = createScrapePlaces({ seed: 's' })
  const ends = Array.from({ length: 3_000 }, () => places.count('http://one:1/metrics'))
  const wide = places.windowEnd(60_000)!
  for (const end of [...ends, ...ends]) end()
  const narrow = places.windowEnd(60_000)!
  expect((wide - narrow + 60_000) % 60_000).toBe(3_000)
})

test('the end of the window lies behind all that are in it, unless there is no window', () => {
  for (const count of [1, 200, 1_000, 3_000]) {
    const { places, begin, behind } = lay(count, 15_000)
    const end = (places.windowEnd(15_000)! - begin + 15_000) % 15_000
    expect(end).toBeGreaterThanOrEqual(Math.max(...behind))
    expect(end).toBe(Math.max(750, 2 * count))
  }
  expect(lay(4_000, 15_000).places.windowEnd(15_000)).toBeUndefined()
  expect(lay(1, 15_000, { spread: 1 }).places.windowEnd(15_000)).toBeUndefined()
})
