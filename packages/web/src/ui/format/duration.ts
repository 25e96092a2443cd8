const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The two largest parts of a duration in ms, for reading: `340 ms`, `4.2 s`, `6 min`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  const size = Math.abs(ms)
  const sign = ms < 0 ? '−' : ''
  if (size < 1) return `${sign}${Number((size * 1000).toPrecision(2))} µs`
  if (size < SECOND) return `${sign}${Number(size.toPrecision(size < 10 ? 2 : 3))} ms`
  if (size < MINUTE) return `${sign}${Number((size / SECOND).toPrecision(size < 10 * SECOND ? 2 : 3))} s`
  if (size < HOUR) return sign + parts(size, MINUTE, 'min', SECOND, 's')
  if (size < DAY) return sign + parts(size, HOUR, 'h', MINUTE, 'min')
  return sign + parts(size, DAY, 'd', HOUR, 'h')
}

function parts(size: number, big: number, bigName: string, small: number, smallName: string): string {
  let whole = Math.floor(size / big)
  let rest = Math.round((size - whole * big) / small)
  if (rest * small === big) {
    whole++
    rest = 0
  }
  return rest === 0 ? `${whole} ${bigName}` : `${whole} ${bigName} ${rest} ${smallName}`
}

/** One part only, for rows of a list: `now`, `12 s`, `6 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
  if (ms < SECOND) return 'now'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`
  return `${Math.floor(ms / DAY)} d`
}

/** As PromQL and the time field spell it: `90s` is `1m30s`. Whole seconds, and one at least where it is not nothing. */
export function toPromDuration(ms: number): string {
  if (ms === 0) return '0s'
  let rest = Math.max(1, Math.round(ms / SECOND))
  let text = ''
  for (const [name, seconds] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds)
    if (count > 0) text += `${count}${name}`
    rest -= count * seconds
  }
  return text
}
