// Time as people type it. An instant is an expression: `now`, `now-6h`, `now-1d/d`, a date, a date and time, Unix seconds
// or milliseconds. A range is two of them. Expressions, not instants, stand in the URL, so that a link keeps meaning
// "the last hour". Days, weeks and hours are cut in local time, as the clock on the wall does.

/** Two time expressions, `from` before `to`; see `resolveTime`. */
export type RangeText = { readonly from: string; readonly to: string }

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * Unix ms of a time expression, or `undefined` when it is none. `edge` says which side of a rounded unit is meant:
 * `now/d` is the day's first instant as a start, and its last as an end.
 */
export function resolveTime(text: string, nowMs: number, edge: 'start' | 'end'): number | undefined {
  const expr = text.trim()
  const relative = /^now((?:\s*[+-]\s*\d+(?:\.\d+)?(?:ms|s|m|h|d|w|M|y))*)\s*(?:\/\s*([smhdwMy]))?$/.exec(expr)
  if (relative !== null) {
    let at = nowMs
    for (const [, sign, count, unit] of relative[1]!.matchAll(/([+-])\s*(\d+(?:\.\d+)?)(ms|[smhdwMy])/g))
      at = shift(at, (sign === '-' ? -1 : 1) * Number(count), unit!)
    return relative[2] === undefined ? at : roundTo(at, relative[2], edge)
  }
  if (/^\d{9,10}(\.\d+)?$/.test(expr)) return Number(expr) * 1000
  if (/^\d{12,13}$/.test(expr)) return Number(expr)
  const date =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i.exec(expr)
  if (date !== null) return resolveDate(date, edge)
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(expr)
  if (clock !== null) {
    const [h, m, s] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)]
    if (h > 23 || m > 59 || s > 59) return undefined
    return new Date(nowMs).setHours(h, m, s, 0)
  }
  return undefined
}

function resolveDate(parts: RegExpExecArray, edge: 'start' | 'end'): number | undefined {
  const [, y, mo, d, h, mi, s, fraction, zone] = parts
  if (h === undefined) {
    const start = new Date(Number(y), Number(mo) - 1, Number(d))
    if (start.getMonth() !== Number(mo) - 1) return undefined
    return edge === 'start' ? start.getTime() : roundTo(start.getTime(), 'd', 'end')
  }
  if (zone !== undefined) {
    const iso = `${y}-${mo}-${d}T${h.padStart(2, '0')}:${mi}:${s ?? '00'}${fraction ?? ''}${/^(z|utc)$/i.test(zone) ? 'Z' : zone}`
    const at = Date.parse(iso)
    return Number.isNaN(at) ? undefined : at
  }
  const at = new Date(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s ?? 0))
  return Number.isNaN(at.getTime()) || at.getMonth() !== Number(mo) - 1 ? undefined : at.getTime()
}

function shift(ms: number, count: number, unit: string): number {
  const fixed = UNIT_MS[unit]
  // A day is a day on the wall clock, also across a change of summer time; so it goes through the calendar.
  if (fixed !== undefined && unit !== 'd' && unit !== 'w') return ms + count * fixed
  const d = new Date(ms)
  if (unit === 'd' || unit === 'w') {
    const days = count * (unit === 'w' ? 7 : 1)
    if (!Number.isInteger(days)) return ms + days * UNIT_MS.d!
    d.setDate(d.getDate() + days)
  } else if (unit === 'M') d.setMonth(d.getMonth() + count)
  else d.setFullYear(d.getFullYear() + count)
  return d.getTime()
}

function roundTo(ms: number, unit: string, edge: 'start' | 'end'): number {
  const d = new Date(ms)
  if (unit === 's') d.setMilliseconds(0)
  else if (unit === 'm') d.setSeconds(0, 0)
  else if (unit === 'h') d.setMinutes(0, 0, 0)
  else d.setHours(0, 0, 0, 0)
  if (unit === 'w') d.setDate(d.getDate() - ((d.getDay() + 6) % 7)) // weeks begin on Monday
  if (unit === 'M' || unit === 'y') d.setDate(1)
  if (unit === 'y') d.setMonth(0)
  return edge === 'start' ? d.getTime() : shift(d.getTime(), 1, unit) - 1
}

const WORDS: Readonly<Record<string, RangeText>> = {
  today: { from: 'now/d', to: 'now' },
  yesterday: { from: 'now-1d/d', to: 'now-1d/d' },
  'this week': { from: 'now/w', to: 'now' },
  'last week': { from: 'now-1w/w', to: 'now-1w/w' },
  'this month': { from: 'now/M', to: 'now' },
  'last month': { from: 'now-1M/M', to: 'now-1M/M' },
  hour: { from: 'now-1h', to: 'now' },
  day: { from: 'now-1d', to: 'now' },
  week: { from: 'now-1w', to: 'now' },
}

const LONG_UNITS: Readonly<Record<string, string>> = {
  second: 's',
  sec: 's',
  minute: 'm',
  min: 'm',
  hour: 'h',
  hr: 'h',
  day: 'd',
  week: 'w',
  month: 'M',
  year: 'y',
}

/**
 * A range as typed: `13h`, `1h30m`, `last 2 days`, `yesterday`, `now-1d/d to now`, `2026-11-20 13:00 to 14:30`,
 * `2026-11-20`. `undefined` when it means nothing or runs backwards.
 */
export function parseRange(text: string, nowMs: number): RangeText | undefined {
  const input = text.trim().toLowerCase().replace(/\s+/g, ' ')
  const word = WORDS[input.replace(/^(the )?last (?=hour$|day$)/, '')]
  if (word !== undefined) return word
  const two = /^(?:from )?(.+?)\s*(?: to | until | – |–|→|\.\.)\s*(.+)$/i.exec(text.trim().replace(/\s+/g, ' '))
  if (two !== null) {
    const from = WORDS[two[1]!.toLowerCase()]?.from ?? two[1]!
    const to = WORDS[two[2]!.toLowerCase()]?.to ?? two[2]!
    return checked(from, /^\d{1,2}:\d{2}/.test(to) ? (sameDay(from, to) ?? to) : to, nowMs)
  }
  const amounts = input.replace(/^(the )?(last|past|since) /, '').replace(/ ago$/, '')
  const span = toOffsets(amounts)
  if (span !== undefined) return checked(`now${span}`, 'now', nowMs)
  if (/^\d{4}-\d{2}-\d{2}$/.test(input)) return checked(input, input, nowMs)
  return checked(text.trim(), 'now', nowMs)
}

function toOffsets(text: string): string | undefined {
  let offsets = ''
  let rest = text
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?) ?([a-z]+)(?: |,|and)*/.exec(rest)
    if (part === null) return undefined
    const name = part[2]!
    const unit = UNIT_MS[name] !== undefined || name === 'y' ? name : LONG_UNITS[name.replace(/s$/, '')]
    if (unit === undefined) return undefined
    offsets += `-${part[1]}${unit}`
    rest = rest.slice(part[0].length)
  }
  return offsets === '' ? undefined : offsets
}

// "2026-11-20 13:00 to 14:30" means half past two of that day.
function sameDay(from: string, clock: string): string | undefined {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(from)?.[0]
  return day === undefined ? undefined : `${day} ${clock}`
}

function checked(from: string, to: string, nowMs: number): RangeText | undefined {
  const start = resolveTime(from, nowMs, 'start')
  const end = resolveTime(to, nowMs, 'end')
  return start === undefined || end === undefined || start >= end ? undefined : { from, to }
}

/** True where the end moves with the clock, so that refreshing makes sense. */
export function isMoving(range: RangeText): boolean {
  return range.to.trimStart().startsWith('now')
}
