import { type NamedTimeInterval, type TimeInterval, timeIntervalSchema } from '../time-interval/index.ts'
import type { Reader } from './reader.ts'
import { namedIntervalSchema } from './schema.ts'

/** Sections, the older one first, and what Alertmanager calls an entry of each. */
const SECTIONS = [
  ['mute_time_intervals', 'mute time interval'],
  ['time_intervals', 'time interval'],
] as const

/** Both sections together; names are unique among all of them. */
export function readTimeIntervals(reader: Reader): readonly NamedTimeInterval[] {
  const found: NamedTimeInterval[] = []
  const names = new Set<string>()
  for (const [section, title] of SECTIONS) {
    const list = reader.at([section])
    if (!Array.isArray(list)) continue
    for (const [i, raw] of list.entries()) {
      const path = [section, i]
      // Alertmanager takes an empty entry for an interval that nobody can name.
      if (raw === null) continue
      const given = reader.check(path, namedIntervalSchema)
      if (given === undefined) continue
      const { name } = given
      if (!name) {
        reader.report(`missing name in ${title}`, path)
        continue
      }
      if (names.has(name)) reader.report(`${title} ${JSON.stringify(name)} is not unique`, [...path, 'name'])
      names.add(name)
      const intervals: TimeInterval[] = []
      for (const [k, one] of (given.time_intervals ?? []).entries()) {
        const at = [...path, 'time_intervals', k]
        // An empty entry has no condition: it always holds.
        const interval = one === null ? timeIntervalSchema.parse({}) : reader.check(at, timeIntervalSchema)
        if (interval) intervals.push(interval)
      }
      found.push({ name, intervals, place: reader.document.placeOf(path) })
    }
  }
  return found
}
