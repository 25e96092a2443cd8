/** `did you mean X?` for the word that is nearest to what was written; `undefined` when none is near. */
export function meant(written: string, known: readonly string[], show = (word: string) => word): string | undefined {
  const wanted = written.toLowerCase()
  let best: string | undefined
  let least = Math.floor(written.length / 3) + 1
  for (const word of known) {
    const distance = editDistance(wanted, word.toLowerCase(), least)
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best === undefined ? undefined : `did you mean ${show(best)}?`
}

/** Letters to change, add or take away; a neighbour swapped counts as two. Gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || a.length > 100) return limit
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min(row[j - 1]! + same, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
