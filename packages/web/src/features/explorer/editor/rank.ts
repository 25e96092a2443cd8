/**
 * Names that fit what was typed: those that begin with it first, then those of which a word does, then those that hold
 * it anywhere; shorter names before longer ones. All of them, as they are, where nothing was typed.
 */
export function rank(names: readonly string[], typed: string, limit = 100): string[] {
  const wanted = typed.toLowerCase()
  if (wanted === '') return names.slice(0, limit)
  const tiers: [string[], string[], string[]] = [[], [], []]
  for (const name of names) {
    const at = name.toLowerCase().indexOf(wanted)
    if (at < 0) continue
    const startsWord = at > 0 && /[^a-z0-9]/i.test(name[at - 1]!)
    tiers[at === 0 ? 0 : startsWord ? 1 : 2].push(name)
  }
  const byLength = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1)
  return tiers.flatMap((tier) => tier.sort(byLength)).slice(0, limit)
}

/** Where the typed text stands in a name, for marking it. */
export function matchOf(name: string, typed: string): readonly number[] {
  const at = typed === '' ? -1 : name.toLowerCase().indexOf(typed.toLowerCase())
  return at < 0 ? [] : [at, at + typed.length]
}
