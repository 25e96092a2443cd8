import { type Expr, type PromqlFeature, parseExpr } from '@binnacle/promql'

/** Dashboards and rules ask the same texts again and again: a few hundred of them cover what is open at a time. */
const MAX_QUERIES = 512
/** Longer texts are parsed each time, so that what is kept stays small (about 10 KB for each of these). */
const MAX_LENGTH = 1_000

/** Parsed queries by their text. Throws what `parseExpr` throws; mistakes are not kept. */
export type ParsedQueries = (query: string, features: readonly PromqlFeature[]) => Expr

/** Keeps the trees of the texts that were asked last: they are frozen, so every evaluation may use the same one. */
export function createParsedQueries(maxQueries = MAX_QUERIES): ParsedQueries {
  const known = new Map<string, Expr>()
  return (query, features) => {
    if (query.length > MAX_LENGTH) return parseExpr(query, { features: new Set(features) })
    const key = features.length === 0 ? query : `${features.join()} ${query}`
    const found = known.get(key)
    // Taken out and put in again: the map's first is the one that was asked longest ago.
    if (found !== undefined) known.delete(key)
    const expr = found ?? parseExpr(query, { features: new Set(features) })
    known.set(key, expr)
    if (known.size > maxQueries) known.delete(known.keys().next().value!)
    return expr
  }
}
