import type { SyntaxNode } from '@lezer/common'
import { type PromqlError, parseError } from '../promql-error.ts'
import { functionInfo } from './functions.ts'
import { describeToken, isReservedWord, type Token } from './tokens.ts'

/** Where inside of what a mistake stands, as Prometheus names it, and what could have stood there. */
const CONTEXTS: Record<string, string> = {
  LabelMatchers: ' in label matching, expected identifier or "}"',
  UnquotedLabelMatcher: ' in label matching, expected string',
  QuotedLabelMatcher: ' in label matching, expected string',
  GroupingLabels: ' in grouping opts, expected label',
  AggregateModifier: ' in grouping opts, expected "("',
  AggregateExpr: ' in aggregation',
  SubqueryExpr: ' in subquery selector, expected number, duration, step(), range(), or "]"',
  MatrixSelector: ' in subquery or range, expected ":" or "]"',
  OffsetExpr: ' in offset, expected number, duration, step(), or range()',
  StepInvariantExpr: ' in @, expected timestamp',
}

/** Words the first mistake that the grammar found, or the first token that cannot be read, whichever comes first. */
export function syntaxError(query: string, tokens: readonly Token[], error: SyntaxNode): PromqlError {
  const unknown = tokens.findIndex((token, i) => isUnknownCall(token, tokens[i + 1]) && token.end >= error.from - 1)
  const firstUnknown = tokens.find((token, i) => isUnknownCall(token, tokens[i + 1]))
  const at = tokens.find((token) => token.end > error.from || token.kind === 'end') ?? tokens.at(-1)!
  const lexical = tokens.find((token) => token.kind === 'error')
  if (lexical !== undefined && lexical.start <= at.start) {
    return parseError(query, lexical.message, lexical.start, lexical.end)
  }
  const call = firstUnknown !== undefined && firstUnknown.end <= at.end ? firstUnknown : tokens[unknown]
  if (call !== undefined && call.start <= at.end) {
    return parseError(query, `unknown function with name ${JSON.stringify(call.text)}`, call.start, call.end)
  }
  return parseError(query, `unexpected ${describeToken(at)}${contextOf(error, at)}`, at.start, at.end)
}

function isUnknownCall(token: Token, next: Token | undefined): boolean {
  return (
    token.kind === 'identifier' &&
    next?.text === '(' &&
    !isReservedWord(token.text) &&
    !/^(start|end|step|range|min_of|max_of|fill|fill_left|fill_right)$/i.test(token.text) &&
    functionInfo(token.text) === undefined
  )
}

function contextOf(error: SyntaxNode, at: Token): string {
  for (let node = error.parent; node !== null; node = node.parent) {
    if (node.name === 'FunctionCallBody') {
      if (node.parent?.name === 'AggregateExpr') return at.kind === 'end' || at.text === ')' ? ' in aggregation' : ''
      return ''
    }
    if (node.name === 'LabelMatchers' && node.lastChild !== error && at.kind !== 'end') {
      return ' in label matching, expected "," or "}"'
    }
    if (/LabelMatcher$/.test(node.name) && error.prevSibling?.name.endsWith('LabelName') === true) {
      return ' in label matching, expected label matching operator'
    }
    const context = CONTEXTS[node.name]
    if (context !== undefined) return context
  }
  return ''
}
