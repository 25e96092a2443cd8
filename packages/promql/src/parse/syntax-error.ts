import type { SyntaxNode } from '@lezer/common'
import { type PromqlError, parseError } from '../promql-error.ts'
import { functionInfo } from './functions.ts'
import { describeToken, isReservedWord, type Token } from './tokens.ts'

/** Where inside of what a mistake stands, as Prometheus names it, and what could have stood there. */
const CONTEXTS: Record<string, string> = {
  UnquotedLabelMatcher: ' in label matching, expected string',
  QuotedLabelMatcher: ' in label matching, expected string',
  GroupingLabels: ' in grouping opts, expected label',
  AggregateModifier: ' in grouping opts, expected "("',
  AggregateExpr: ' in aggregation',
  SubqueryExpr: ' in subquery selector, expected number, duration, step(), range(), or "]"',
  MatrixSelector: ' in subquery or range, expected ":" or "]"',
  OffsetExpr: ' in offset, expected number or duration',
  StepInvariantExpr: ' in @, expected timestamp',
}

/** Words the first mistake that the grammar found, or the first token that cannot be read, whichever comes first. */
export function syntaxError(query: string, tokens: readonly Token[], error: SyntaxNode): PromqlError {
  const found = tokens.findIndex((token) => token.end > error.from || token.kind === 'end')
  const index = found < 0 ? tokens.length - 1 : found
  const at = tokens[index]!
  const call = tokens.find((token, i) => token.start <= at.end && isUnknownCall(token, tokens[i - 1], tokens[i + 1]))
  if (call !== undefined) {
    return parseError(query, `unknown function with name ${JSON.stringify(call.text)}`, call.start, call.end)
  }
  const lexical = tokens.at(-1)!
  if (lexical.kind === 'error' && lexical.start <= at.start) {
    return parseError(query, lexical.message, lexical.start, lexical.end)
  }
  const before = tokens[index - 1]
  if (at.text === ')' && before?.text === ',' && isInside(error, 'FunctionCallBody')) {
    return parseError(query, 'trailing commas not allowed in function call args', before.start, before.end)
  }
  return parseError(query, `unexpected ${describeToken(at)}${contextOf(error, at, before)}`, at.start, at.end)
}

function isUnknownCall(token: Token, before: Token | undefined, next: Token | undefined): boolean {
  return (
    token.kind === 'identifier' &&
    next?.text === '(' &&
    !isReservedWord(token.text) &&
    !/^(by|without|on|ignoring|group_left|group_right|offset)$/i.test(before?.text ?? '') &&
    !/^(inf|nan|start|end|step|range|min_of|max_of|fill|fill_left|fill_right)$/i.test(token.text) &&
    functionInfo(token.text) === undefined
  )
}

function isInside(node: SyntaxNode, name: string): boolean {
  return node.parent?.name === name
}

function contextOf(error: SyntaxNode, at: Token, before: Token | undefined): string {
  for (let node = error.parent; node !== null; node = node.parent) {
    if (node.name === 'FunctionCallBody') {
      if (node.parent?.name === 'AggregateExpr') return at.text === ')' ? ' in aggregation' : ''
      return ''
    }
    // The error stands where the expression should: what follows it is not what is wrong.
    if (node.name.endsWith('Selector') && node.firstChild?.type.isError === true) return ''
    if (/LabelMatcher$/.test(node.name) && error.prevSibling?.name.endsWith('LabelName') === true) {
      return ' in label matching, expected label matching operator'
    }
    if (node.name === 'LabelMatchers') {
      const opens = before?.text === '{' || before?.text === ','
      return ` in label matching, expected ${opens ? 'identifier' : '","'} or "}"`
    }
    if (node.name === 'GroupingLabels' && /^(by|without|on|ignoring)$/i.test(before?.text ?? '')) {
      return ' in grouping opts, expected "("'
    }
    if (node.name === 'GroupingLabels' && before?.text !== '(' && before?.text !== ',') {
      return ' in grouping opts, expected "," or ")"'
    }
    const context = CONTEXTS[node.name]
    if (context !== undefined) return context
  }
  return ''
}
