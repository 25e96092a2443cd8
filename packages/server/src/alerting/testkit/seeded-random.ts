/**
 * Numbers from 0 to 1 that are the same for the same seed (mulberry32). The seed is `FAST_CHECK_SEED`, one and the same in CI,
 * and another each time elsewhere; a failing test should tell it.
 */
export function seededRandom(): { readonly seed: number; readonly random: () => number } {
  const { CI, FAST_CHECK_SEED } = process.env
  const seed = FAST_CHECK_SEED ? Number(FAST_CHECK_SEED) : CI ? 20_261_126 : Math.floor(Math.random() * 2 ** 31)
  let state = seed
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, random }
}
