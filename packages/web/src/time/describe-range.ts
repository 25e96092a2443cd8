import { formatDate, formatDateTime } from '../ui/format/index.ts'
import { type RangeText, resolveTime } from './parse-range.ts'

const NAMES: Readonly<Record<string, string>> = {
  'now/d|now': 'Today',
  'now-1d/d|now-1d/d': 'Yesterday',
  'now/w|now': 'This week',
  'now-1w/w|now-1w/w': 'Last week',
  'now/M|now': 'This month',
  'now-1M/M|now-1M/M': 'Last month',
}

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  s: ['second', 'seconds'],
  m: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  d: ['day', 'days'],
  w: ['week', 'weeks'],
  M: ['month', 'months'],
  y: ['year', 'years'],
}

/** A range as a button shows it: `Last hour`, `Yesterday`, `2026-11-20 13:00 – 14:30`. */
export function describeRange(range: RangeText, nowMs: number): string {
  const name = NAMES[`${range.from}|${range.to}`]
  if (name !== undefined) return name
  const last = /^now-(\d+)([smhdwMy])$/.exec(range.from)
  if (last !== null && range.to === 'now') {
    const [one, many] = UNITS[last[2]!]!
    return last[1] === '1' ? `Last ${one}` : `Last ${last[1]} ${many}`
  }
  const from = resolveTime(range.from, nowMs, 'start')
  const to = resolveTime(range.to, nowMs, 'end')
  if (from === undefined || to === undefined) return `${range.from} – ${range.to}`
  if (range.to === 'now') return range.from.startsWith('now') ? `${range.from} – now` : `${short(from)} – now`
  const end = short(to)
  return formatDate(from) === formatDate(to) ? `${short(from)} – ${end.slice(11)}` : `${short(from)} – ${end}`
}

function short(ms: number): string {
  const text = formatDateTime(ms)
  return text.endsWith(':00') ? text.slice(0, -3) : text
}
