const FIRST_MS = 500
const FACTOR = 1.5
const SPREAD = 0.5
const LONGEST_MS = 60_000

/** Waits between attempts: half a second, then half as much again each time, up to a minute; each up to a half more or less. */
export function createBackOff(random: () => number): () => number {
  let next = FIRST_MS
  return () => {
    const wait = next * (1 - SPREAD + 2 * SPREAD * random())
    next = Math.min(next * FACTOR, LONGEST_MS)
    return wait
  }
}
