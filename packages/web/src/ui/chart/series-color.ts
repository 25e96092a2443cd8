/** Number of series colours in tokens.css (`--bn-s1` ...). */
export const PALETTE_SIZE = 8

/** `name{a="b"}` without order in the labels: what tells one series from another. */
export function seriesKey(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(',')
}

/**
 * A palette place (0 to 7) for each key. It follows the key, not the position, so that a series keeps its colour when
 * others come and go; where two keys of one chart want the same place, the later in key order takes the next free one.
 */
export function paletteOf(keys: readonly string[]): readonly number[] {
  const places = new Map<string, number>()
  let taken = new Set<number>()
  for (const key of [...new Set(keys)].sort()) {
    if (taken.size === PALETTE_SIZE) taken = new Set() // more series than colours: begin again
    let place = hash(key) % PALETTE_SIZE
    while (taken.has(place)) place = (place + 1) % PALETTE_SIZE
    taken.add(place)
    places.set(key, place)
  }
  return keys.map((key) => places.get(key)!)
}

// FNV-1a with a final mix: short keys that differ in one digit must not land side by side.
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}
