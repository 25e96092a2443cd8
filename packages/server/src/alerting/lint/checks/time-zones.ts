import type { Check } from '../check.ts'

/** Names that mean something else than most people think. */
function surprise(zone: string): string | undefined {
  if (zone === 'Local') return 'means the zone of whichever machine Binnacle runs on'
  const fixed = { EST: '5 hours behind UTC', MST: '7 hours behind UTC', HST: '10 hours behind UTC' }[zone]
  if (fixed !== undefined) return `is ${fixed} all the year round, without daylight saving time`
  const found = /^Etc\/GMT([+-])(\d+)$/.exec(zone)
  if (!found || found[2] === '0') return undefined
  return `is ${found[2]} hours ${found[1] === '+' ? 'behind' : 'ahead of'} UTC: the sign of these names is reversed`
}

export const timeZones: Check = {
  name: 'routing/time_zone',
  finds: 'Names of time zones that mean something else than they seem to.',
  why: 'An interval that is an hour off mutes what it should not.',
  run({ document }, report) {
    for (const section of ['mute_time_intervals', 'time_intervals']) {
      const list = (document.value as Record<string, unknown>)[section]
      if (!Array.isArray(list)) continue
      for (const [i, named] of list.entries()) {
        const intervals = (named as { time_intervals?: unknown } | null)?.time_intervals
        if (!Array.isArray(intervals)) continue
        for (const [k, interval] of intervals.entries()) {
          const zone = (interval as { location?: unknown } | null)?.location
          const why = typeof zone === 'string' ? surprise(zone) : undefined
          if (why === undefined) continue
          const place = document.placeOf([section, i, 'time_intervals', k, 'location'])
          report(place, `the time zone ${String(zone)} ${why}`, 'name a place, such as America/New_York, or UTC')
        }
      }
    }
  },
}
