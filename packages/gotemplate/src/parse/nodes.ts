// The tree of a template. Nodes know their place (UTF-16 offset in the text) and can be printed as Go prints them, which
// errors do (`executing "x" at <.Foo>`).

import { quoteText } from '../format/index.ts'

export type FieldNode = { readonly kind: 'field'; readonly at: number; readonly names: readonly string[] }
export type VariableNode = { readonly kind: 'variable'; readonly at: number; readonly names: readonly string[] }
export type ChainNode = {
  readonly kind: 'chain'
  readonly at: number
  readonly base: Arg
  readonly names: readonly string[]
}
export type IdentifierNode = { readonly kind: 'identifier'; readonly at: number; readonly name: string }
export type DotNode = { readonly kind: 'dot'; readonly at: number }
export type NilNode = { readonly kind: 'nil'; readonly at: number }
export type BoolNode = { readonly kind: 'bool'; readonly at: number; readonly value: boolean }
export type StringNode = {
  readonly kind: 'string'
  readonly at: number
  readonly quoted: string
  readonly text: string
}
export type NumberNode = {
  readonly kind: 'number'
  readonly at: number
  readonly text: string
  /** What the number can stand for; several may be there (`1e3` is a float and an integer). */
  readonly int: bigint | undefined
  readonly uint: bigint | undefined
  readonly float: number | undefined
  readonly complex: { readonly re: number; readonly im: number } | undefined
}
export type PipeNode = {
  readonly kind: 'pipe'
  readonly at: number
  readonly variables: readonly VariableNode[]
  readonly isAssign: boolean
  readonly commands: readonly CommandNode[]
}
export type CommandNode = { readonly kind: 'command'; readonly at: number; readonly args: readonly Arg[] }

export type Arg =
  | FieldNode
  | VariableNode
  | ChainNode
  | IdentifierNode
  | DotNode
  | NilNode
  | BoolNode
  | StringNode
  | NumberNode
  | PipeNode

export type TextNode = { readonly kind: 'text'; readonly at: number; readonly text: string }
export type ActionNode = { readonly kind: 'action'; readonly at: number; readonly pipe: PipeNode }
export type BranchNode = {
  readonly kind: 'if' | 'with' | 'range'
  readonly at: number
  readonly pipe: PipeNode
  readonly list: readonly Node[]
  readonly elseList: readonly Node[] | undefined
}
export type TemplateNode = {
  readonly kind: 'template'
  readonly at: number
  readonly name: string
  readonly pipe: PipeNode | undefined
}
export type LoopNode = { readonly kind: 'break' | 'continue'; readonly at: number }

export type Node = TextNode | ActionNode | BranchNode | TemplateNode | LoopNode

/** A text that was parsed, for places. */
export type Source = {
  readonly name: string
  readonly text: string
  /** Bytes that Go counts before the first line, because it puts something before the text. Default 0. */
  readonly columnShift?: number
}

/** One definition: its name and what it prints. */
export type Tree = { readonly name: string; readonly source: Source; readonly nodes: readonly Node[] }

/** Whether a definition is but space, comments and nested definitions: it never replaces one that is not. */
export function isEmptyTree(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '')
}

/** A node as Go prints it. */
export function nodeText(node: Node | Arg | CommandNode): string {
  switch (node.kind) {
    case 'field':
      return `.${node.names.join('.')}`
    case 'variable':
      return node.names.join('.')
    case 'chain':
      return `${node.base.kind === 'pipe' ? `(${nodeText(node.base)})` : nodeText(node.base)}.${node.names.join('.')}`
    case 'identifier':
      return node.name
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'string':
      return node.quoted
    case 'number':
      return node.text
    case 'command':
      return node.args.map((arg) => (arg.kind === 'pipe' ? `(${nodeText(arg)})` : nodeText(arg))).join(' ')
    case 'pipe': {
      const declared = node.variables.map(nodeText).join(', ')
      const operator = node.variables.length === 0 ? '' : node.isAssign ? ' = ' : ' := '
      return declared + operator + node.commands.map(nodeText).join(' | ')
    }
    case 'text':
      return node.text
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`
    case 'template':
      return `{{template ${quoteText(node.name)}${node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`}}}`
    case 'if':
    case 'with':
    case 'range': {
      const other = node.elseList === undefined ? '' : `{{else}}${node.elseList.map(nodeText).join('')}`
      return `{{${node.kind} ${nodeText(node.pipe)}}}${node.list.map(nodeText).join('')}${other}{{end}}`
    }
  }
}

/** Line and column from 1, in UTF-16 units. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const { line, lineStart } = lineOf(text, offset)
  return { line, column: offset - lineStart + 1 }
}

function lineOf(text: string, offset: number): { line: number; lineStart: number } {
  let line = 1
  let lineStart = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  return { line, lineStart }
}

/** `line:column` as Go counts in errors of execution: the column in bytes, from 0. */
export function goPlace({ text, columnShift = 0 }: Source, offset: number): string {
  const { line, lineStart } = lineOf(text, offset)
  let bytes = 0
  for (const c of text.slice(lineStart, offset)) {
    const code = c.codePointAt(0)!
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return `${line}:${line === 1 ? bytes + columnShift : bytes}`
}
