import type { RuleArrival } from '../rule-query.ts'
import { modulo } from './slots.ts'

/*
 * A group is evaluated once in its interval. Where in the interval, is free: right behind the samples that it reads, an
 * alert is told at once, right before them, an interval later.
 *
 *   scrapes of target a      |               |               |
 *   scrapes of target b        |               |               |
 *   slots of the group          ^               ^               ^      b's time and a margin
 *
 * From the times of the newest samples follow the phases of what is scraped. A phase counts once it has been seen to hold:
 * targets with another rhythm have none. Of all places right behind a phase that one is taken at which samples wait the
 * shortest time on average, where waiting for a tenth of the interval counts as not waiting: of targets that are scraped
 * one soon after the other the last one shall not wait for an interval so that the others are told a second earlier. When a
 * slot comes, scrapes that are still under way are waited for, for a bounded time.
 *
 * A sample that comes right behind the slot waits for the next one. So a phase is that of the later ones: it goes up with
 * scrapes that begin late, and comes back slowly. What is late less than once in twenty times is not worth the waiting.
 */

export type Arrivals = {
  /** Looks at what the rules read; cheap per rule, and told one rule at a time. */
  look(rules: Iterable<() => readonly RuleArrival[]>, pause: () => Promise<void>): Promise<void>
  /**
   * After the evaluation of a slot: which phases have held. Looking comes behind it, so that what was found is judged an
   * interval later, all of it together.
   */
  follow(slotMs: number): void
  /** The best phase, ms within the interval; `current` unless another one is clearly better. */
  phase(current: number): number
  /** Part of what is read that belongs before the slot and is still on its way. */
  missing(slotMs: number): number
  /** The slot is not waited for any longer: who is not there now is not waited for before it was in time again. */
  begin(slotMs: number): void
}

type Source = {
  readonly arrival: RuleArrival
  /** Sum over the rules of the part that it has in what each reads. */
  weight: number
  lastMs: number
  /** Least time between two of its samples that was seen; undefined before there were two. */
  periodMs: number | undefined
  /** Of the later ones of its samples, ms within the interval. */
  phase: number
  state: 'new' | 'steady' | 'other'
  /** Samples in a row that did not come at the phase: a busy machine may be late once. */
  astray: number
  late: boolean
}

/** Sources of about the same phase: where the last of them lies. */
type Cluster = { phase: number; weight: number }

/** A scrape may begin so much later than planned without being missed by the slot: a hundredth of the interval. */
export const marginOf = (intervalMs: number) => Math.min(250, Math.max(5, Math.round(intervalMs / 100)))
/** What comes so much earlier or later than its phase still has it: scrapes of a busy machine begin late. */
const driftOf = (intervalMs: number) => Math.min(1_000, Math.round(intervalMs / 20))
/** Part of the way that a phase goes with a sample that is later, and with one that is earlier. */
const WAY_UP = 1 / 2
const WAY_BACK = 1 / 16
/** Samples are waited for when they should have come at most so long before the slot. */
const nearOf = (intervalMs: number) => Math.min(5_000, Math.round(intervalMs / 3))
/** Waiting for this part of the interval is as good as not waiting. */
export const HARDLY_A_WAIT = 0.1
/** A new place must spare so much of the interval, on average: more than late scrapes move phases to and fro. */
const WORTH_MOVING = 0.02
/** Or it spares somebody this part of the interval, and all others together do not lose half of that. */
const MUCH = 0.5
/** What has not come for so long before others came is not looked at: it may be one of thousands that are gone. */
const GONE_MS = 300_000
const CLUSTERS = 256
const MAX_SOURCES = 512

export function createArrivals(intervalMs: number): Arrivals {
  const marginMs = marginOf(intervalMs)
  /** Of the margin so much is enough for a group that is there already. */
  const keptMs = marginMs / 2
  const nearMs = nearOf(intervalMs)
  const driftMs = driftOf(intervalMs)
  const goneMs = Math.max(GONE_MS, 2 * intervalMs)
  /** By the key of their arrival. */
  let sources = new Map<number, Source>()

  /** How much later in the interval `a` is than `b`; negative: earlier. */
  const later = (a: number, b: number) => modulo(a - b + intervalMs / 2, intervalMs) - intervalMs / 2
  const isNear = (a: number, b: number) => Math.abs(later(a, b)) <= driftMs
  /** How long before a place samples of this phase come. */
  const before = (place: number, { phase }: { readonly phase: number }) => modulo(place - phase, intervalMs)

  /**
   * How long samples wait at a place, parts of the interval. Those that come hardly before it may be missed by it; at the very
   * moment come those of another group that is evaluated then, which are waited for.
   */
  function waitAt(place: number, cluster: Cluster, hardlyMs: number): number {
    const ms = before(place, cluster)
    return (ms > 0 && ms < hardlyMs ? ms + intervalMs : ms) / intervalMs
  }

  const isThere = (source: Source, slotMs: number) =>
    source.arrival.newestMs() >= slotMs - before(slotMs, source) - driftMs

  /** Whether a sample should have come shortly before the slot. What comes every fourth time is not due the other three. */
  function isDue(source: Source, slotMs: number): boolean {
    if (source.state !== 'steady') return false
    const expectedMs = slotMs - before(slotMs, source)
    return expectedMs >= slotMs - nearMs && expectedMs >= source.lastMs + (source.periodMs ?? intervalMs) - 2 * driftMs
  }

  function clusters(): Cluster[] {
    const found = new Map<number, Cluster>()
    for (const { state, phase, weight } of sources.values()) {
      if (state !== 'steady') continue
      const at = Math.floor((phase / intervalMs) * CLUSTERS)
      const known = found.get(at)
      if (known === undefined) found.set(at, { phase, weight })
      else {
        known.weight += weight
        if (phase > known.phase) known.phase = phase
      }
    }
    return [...found.values()]
  }

  /** What samples wait on average at a place, parts of the interval: all of it, and what of it matters. */
  function waitsAt(place: number, all: readonly Cluster[], hardlyMs = marginMs): { mean: number; cost: number } {
    let mean = 0
    let cost = 0
    let weight = 0
    for (const cluster of all) {
      const wait = waitAt(place, cluster, hardlyMs)
      mean += cluster.weight * wait
      cost += cluster.weight * Math.max(0, wait - HARDLY_A_WAIT)
      weight += cluster.weight
    }
    return { mean: mean / weight, cost: cost / weight }
  }

  function isWorthMoving(from: number, to: number, all: readonly Cluster[]): boolean {
    const [here, there] = [waitsAt(from, all, keptMs), waitsAt(to, all)]
    if (here.mean - there.mean >= WORTH_MOVING) return true
    let spared = 0
    let weight = 0
    for (const cluster of all) {
      const gain = waitAt(from, cluster, keptMs) - waitAt(to, cluster, marginMs)
      if (gain > MUCH) spared += cluster.weight * gain
      weight += cluster.weight
    }
    return spared > 0 && here.cost - there.cost >= spared / weight / 2
  }

  return {
    async look(rules, pause) {
      const byTime = new Map<number, { arrival: RuleArrival; weight: number }>()
      for (const arrivalsOf of rules) {
        const arrivals = arrivalsOf()
        let all = 0
        for (const { series } of arrivals) all += series
        for (const arrival of arrivals) {
          const known = byTime.get(arrival.atMs)
          const weight = arrival.series / all
          if (known === undefined) byTime.set(arrival.atMs, { arrival, weight })
          else {
            known.weight += weight
            // Whatever the order is, the same one stands for all.
            if (arrival.key < known.arrival.key) known.arrival = arrival
          }
        }
        await pause()
      }
      let newest = Number.NEGATIVE_INFINITY
      for (const atMs of byTime.keys()) newest = Math.max(newest, atMs)
      const alive = [...byTime.values()].filter(({ arrival }) => arrival.atMs >= newest - goneMs)
      const next = new Map<number, Source>()
      for (const { arrival, weight } of sampleOf(alive)) {
        const known = sources.get(arrival.key)
        const { atMs } = arrival
        const fresh = { lastMs: atMs, periodMs: undefined, phase: modulo(atMs, intervalMs), state: 'new' as const }
        next.set(arrival.key, { astray: 0, late: false, ...fresh, ...known, arrival, weight })
      }
      sources = next
    },
    follow(slotMs) {
      for (const source of sources.values()) {
        const newest = source.arrival.newestMs()
        if (newest <= source.lastMs) {
          const rhythmMs = Math.max(intervalMs, source.periodMs ?? 0)
          if (slotMs - source.lastMs > 2 * rhythmMs + driftMs) source.state = 'new'
          continue
        }
        source.astray = isNear(newest, source.phase) ? 0 : source.astray + 1
        if (source.astray === 0) {
          const behind = later(newest, source.phase)
          source.phase = modulo(source.phase + behind * (behind > 0 ? WAY_UP : WAY_BACK), intervalMs)
          source.state = 'steady'
        } else if (source.state !== 'steady' || source.astray > 1) {
          // It may have a rhythm, only another place than before.
          source.phase = modulo(newest, intervalMs)
          source.state = 'other'
        }
        source.periodMs = Math.min(source.periodMs ?? Number.POSITIVE_INFINITY, newest - source.lastMs)
        source.lastMs = newest
      }
    },
    phase(current) {
      const all = clusters()
      if (all.length === 0) return current
      let best = current
      let { cost: least, mean: leastMean } = waitsAt(current, all, keptMs)
      for (const cluster of all) {
        const place = modulo(Math.ceil(cluster.phase) + marginMs, intervalMs)
        const { cost, mean } = waitsAt(place, all)
        if (cost < least || (cost === least && mean < leastMean)) {
          best = place
          least = cost
          leastMean = mean
        }
      }
      return best !== current && isWorthMoving(current, best, all) ? best : current
    },
    missing(slotMs) {
      let missing = 0
      let all = 0
      for (const source of sources.values()) {
        if (source.state !== 'steady') continue
        all += source.weight
        if (!source.late && isDue(source, slotMs) && !isThere(source, slotMs)) missing += source.weight
      }
      return missing === 0 ? 0 : missing / all
    },
    begin(slotMs) {
      for (const source of sources.values()) {
        if (source.late || isDue(source, slotMs)) source.late = !isThere(source, slotMs)
      }
    },
  }
}

/** At most so many, each time the same of those that are still there, whatever their order. */
function sampleOf<T extends { readonly arrival: RuleArrival }>(all: T[]): T[] {
  if (all.length <= MAX_SOURCES) return all
  const rank = ({ arrival }: T) => Math.imul(arrival.key, 0x9e3779b1) >>> 0
  return all.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_SOURCES)
}
