/** Words of which the letters are compared, which takes about 1 µs each. */
const MAX_COMPARED = 1000

/** The words nearest to one that does not exist, best first: the same parts between underscores, few letters apart. */
export function nearestWords(wanted: string, known: Iterable<string>, limit = 3): string[] {
  const parts = new Set(wanted.split('_'))
  const least = wanted.includes('_') ? 0.9 : 0.55
  const candidates: { word: string; shared: number; best: number }[] = []
  for (const word of known) {
    const others = word.split('_')
    let shared = 0
    for (const part of others) if (parts.has(part)) shared++
    shared /= Math.max(parts.size, others.length)
    // What the score can be at best, by the lengths alone.
    const best = shared + 1 - Math.abs(wanted.length - word.length) / Math.max(wanted.length, word.length)
    if (best > least) candidates.push({ word, shared, best })
  }
  if (candidates.length > MAX_COMPARED) candidates.sort((a, b) => b.best - a.best)
  return candidates
    .slice(0, MAX_COMPARED)
    .map(({ word, shared }) => ({
      word,
      score: shared + 1 - editDistance(wanted, word) / Math.max(wanted.length, word.length),
    }))
    .filter(({ score }) => score > least)
    .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
    .slice(0, limit)
    .map(({ word }) => word)
}

/** Levenshtein's distance, two rows. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_x, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    above = row
  }
  return above[b.length]!
}
