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
 * shortest time on average. When a slot comes, scrapes that are still under way are waited for, for a bounded time.
 *
 * A sample that comes right behind the slot waits for the next one. So a phase is that of the late ones: it goes up with
 * a scrape that begins late, and comes back slowly.
 */

export type Arrivals = {
  /** Looks at what the rules read; cheap per rule, and told one rule at a time. */
  look(rules: Iterable<() => readonly RuleArrival[]>, pause: () => Promise<void>): Promise<void>
  /** After the evaluation of a slot: which phases have held since the look, and who was in time. */
  follow(slotMs: number): void
  /** The best phase, ms within the interval; `current` unless another one is clearly better. */
  phase(current: number): number
  /** Whether samples that belong before the slot are still on their way. */
  areDue(slotMs: number): boolean
  /** The slot was not waited for any longer: who was late is not waited for the next time. */
  giveUp(slotMs: number): void
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

/** A scrape may begin so much later than planned without being missed by the slot: a hundredth of the interval. */
const marginOf = (intervalMs: number) => Math.min(250, Math.max(5, Math.round(intervalMs / 100)))
/** What comes so much earlier or later than its phase still has it: scrapes of a busy machine begin late. */
const driftOf = (intervalMs: number) => Math.min(1_000, Math.round(intervalMs / 20))
/** Part of the way back that a phase goes with a sample that is earlier. */
const WAY_BACK = 1 / 16
/** Samples are waited for when they should have come at most so long before the slot. */
const nearOf = (intervalMs: number) => Math.min(5_000, Math.round(intervalMs / 3))
/** A new place must spare so much of the interval, on average. */
const WORTH_MOVING = 0.1
const MAX_SOURCES = 256

export function createArrivals(intervalMs: number): Arrivals {
  const marginMs = marginOf(intervalMs)
  const nearMs = nearOf(intervalMs)
  const driftMs = driftOf(intervalMs)
  let sources = new Map<number, Source>()

  /** How much later in the interval `a` is than `b`; negative: earlier. */
  const later = (a: number, b: number) => modulo(a - b + intervalMs / 2, intervalMs) - intervalMs / 2
  const isNear = (a: number, b: number) => Math.abs(later(a, b)) <= driftMs
  const steady = () => [...sources.values()].filter(({ state }) => state === 'steady')
  /** How long before a place of this phase samples of the source come. */
  const before = (phase: number, source: Source) => modulo(phase - source.phase, intervalMs)

  const isThere = (source: Source, slotMs: number) =>
    source.arrival.newestMs() >= slotMs - before(slotMs, source) - driftMs

  function costOf(phase: number, all: readonly Source[]): number {
    let cost = 0
    let weight = 0
    for (const source of all) {
      cost += source.weight * before(phase, source)
      weight += source.weight
    }
    return cost / weight / intervalMs
  }

  return {
    async look(rules, pause) {
      const found = new Map<number, Source>()
      for (const arrivalsOf of rules) {
        const arrivals = arrivalsOf()
        let all = 0
        for (const { series } of arrivals) all += series
        for (const arrival of arrivals) {
          const known = found.get(arrival.atMs)
          const weight = arrival.series / all
          if (known !== undefined) known.weight += weight
          else if (found.size < MAX_SOURCES) {
            found.set(arrival.atMs, {
              arrival,
              weight,
              lastMs: arrival.atMs,
              periodMs: undefined,
              phase: modulo(arrival.atMs, intervalMs),
              state: 'new',
              astray: 0,
              late: false,
            })
          }
        }
        await pause()
      }
      // What held before is known to hold: a new look need not wait for it.
      const held = steady()
      for (const source of found.values()) {
        let nearest: Source | undefined
        const apart = ({ phase }: Source) => Math.abs(later(phase, source.phase))
        for (const one of held) if (nearest === undefined || apart(one) < apart(nearest)) nearest = one
        if (nearest === undefined || !isNear(nearest.phase, source.phase)) continue
        source.state = 'steady'
        source.periodMs = nearest.periodMs
        if (later(nearest.phase, source.phase) > 0) source.phase = nearest.phase
      }
      sources = found
    },
    follow(slotMs) {
      for (const source of sources.values()) {
        const newest = source.arrival.newestMs()
        if (newest <= source.lastMs) continue
        source.astray = isNear(newest, source.phase) ? 0 : source.astray + 1
        if (source.astray === 0) {
          const behind = later(newest, source.phase)
          source.phase = modulo(source.phase + (behind > 0 ? behind : behind * WAY_BACK), intervalMs)
        }
        if (source.astray === 0) source.state = 'steady'
        else if (source.state === 'new' || source.astray > 1) source.state = 'other'
        source.periodMs = Math.min(source.periodMs ?? Number.POSITIVE_INFINITY, newest - source.lastMs)
        source.lastMs = newest
        if (isThere(source, slotMs)) source.late = false
      }
    },
    phase(current) {
      const all = steady()
      if (all.length === 0) return current
      let best = current
      let least = costOf(current, all) - WORTH_MOVING
      for (const source of all) {
        const phase = modulo(Math.ceil(source.phase) + marginMs, intervalMs)
        const cost = costOf(phase, all)
        if (cost < least) {
          best = phase
          least = cost
        }
      }
      return best
    },
    areDue(slotMs) {
      for (const source of sources.values()) {
        if (source.state !== 'steady' || source.late) continue
        const expectedMs = slotMs - before(slotMs, source)
        // What comes every fourth time is not waited for the other three.
        if (expectedMs < slotMs - nearMs || expectedMs < source.lastMs + (source.periodMs ?? intervalMs) - 2 * driftMs)
          continue
        if (!isThere(source, slotMs)) return true
      }
      return false
    },
    giveUp(slotMs) {
      for (const source of sources.values()) {
        if (!isThere(source, slotMs)) source.late = true
      }
    },
  }
}
