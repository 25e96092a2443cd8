// What Binnacle is held to beside Prometheus, and where it misses it.

import type { Kind, Question } from './question.ts'
import { figure, geometricMean } from './table.ts'

/** Times of Binnacle as shares of Prometheus's, in the geometric mean. */
const MOST_SHARE: Record<Kind, number> = { instant: 1, range: 1 / 2, labels: 1 }
/** Questions that read more samples than this, each. */
const MANY_SAMPLES = 1_000_000
const MOST_SHARE_OF_MANY = 1 / 3
/** No single question slower than this many times Prometheus, or than so many ms, whichever is more. */
const SLOWEST_TIMES = 1.5
const SLOWEST_MS = 10

/** A line for every goal: what was reached, and by which questions it was missed. Medians in ms, by question. */
export function missedGoals(
  asked: readonly Question[],
  samplesOf: ReadonlyMap<string, number>,
  ours: ReadonlyMap<string, number>,
  theirs: ReadonlyMap<string, number>,
): string {
  const share = ({ name }: Question) => ours.get(name)! / theirs.get(name)!
  const both = asked.filter(({ name }) => ours.has(name) && theirs.has(name))
  const lines: string[] = []
  for (const kind of Object.keys(MOST_SHARE) as Kind[]) {
    const reached = geometricMean(both.filter((question) => question.kind === kind).map(share))
    const verdict = reached <= MOST_SHARE[kind] ? 'met' : 'missed'
    lines.push(
      `- ${kind}: ${figure(reached)} times Prometheus in the geometric mean, at most ${figure(MOST_SHARE[kind])}: ${verdict}`,
    )
  }
  const told = (missed: readonly Question[]) =>
    missed.length === 0
      ? 'none missed'
      : `${missed.length} missed: ${missed.map((one) => `${one.kind}: ${one.name} (${figure(share(one))})`).join('; ')}`
  const many = both.filter(({ name }) => (samplesOf.get(name) ?? 0) > MANY_SAMPLES)
  lines.push(
    `- over a million samples (${many.length} questions), at most ${figure(MOST_SHARE_OF_MANY)} times Prometheus each: ` +
      told(many.filter((question) => share(question) > MOST_SHARE_OF_MANY)),
  )
  const slow = both.filter(({ name }) => ours.get(name)! > Math.max(SLOWEST_TIMES * theirs.get(name)!, SLOWEST_MS))
  lines.push(`- each of ${both.length}, at most ${SLOWEST_TIMES} times Prometheus or ${SLOWEST_MS} ms: ${told(slow)}`)
  return `Goals\n\n${lines.join('\n')}`
}
