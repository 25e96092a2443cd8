// Tokens to trees. Grammar and order of complaints are those of Go's template/parse, so that a text that Go refuses is
// refused here with the same words.

import { quoteText } from '../format/index.ts'
import { TemplateError } from '../template-error.ts'
import { readNumber, unquoteText } from './constants.ts'
import { createLexer, type Token, type TokenKind } from './lexer.ts'
import {
  type Arg,
  type BranchNode,
  type CommandNode,
  isEmptyTree,
  lineAndColumn,
  type Node,
  nodeText,
  type PipeNode,
  type Source,
  type TemplateNode,
  type Tree,
  type VariableNode,
} from './nodes.ts'

/** Deepest nesting of actions and parentheses. */
const MAX_NESTING = 200

export type ParseOptions = {
  readonly hasFunction: (name: string) => boolean
  /** Variables that the text finds declared, such as `$labels`; definitions in it do not see them. */
  readonly variables?: readonly string[]
  /** What may be meant by a name that no function has. */
  readonly functionHint?: (name: string) => string | undefined
}

type End = { readonly kind: 'end' | 'else'; readonly at: number }

function isEnd(node: Node | End): node is End {
  return node.kind === 'end' || node.kind === 'else'
}

const operandKinds = new Set<TokenKind>([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'rawString',
  'string',
  'variable',
  'leftParen',
])

/**
 * Parses a text into the definitions in it and the text around them, which gets the source's name and comes last.
 * Throws `TemplateError`.
 */
export function parseText(source: Source, options: ParseOptions): Tree[] {
  const lexer = createLexer(source.text)
  const trees = new Map<string, Tree>()
  const queue: Token[] = []
  let newest: Token = { kind: 'eof', at: 0, text: '', line: 1 }
  let actionLine = 0
  let variables: string[] = ['$', ...(options.variables ?? [])]
  let rangeDepth = 0
  let nesting = 0

  function next(): Token {
    const waiting = queue.pop()
    if (waiting !== undefined) return waiting
    newest = lexer.next()
    return newest
  }
  function backUp(...tokens: Token[]): void {
    for (let k = tokens.length - 1; k >= 0; k--) queue.push(tokens[k]!)
  }
  function peek(): Token {
    const token = next()
    queue.push(token)
    return token
  }
  function nextNonSpace(): Token {
    for (;;) {
      const token = next()
      if (token.kind !== 'space') return token
    }
  }
  function peekNonSpace(): Token {
    const token = nextNonSpace()
    queue.push(token)
    return token
  }
  const isKeyword = (token: Token, word: string) => token.kind === 'keyword' && token.text === word

  /** Go names the line of the newest token; the place is where the fault is. */
  function fail(reason: string, at = newest.at, extra: { limit?: string; hint?: string | undefined } = {}): never {
    const { limit, hint } = extra
    const offset = Math.min(at, source.text.length)
    throw new TemplateError(
      limit === undefined ? 'parse' : 'limit',
      `template: ${source.name}:${newest.line}: ${reason}`,
      { template: source.name, offset, ...lineAndColumn(source.text, offset) },
      { reason, limit, hint },
    )
  }
  function unexpected(token: Token, context: string): never {
    if (token.kind !== 'error') fail(`unexpected ${tokenText(token)} in ${context}`, token.at)
    let extra = ''
    if (actionLine !== 0 && actionLine !== token.line) {
      extra = ` in action started at ${source.name}:${actionLine}`
      if (token.text.endsWith(' action')) extra = extra.slice(' in action'.length)
    }
    fail(token.text + extra, token.at)
  }
  function expect(kind: TokenKind, context: string): Token {
    const token = nextNonSpace()
    if (token.kind !== kind) unexpected(token, context)
    return token
  }
  function nested<T>(at: number, parse: () => T): T {
    if (++nesting > MAX_NESTING) {
      fail(`actions and parentheses nested deeper than ${MAX_NESTING} (limit maxNesting)`, at, { limit: 'maxNesting' })
    }
    const result = parse()
    nesting--
    return result
  }

  function add(name: string, nodes: readonly Node[]): void {
    const old = trees.get(name)
    if (old === undefined || isEmptyTree(old.nodes)) trees.set(name, { name, source, nodes })
    else if (!isEmptyTree(nodes)) fail(`template: multiple definition of template ${quoteText(name)}`)
  }

  function parseTop(): void {
    const nodes: Node[] = []
    while (peek().kind !== 'eof') {
      if (peek().kind === 'leftDelim') {
        const delim = next()
        const word = nextNonSpace()
        if (isKeyword(word, 'define')) {
          parseDefinition()
          continue
        }
        backUp(delim, word)
      }
      const node = textOrAction()
      if (isEnd(node)) fail(`unexpected {{${node.kind}}}`, node.at)
      nodes.push(node)
    }
    add(source.name, nodes)
  }

  function parseDefinition(): void {
    const outer = variables
    variables = ['$']
    const context = 'define clause'
    const token = nextNonSpace()
    if (token.kind !== 'string' && token.kind !== 'rawString') unexpected(token, context)
    const name = unquoted(token)
    expect('rightDelim', context)
    const { nodes, end } = itemList()
    if (end.kind !== 'end') fail(`unexpected {{${end.kind}}} in ${context}`, end.at)
    add(name, nodes)
    variables = outer
  }

  function unquoted(token: Token): string {
    return unquoteText(token.text) ?? fail('invalid syntax', token.at)
  }

  function itemList(): { nodes: Node[]; end: End } {
    const nodes: Node[] = []
    while (peekNonSpace().kind !== 'eof') {
      const node = textOrAction()
      if (isEnd(node)) return { nodes, end: node }
      nodes.push(node)
    }
    return fail('unexpected EOF')
  }

  function textOrAction(): Node | End {
    const token = nextNonSpace()
    if (token.kind === 'text') return { kind: 'text', at: token.at, text: token.text }
    if (token.kind !== 'leftDelim') unexpected(token, 'input')
    actionLine = token.line
    const node = nested(token.at, action)
    actionLine = 0
    return node
  }

  function action(): Node | End {
    const token = nextNonSpace()
    if (token.kind === 'keyword') {
      switch (token.text) {
        case 'block':
          return blockControl()
        case 'break':
        case 'continue':
          return loopControl(token.text, token.at)
        case 'else':
          return elseControl()
        case 'end':
          return { kind: 'end', at: expect('rightDelim', 'end').at }
        case 'if':
        case 'with':
        case 'range':
          return branchControl(token.text)
        case 'template':
          return templateControl()
      }
    }
    backUp(token)
    const first = peek()
    return { kind: 'action', at: first.at, pipe: pipeline('command', 'rightDelim') }
  }

  function loopControl(kind: 'break' | 'continue', at: number): Node {
    const token = nextNonSpace()
    if (token.kind !== 'rightDelim') unexpected(token, `{{${kind}}}`)
    if (rangeDepth === 0) fail(`{{${kind}}} outside {{range}}`, at)
    return { kind, at }
  }

  function elseControl(): End {
    const token = peekNonSpace()
    // "else if" and "else with" leave their word for the control around them.
    if (isKeyword(token, 'if') || isKeyword(token, 'with')) return { kind: 'else', at: token.at }
    return { kind: 'else', at: expect('rightDelim', 'else').at }
  }

  function branchControl(kind: 'if' | 'with' | 'range'): BranchNode {
    const outer = variables.length
    const pipe = pipeline(kind, 'rightDelim')
    if (kind === 'range') rangeDepth++
    const { nodes: list, end } = itemList()
    if (kind === 'range') rangeDepth--
    let elseList: Node[] | undefined
    if (end.kind === 'else') {
      const word = peek()
      if (kind !== 'range' && isKeyword(word, kind)) {
        // One {{end}} closes the whole chain.
        next()
        elseList = [nested(word.at, () => branchControl(kind))]
      } else {
        const other = itemList()
        if (other.end.kind !== 'end') fail(`expected end; found {{${other.end.kind}}}`, other.end.at)
        elseList = other.nodes
      }
    }
    variables.length = outer
    return { kind, at: pipe.at, pipe, list, elseList }
  }

  function blockControl(): TemplateNode {
    const context = 'block clause'
    const token = nextNonSpace()
    const name = templateName(token, context)
    const pipe = pipeline(context, 'rightDelim')
    const outer = variables
    const outerRanges = rangeDepth
    variables = ['$']
    rangeDepth = 0
    const { nodes, end } = itemList()
    if (end.kind !== 'end') fail(`unexpected {{${end.kind}}} in ${context}`, end.at)
    variables = outer
    rangeDepth = outerRanges
    add(name, nodes)
    return { kind: 'template', at: token.at, name, pipe }
  }

  function templateControl(): TemplateNode {
    const context = 'template clause'
    const token = nextNonSpace()
    const name = templateName(token, context)
    const after = nextNonSpace()
    if (after.kind === 'rightDelim') return { kind: 'template', at: token.at, name, pipe: undefined }
    backUp(after)
    return { kind: 'template', at: token.at, name, pipe: pipeline(context, 'rightDelim') }
  }

  function templateName(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'rawString') unexpected(token, context)
    return unquoted(token)
  }

  function pipeline(context: string, end: 'rightDelim' | 'rightParen'): PipeNode {
    const at = peekNonSpace().at
    const declared: VariableNode[] = []
    let isAssign = false
    while (peekNonSpace().kind === 'variable') {
      const variable = nextNonSpace()
      const after = next()
      const word = after.kind === 'space' ? nextNonSpace() : after
      if (word.kind === 'assign' || word.kind === 'declare') {
        isAssign = word.kind === 'assign'
        declared.push(variableNode(variable))
        variables.push(variable.text)
        break
      }
      if (word.kind === 'char' && word.text === ',') {
        declared.push(variableNode(variable))
        variables.push(variable.text)
        if (context !== 'range' || declared.length >= 2) fail(`too many declarations in ${context}`, word.at)
        const kind = peekNonSpace().kind
        if (kind === 'variable' || kind === 'rightDelim' || kind === 'rightParen') continue
        fail('range can only initialize variables', peek().at)
      }
      if (after === word) backUp(variable, word)
      else backUp(variable, after, word)
      break
    }
    const commands: CommandNode[] = []
    for (;;) {
      const token = nextNonSpace()
      if (token.kind === end) break
      if (!operandKinds.has(token.kind) && !isKeyword(token, 'nil')) unexpected(token, context)
      backUp(token)
      commands.push(command())
    }
    if (commands.length === 0) fail(`missing value for ${context}`, at)
    commands.forEach((one, k) => {
      if (k > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(one.args[0]!.kind)) {
        fail(`non executable command in pipeline stage ${k + 1}`, one.at)
      }
    })
    return { kind: 'pipe', at, variables: declared, isAssign, commands }
  }

  function command(): CommandNode {
    const at = peekNonSpace().at
    const args: Arg[] = []
    for (;;) {
      peekNonSpace()
      const one = operand()
      if (one !== undefined) args.push(one)
      const token = next()
      if (token.kind === 'space') continue
      if (token.kind === 'rightDelim' || token.kind === 'rightParen') backUp(token)
      else if (token.kind !== 'pipe') unexpected(token, 'operand')
      break
    }
    if (args.length === 0) fail('empty command', at)
    return { kind: 'command', at, args }
  }

  function operand(): Arg | undefined {
    const base = term()
    if (base === undefined || peek().kind !== 'field') return base
    const at = peek().at
    const names: string[] = []
    while (peek().kind === 'field') names.push(next().text.slice(1))
    switch (base.kind) {
      case 'field':
      case 'variable':
        return { kind: base.kind, at, names: [...base.names, ...names] }
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return fail(`unexpected . after term ${quoteText(nodeText(base))}`, at)
      default:
        return { kind: 'chain', at, base, names }
    }
  }

  function term(): Arg | undefined {
    const token = nextNonSpace()
    const at = token.at
    switch (token.kind) {
      case 'identifier':
        if (!options.hasFunction(token.text)) {
          fail(`function ${quoteText(token.text)} not defined`, at, { hint: options.functionHint?.(token.text) })
        }
        return { kind: 'identifier', at, name: token.text }
      case 'dot':
        return { kind: 'dot', at }
      case 'variable':
        if (!variables.includes(token.text)) fail(`undefined variable ${quoteText(token.text)}`, at)
        return variableNode(token)
      case 'field':
        return { kind: 'field', at, names: [token.text.slice(1)] }
      case 'bool':
        return { kind: 'bool', at, value: token.text === 'true' }
      case 'charConstant':
      case 'complex':
      case 'number': {
        const number = readNumber(token.text, token.kind, at)
        return typeof number === 'string' ? fail(number, at) : number
      }
      case 'leftParen': {
        const pipe = nested(at, () => pipeline('parenthesized pipeline', 'rightParen'))
        return pipe
      }
      case 'string':
      case 'rawString':
        return { kind: 'string', at, quoted: token.text, text: unquoted(token) }
    }
    if (isKeyword(token, 'nil')) return { kind: 'nil', at }
    backUp(token)
    return undefined
  }

  parseTop()
  return [...trees.values()]
}

function variableNode(token: Token): VariableNode {
  return { kind: 'variable', at: token.at, names: [token.text] }
}

function tokenText(token: Token): string {
  if (token.kind === 'eof') return 'EOF'
  if (token.kind === 'keyword' || token.kind === 'dot') return `<${token.text}>`
  return [...token.text].length > 10 ? `${quoteText([...token.text].slice(0, 10).join(''))}...` : quoteText(token.text)
}
