// What a template asks for, read from its tree without executing it.

import {
  type Arg,
  type CommandNode,
  type Library,
  lineAndColumn,
  type Node,
  type PipeNode,
  parseText,
  type Source,
  type Tree,
  withTrees,
} from './parse/index.ts'
import type { TemplatePlace } from './template-error.ts'

/** Fields asked for one of the other, such as `.CommonLabels.severity`; `index .Labels "a b"` is one, too. */
export type FieldReference = TemplatePlace & {
  /** Such as `['CommonLabels', 'severity']`. A variable in front is left out. */
  readonly names: readonly string[]
  /** It stands in a condition (`if`, `with`, `and`, `or`): who wrote it reckons with its absence. */
  readonly isTested: boolean
}

export type References = {
  /** Definitions of the files, each with those that it calls by name. */
  readonly calls: ReadonlyMap<string, ReadonlySet<string>>
  /**
   * References in a text and in all definitions that it comes to, in the order in which they are come upon. Places in the
   * text are those of the template `''`. Throws `TemplateError` when it does not parse.
   */
  of(text: string): readonly FieldReference[]
}

/** Reads files as `parseTemplates` does: later definitions win. Throws `TemplateError` for one that does not parse. */
export function createReferences(files: readonly Source[]): References {
  let library: Library = new Map()
  for (const file of files) library = withTrees(library, parseText(file, ANY_FUNCTION))
  return {
    calls: new Map([...library].map(([name, { nodes }]) => [name, new Set(calledIn(nodes))])),
    of(text) {
      const known = withTrees(library, parseText({ name: '', text }, ANY_FUNCTION))
      const found: FieldReference[] = []
      const seen = new Set<string>()
      const look = (name: string) => {
        const tree = known.get(name)
        if (tree === undefined || seen.has(name)) return
        seen.add(name)
        for (const one of referencesIn(tree)) found.push(one)
        for (const called of calledIn(tree.nodes)) look(called)
      }
      look('')
      return found
    },
  }
}

/** Which functions there are is no matter of what is asked for. */
const ANY_FUNCTION = { hasFunction: () => true }

function* branchesOf(node: Node): Generator<Node> {
  if (node.kind === 'if' || node.kind === 'with' || node.kind === 'range') {
    yield* node.list
    yield* node.elseList ?? []
  }
}

function* calledIn(nodes: readonly Node[]): Generator<string> {
  for (const node of nodes) {
    if (node.kind === 'template') yield node.name
    yield* calledIn([...branchesOf(node)])
  }
}

function* referencesIn({ source, nodes }: Tree): Generator<FieldReference> {
  for (const { names, at, isTested } of inNodes(nodes)) {
    yield { names, isTested, template: source.name, offset: at, ...lineAndColumn(source.text, at) }
  }
}

type Found = { readonly names: readonly string[]; readonly at: number; readonly isTested: boolean }

function* inNodes(nodes: readonly Node[]): Generator<Found> {
  for (const node of nodes) {
    switch (node.kind) {
      case 'action':
      case 'template':
        if (node.pipe !== undefined) yield* inPipe(node.pipe, false)
        break
      case 'if':
      case 'with':
      case 'range':
        // A range over nothing prints nothing; that is seldom meant for a single label.
        yield* inPipe(node.pipe, node.kind !== 'range')
        yield* inNodes([...branchesOf(node)])
        break
      default:
    }
  }
}

function* inPipe({ commands }: PipeNode, isTested: boolean): Generator<Found> {
  for (const command of commands) yield* inCommand(command, isTested)
}

function* inCommand({ args }: CommandNode, isTested: boolean): Generator<Found> {
  const [first, base, ...keys] = args
  const name = first?.kind === 'identifier' ? first.name : undefined
  const tested = isTested || name === 'and' || name === 'or'
  if (name === 'index' && base !== undefined && keys[0]?.kind === 'string') {
    const names = namesOf(base)
    if (names !== undefined) {
      yield { names: [...names, keys[0].text], at: startOf(base), isTested: tested }
      return
    }
  }
  for (const arg of args) yield* inArg(arg, tested)
}

function* inArg(arg: Arg, isTested: boolean): Generator<Found> {
  if (arg.kind === 'pipe') yield* inPipe(arg, isTested)
  if (arg.kind === 'chain') yield* inArg(arg.base, isTested)
  const names = namesOf(arg)
  if (names !== undefined && names.length > 0) yield { names, at: startOf(arg), isTested }
}

/** Fields in the order in which they are taken; undefined for what is no field. */
function namesOf(arg: Arg): readonly string[] | undefined {
  switch (arg.kind) {
    case 'field':
    case 'chain':
      return arg.names
    case 'variable':
      return arg.names.slice(1)
    case 'dot':
      return []
    default:
      return undefined
  }
}

/** Go's place of several fields is the second of them. */
function startOf(arg: Arg): number {
  if ((arg.kind !== 'field' && arg.kind !== 'variable') || arg.names.length < 2) return arg.at
  return arg.at - arg.names[0]!.length - (arg.kind === 'field' ? 1 : 0)
}
