/** Numbers that a seed decides, so that a failure can be repeated. */
export type Random = {
  /** 0 to 1, without 1. */
  unit(): number
  /** A whole number from 0, below `end`. */
  below(end: number): number
  chance(ratio: number): boolean
  pick<T>(choices: readonly T[]): T
  /** So many of them at most, each once, in their order. */
  some<T>(choices: readonly T[], most: number): T[]
}

/** A 32-bit generator by addition and mixing; plenty for test data, nothing for secrets. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  function unit(): number {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296
  }
  const below = (end: number) => Math.floor(unit() * end)
  return {
    unit,
    below,
    chance: (ratio) => unit() < ratio,
    pick: (choices) => choices[below(choices.length)]!,
    some(choices, most) {
      const ratio = unit()
      return choices.filter(() => unit() < ratio).slice(0, most)
    },
  }
}
