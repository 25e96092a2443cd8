/** A moment as the clock on the wall of some zone shows it. */
export type WallTime = {
  readonly year: number
  /** 1: January. */
  readonly month: number
  readonly day: number
  /** 0: Sunday. */
  readonly weekday: number
  /** Minutes since midnight. */
  readonly minute: number
}

/** Whether a name is one of the time zones that Go knows (`UTC`, `Local`, `Europe/Berlin`; case matters). */
export function isTimeZone(name: string): boolean {
  if (name === '' || name === 'UTC' || name === 'Local') return true
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    // Node takes any case, Go the one of its files. An alias comes back as the name that it stands for.
    return known === name || known.toLowerCase() !== name.toLowerCase()
  } catch {
    return false
  }
}

/** Reads the clock of one zone: Unix ms in, wall time out. */
export function createWallClock(location: string | undefined): (ms: number) => WallTime {
  if (location === undefined || location === '' || location === 'UTC') return utcTime
  const format = new Intl.DateTimeFormat('en-US', {
    ...(location === 'Local' ? {} : { timeZone: location }),
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  // A list of alerts asks for one moment thousands of times; within a minute the clock shows the same.
  let lastMinute = Number.NaN
  let last: WallTime | undefined
  return (ms) => {
    const ownMinute = Math.floor(ms / 60_000)
    if (last !== undefined && ownMinute === lastMinute) return last
    const parts: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(ms)) parts[type] = Number(value)
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay()
    lastMinute = ownMinute
    last = { year, month, day, weekday, minute: hour * 60 + minute }
    return last
  }
}

function utcTime(ms: number): WallTime {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    minute: date.getUTCHours() * 60 + date.getUTCMinutes(),
  }
}
