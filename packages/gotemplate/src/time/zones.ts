// Time zones by name, from Intl (no files, no Node API).

import type { Zone } from '../values/index.ts'
import { secondsOf } from './civil.ts'
import { abbreviationOf } from './zone-names.ts'

export const UTC: Zone = { name: 'UTC', at: () => ({ offsetSeconds: 0, abbreviation: 'UTC' }) }

/** A zone with a fixed offset, as a time read from text has it. */
export function fixedZone(offsetSeconds: number, abbreviation = ''): Zone {
  const answer = { offsetSeconds, abbreviation }
  return { name: abbreviation, at: () => answer }
}

const known = new Map<string, Zone>()

/**
 * A zone of the IANA database such as `Europe/Berlin`; `undefined` when there is none of that name. An empty name is UTC, and
 * names are spelled as in the database, as Go wants them.
 */
export function zoneNamed(name: string): Zone | undefined {
  if (name === '' || name === 'UTC') return UTC
  const cached = known.get(name)
  if (cached !== undefined) return cached
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return undefined
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
  const canonical = format.resolvedOptions().timeZone
  if (canonical !== name && canonical.toLowerCase() === name.toLowerCase()) return undefined
  const offsetAt = (seconds: number): number => {
    const parts: Record<string, string> = {}
    for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = value
    const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
    const { month, day, hour, minute, second } = parts
    return secondsOf(year, Number(month), Number(day), Number(hour), Number(minute), Number(second)) - seconds
  }
  // Asking Intl takes microseconds; offsets change at most at full quarters of an hour.
  let quarter = Number.NaN
  let answer = { offsetSeconds: 0, abbreviation: '' }
  const zone: Zone = {
    name,
    at(seconds) {
      const now = Math.floor(seconds / 900)
      if (now !== quarter) {
        const year = 31_556_952
        // Beyond what Intl can tell, the nearest year that it can.
        const asked = Math.min(Math.max(now * 900, -62_000_000_000), 250_000 * year)
        const offsetSeconds = offsetAt(asked)
        answer = { offsetSeconds, abbreviation: abbreviationOf(canonical, offsetSeconds) }
        quarter = now
      }
      return answer
    },
  }
  if (known.size < 1000) known.set(name, zone)
  return zone
}
