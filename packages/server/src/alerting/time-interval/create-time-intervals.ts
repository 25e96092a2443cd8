import type { NamedTimeInterval, NumberRange, TimeInterval } from './time-interval.ts'
import { createWallClock, type WallTime } from './zone.ts'

export type TimeIntervals = {
  /** Whether the named one holds at a moment (Unix ms). An unknown one never does. */
  isActiveAt(name: string, ms: number): boolean
  /** Those of `names` that hold, in their order. */
  activeOf(names: readonly string[], ms: number): readonly string[]
  /**
   * Why a route sends nothing at this moment: its mute intervals that hold, or, while none of its active intervals does,
   * all of those. Empty: it sends.
   */
  mutedBy(
    route: { readonly muteTimeIntervals: readonly string[]; readonly activeTimeIntervals: readonly string[] },
    ms: number,
  ): readonly string[]
}

/** Source: Alertmanager's documentation, "Configuration", `<time_interval>` and `active_time_intervals` of `<route>`. */
export function createTimeIntervals(given: readonly NamedTimeInterval[]): TimeIntervals {
  const byName = new Map<string, readonly ((ms: number) => boolean)[]>(
    given.map(({ name, intervals }) => [name, intervals.map(compile)]),
  )
  const isActiveAt = (name: string, ms: number) => byName.get(name)?.some((holds) => holds(ms)) ?? false
  const activeOf = (names: readonly string[], ms: number) => names.filter((name) => isActiveAt(name, ms))
  return {
    isActiveAt,
    activeOf,
    mutedBy({ muteTimeIntervals, activeTimeIntervals }, ms) {
      const outside = activeTimeIntervals.length > 0 && activeOf(activeTimeIntervals, ms).length === 0
      return outside ? activeTimeIntervals : activeOf(muteTimeIntervals, ms)
    },
  }
}

function compile(interval: TimeInterval): (ms: number) => boolean {
  const clock = createWallClock(interval.location)
  return (ms) => holdsAt(interval, clock(ms))
}

function holdsAt({ times, daysOfMonth, months, weekdays, years }: TimeInterval, at: WallTime): boolean {
  return (
    (times === undefined || times.some(({ from, to }) => at.minute >= from && at.minute < to)) &&
    (daysOfMonth === undefined || daysOfMonth.some((range) => holdsDay(range, at))) &&
    within(months, at.month) &&
    within(weekdays, at.weekday) &&
    within(years, at.year)
  )
}

const within = (ranges: readonly NumberRange[] | undefined, value: number) =>
  ranges === undefined || ranges.some(({ from, to }) => value >= from && value <= to)

function holdsDay(range: NumberRange, { year, month, day }: WallTime): boolean {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const from = range.from < 0 ? days + range.from + 1 : range.from
  const to = range.to < 0 ? days + range.to + 1 : range.to
  // A month that is too short for the beginning has no such day; one too short for the end is taken to its end.
  return from <= days && day >= from && day <= Math.min(to, days)
}
