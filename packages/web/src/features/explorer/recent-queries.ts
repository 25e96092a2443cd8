const KEY = 'binnacle.recent-queries'
const MAX_KEPT = 40
/** Longer ones are not remembered: they come from programs. */
const MAX_LENGTH = 4000

/** What was asked lately in this browser, newest first. */
export function recentQueries(): readonly string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.filter((query): query is string => typeof query === 'string') : []
  } catch {
    return []
  }
}

/** Storage may be forbidden or full: then nothing is remembered, and nothing else breaks. */
export function rememberQueries(queries: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withRecent(recentQueries(), queries)))
  } catch {
    return
  }
}

export function withRecent(known: readonly string[], asked: readonly string[]): readonly string[] {
  const fresh = asked.filter((query) => query.trim() !== '' && query.length <= MAX_LENGTH)
  return [...new Set([...fresh.toReversed(), ...known])].slice(0, MAX_KEPT)
}
