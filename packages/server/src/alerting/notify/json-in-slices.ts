import type { Pacer } from '../../telemetry/index.ts'

/** Items of a list that become text at a time: well below a millisecond. */
const ITEMS = 50
/** Lists of many alerts lie no deeper. */
const DEPTH = 4

/** What `JSON.stringify` gives, made in slices as far as lists are long. `value` is plain data. */
export async function jsonInSlices(value: unknown, pace: Pacer, depth = DEPTH): Promise<string> {
  if (depth === 0 || typeof value !== 'object' || value === null || 'toJSON' in value) return JSON.stringify(value)
  let json = ''
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += ITEMS) {
      json += `${at === 0 ? '' : ','}${JSON.stringify(value.slice(at, at + ITEMS)).slice(1, -1)}`
      await pace()
    }
    return `[${json}]`
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${await jsonInSlices(item, pace, depth - 1)}`
    await pace()
  }
  return `{${json}}`
}
