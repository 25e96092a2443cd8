import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, READ_WIDTH } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { fields } from '../parse.ts'

/** ICU knows the usual short name of a zone ("CET", "EST") only in a locale where it is used. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA']

/** The wall clock, its zone, and what the kernel takes time from. */
export const createTime: CollectorFactory = ({ files, sys }) => {
  return async (out, nowMs) => {
    out.gauge('node_time_seconds', 'System time in seconds since epoch (1970).').add(nowMs / 1000)
    const now = new Date(nowMs)
    out
      .gauge('node_time_zone_offset_seconds', 'System time zone offset in seconds.')
      // 0 - x, since -0 would be printed for UTC.
      .add(0 - now.getTimezoneOffset() * 60, labels('time_zone', zoneName(now)))
    const base = sys('devices/system/clocksource')
    const dirs = ((await files.list(base)) ?? []).filter((name) => /^clocksource\d/.test(name))
    const available = out.gauge(
      'node_time_clocksource_available_info',
      "Available clocksources read from '/sys/devices/system/clocksource'.",
    )
    const current = out.gauge(
      'node_time_clocksource_current_info',
      "Current clocksource read from '/sys/devices/system/clocksource'.",
    )
    const sources = await mapBounded(dirs, READ_WIDTH, async (dir) => ({
      all: fields((await files.attribute(`${base}/${dir}/available_clocksource`)) ?? ''),
      used: (await files.attribute(`${base}/${dir}/current_clocksource`)) ?? '',
    }))
    sources.forEach(({ all, used }, i) => {
      for (const source of all) available.add(1, labels('clocksource', source, 'device', String(i)))
      current.add(1, labels('clocksource', used, 'device', String(i)))
    })
  }
}

function zoneName(now: Date): string {
  let name = ''
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(now)
    name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
    if (!/^GMT[+-]/.test(name)) return name
  }
  return name
}
