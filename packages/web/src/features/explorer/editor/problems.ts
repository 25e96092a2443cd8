import {
  findHints,
  type HintFix,
  type HintKnowledge,
  NO_FEATURES,
  PromqlError,
  type PromqlFeatures,
  parseExpr,
} from '@binnacle/promql'

/** Something about a query at some of its characters, and, where an edit mends it, that edit (of the same place). */
export type QueryProblem = {
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly from: number
  readonly to: number
  readonly fix?: HintFix
}

/** What is wrong with a query; `undefined` when nothing is (an empty one is only unfinished). */
export function problemOf(query: string, features: PromqlFeatures = NO_FEATURES): QueryProblem | undefined {
  if (query.trim() === '') return undefined
  try {
    parseExpr(query, { features })
    return undefined
  } catch (error) {
    if (!(error instanceof PromqlError) || error.code !== 'parse') return undefined
    const from = Math.min(error.offset, Math.max(0, query.length - 1))
    return {
      severity: 'error',
      message: error.message.replace(/^\d+:\d+: /, ''),
      from,
      to: Math.min(query.length, Math.max(from + 1, error.offset + error.length)),
    }
  }
}

/** Likely mistakes in a query that is valid. */
export function hintsOf(query: string, features: PromqlFeatures, knowledge: HintKnowledge): QueryProblem[] {
  if (query.trim() === '') return []
  try {
    return findHints(parseExpr(query, { features }), knowledge).map(({ text, start, end, fix }) => ({
      severity: 'info',
      message: text,
      from: start,
      to: end,
      ...(fix === undefined ? {} : { fix }),
    }))
  } catch {
    return []
  }
}

/** What the server remarked or refused, where it names the place: `PromQL info: text (1:6)`, `1:6: parse error: text`. */
export function placedRemark(
  query: string,
  text: string,
  severity: QueryProblem['severity'],
): QueryProblem | undefined {
  const found =
    /^(?:PromQL (?:warning|info): )?(?<text>.*) \((?<line>\d+):(?<column>\d+)\)$/s.exec(text) ??
    /^(?:invalid parameter "query": )?(?<line>\d+):(?<column>\d+): (?<text>.*)$/s.exec(text)
  if (found?.groups === undefined) return undefined
  const lines = query.split('\n')
  const line = Number(found.groups.line)
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  const from = before + Number(found.groups.column) - 1
  if (lines[line - 1] === undefined || from >= query.length) return undefined
  // To the end of the word, so that there is something to point at.
  const word = /^[\w:]+/.exec(query.slice(from))?.[0].length ?? 1
  return { severity, message: found.groups.text!, from, to: from + word }
}
