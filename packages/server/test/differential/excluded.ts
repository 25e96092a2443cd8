/*
 * Differences that are known and accepted, each with its reason; what is never asked at all stands at the head of
 * generate-query.ts. A rule that applies to nothing in a long run goes.
 */

export type Exclusion = {
  readonly name: string
  readonly why: string
  /** `ours` and `theirs` are the values that differ, when it is values that differ. */
  applies(query: string, ours: number, theirs: number): boolean
}

export const EXCLUSIONS: readonly Exclusion[] = [
  {
    name: 'fraction inside the lowest bucket',
    why: '3.5 answers NaN (prometheus/prometheus#17424); met where the lowest bucket of the data has ended before the others',
    applies: (query, ours, theirs) =>
      query.includes('histogram_fraction(') && Number.isNaN(theirs) && ours >= 0 && ours <= 1,
  },
  {
    name: 'fractions that cancel',
    why: 'a fraction is a difference of two ranks; where these are equal in theory, their last bits are what is left',
    applies: (query, ours, theirs) => query.includes('histogram_fraction(') && Math.abs(ours - theirs) <= 1e-12,
  },
  {
    name: 'remainders of large numbers',
    why: 'x % y keeps the error of y as often as y goes into x',
    applies: (query, ours, theirs) => query.includes(' % ') && Math.abs(ours - theirs) <= 1e-10,
  },
  {
    name: 'spread of times',
    why: 'the deviation of numbers around 1.7e9 that differ by seconds keeps seven digits; the order of summation decides the rest',
    applies: (query, ours, theirs) =>
      /\bstd(dev|var)/.test(query) &&
      /\btime(stamp)?\(/.test(query) &&
      Math.abs(ours - theirs) <= 1e-5 * Math.max(Math.abs(ours), Math.abs(theirs)),
  },
]

/**
 * A match that a comparison filters away counts as a match in the newest Prometheus, whose acceptance files we pass
 * (operators.test), and not yet in 3.5: with two such matches we fail, as the newest does, where 3.5 answers.
 */
const FILTERED_TWINS = 'twins that a comparison filters away'

/** The name of the rule by which a difference (as `differenceOf` words it) is accepted. */
export function excluded(query: string, difference: string): string | undefined {
  if (/^Binnacle fails: \w+: .*multiple matches for labels/.test(difference) && /[<>]|[!=]=/.test(query)) {
    return FILTERED_TWINS
  }
  const values = /(\S+) instead of (\S+) at \S+$/.exec(difference)
  if (values === null) return undefined
  return EXCLUSIONS.find((rule) => rule.applies(query, Number(values[1]), Number(values[2])))?.name
}
