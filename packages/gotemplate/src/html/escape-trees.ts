// Finds, for each action of a definition, where it stands in the HTML and which escapers that asks for. A definition that
// is called in several contexts gets a variant for each of them.
// Source: documentation of Go's package html/template, "Contexts".

import {
  type Arg,
  goPlace,
  lineAndColumn,
  type Node,
  nodeText,
  type PipeNode,
  type TemplateNode,
  type Tree,
} from '../parse/index.ts'
import { TemplateError } from '../template-error.ts'
import { textOf, type Value } from '../values/index.ts'
import { advance, attrKind, type Context, contextKey, HtmlFault, START, sameContext, valueStart } from './context.ts'
import * as escapers from './escapers.ts'

/** How the value of an action is made safe where it stands. */
export type Escape = (value: Value, maxText: number) => string

/** A function that only escaped pipelines call: its arguments as text, as `html` sees them. */
export const ARGS_TEXT = 'html arguments'

/** A definition in one context. */
export type Variant = {
  readonly tree: Tree
  readonly escapes: ReadonlyMap<Node, Escape>
  readonly texts: ReadonlyMap<Node, string>
  /** Pipelines that are executed in the place of those written. */
  readonly pipes: ReadonlyMap<Node, PipeNode>
  readonly calls: ReadonlyMap<TemplateNode, string>
}

type Draft = {
  tree: Tree
  escapes: Map<Node, Escape>
  texts: Map<Node, string>
  pipes: Map<Node, PipeNode>
  calls: Map<TemplateNode, string>
}

const variantName = (name: string, context: Context) =>
  sameContext(context, START) ? name : `${name}$${contextKey(context)}`

export type TreeEscaper = {
  /** The variant under a name that `calls` has, or of a definition at the start of a document. Throws `TemplateError`. */
  variant(name: string): Variant | undefined
}

/** Escapes the definitions of a set as they are asked for. */
export function createTreeEscaper(library: ReadonlyMap<string, Tree>): TreeEscaper {
  const variants = new Map<string, Draft>()
  /** Context behind a variant; while it is being made, the one before it is taken to be it. */
  const ends = new Map<string, Context>()

  function escapeTree(tree: Tree, from: Context): Context {
    const name = variantName(tree.name, from)
    const known = ends.get(name)
    if (known !== undefined) return known
    ends.set(name, from)
    let draft = newDraft(tree)
    let end = escapeList(draft, tree.nodes, from)
    if (!sameContext(end, from) && callsItself(draft, name)) {
      // Now that its end is known, a recursive one is done again.
      ends.set(name, end)
      draft = newDraft(tree)
      const again = escapeList(draft, tree.nodes, from)
      if (!sameContext(again, end)) {
        throw faultAt(tree, tree.nodes[0], `cannot compute output context for template ${nameOf(tree)}`)
      }
      end = again
    }
    ends.set(name, end)
    variants.set(name, draft)
    return end
  }

  function callsItself(draft: Draft, name: string): boolean {
    return [...draft.calls.values()].includes(name)
  }

  function escapeList(draft: Draft, nodes: readonly Node[], from: Context): Context {
    let context = from
    for (const node of nodes) context = escapeNode(draft, node, context)
    return context
  }

  function escapeNode(draft: Draft, node: Node, context: Context): Context {
    switch (node.kind) {
      case 'text': {
        try {
          const { context: next, text } = advance(context, node.text)
          draft.texts.set(node, text)
          return next
        } catch (error) {
          if (error instanceof HtmlFault) throw faultAt(draft.tree, node, error.message, true)
          throw error
        }
      }
      case 'action': {
        if (node.pipe.variables.length > 0) return context
        const at = beforeAction(context)
        const chosen = escapersOf(draft, node, node.pipe, at)
        draft.escapes.set(node, (value, maxText) => {
          let escaped: Value = value
          for (const one of chosen) escaped = one(escaped, maxText)
          return textOf(escaped) ?? ''
        })
        return at
      }
      case 'if':
      case 'with':
      case 'range': {
        const first = escapeList(draft, node.list, context)
        if (node.kind === 'range' && !sameContext(first, context)) {
          // The second turn begins where the first has ended.
          const second = escapeList(newDraft(draft.tree), node.list, first)
          if (!joined(first, second))
            throw faultAt(
              draft.tree,
              node,
              `on range loop re-entry: {{range}} branches end in different contexts: ${contextKey(first)}, ${contextKey(second)}`,
            )
        }
        const other = node.elseList === undefined ? context : escapeList(draft, node.elseList, context)
        const end = joined(first, other)
        if (end === undefined) {
          throw faultAt(
            draft.tree,
            node,
            `{{${node.kind}}} branches end in different contexts: ${contextKey(first)}, ${contextKey(other)}`,
          )
        }
        return end
      }
      case 'template': {
        const tree = library.get(node.name)
        if (tree === undefined) throw faultAt(draft.tree, node, `no such template ${JSON.stringify(node.name)}`)
        draft.calls.set(node, variantName(node.name, context))
        return escapeTree(tree, context)
      }
      case 'break':
      case 'continue':
        return context
    }
  }

  function escapersOf(draft: Draft, node: Node, pipe: PipeNode, context: Context): escapers.Escaper[] {
    const chosen = escapersFor(context)
    if (chosen === undefined) {
      throw faultAt(draft.tree, node, `${nodeText(node)} appears in an ambiguous context within a URL`)
    }
    const names = pipe.commands.map(({ args }) => (args[0]!.kind === 'identifier' ? args[0].name : ''))
    names.forEach((name, at) => {
      const isHtmlInUnquoted = name === 'html' && context.state === 'attr' && context.delim === 'space'
      if ((name === 'html' || name === 'urlquery') && (at < names.length - 1 || isHtmlInUnquoted)) {
        throw faultAt(draft.tree, node, `predefined escaper ${JSON.stringify(name)} disallowed in template`)
      }
    })
    const last = names.at(-1)
    const like = last === 'html' ? htmlLike : last === 'urlquery' ? urlLike : undefined
    if (like === undefined || !chosen.some((one) => like.has(one))) return chosen
    // It is not done twice: the pipeline goes without it.
    draft.pipes.set(node, withoutLast(pipe))
    return chosen.map((one) => (like.has(one) ? (last === 'html' ? escapers.goHtml : escapers.goUrlQuery) : one))
  }

  return {
    variant(name) {
      const made = variants.get(name)
      if (made !== undefined) return made
      const tree = library.get(name)
      if (tree === undefined) return undefined
      const end = escapeTree(tree, START)
      if (end.state !== 'text') {
        throw faultAt(tree, undefined, `ends in a non-text context: ${contextKey(end)}`)
      }
      return variants.get(name)
    },
  }
}

/** A pipeline without the escaper that it ends with; one that is but that escaper gives its arguments as text. */
function withoutLast(pipe: PipeNode): PipeNode {
  const last = pipe.commands.at(-1)!
  if (pipe.commands.length > 1 && last.args.length === 1) return { ...pipe, commands: pipe.commands.slice(0, -1) }
  const args: Arg[] = [{ kind: 'identifier', at: last.args[0]!.at, name: ARGS_TEXT }, ...last.args.slice(1)]
  return { ...pipe, commands: [...pipe.commands.slice(0, -1), { ...last, args }] }
}

const urlLike = new Set<escapers.Escaper>([escapers.urlEscaper, escapers.urlNormalizer])
const htmlLike = new Set<escapers.Escaper>([escapers.html, escapers.attribute, escapers.rcdata])
const nameOf = (tree: Tree) => JSON.stringify(tree.name)
const newDraft = (tree: Tree): Draft => ({
  tree,
  escapes: new Map(),
  texts: new Map(),
  pipes: new Map(),
  calls: new Map(),
})

/** An action in a tag or before a value begins a name or a value. */
function beforeAction(context: Context): Context {
  switch (context.state) {
    case 'tag':
      return { ...context, state: 'attrName' }
    case 'beforeValue':
      return valueStart(context, 'space')
    case 'afterName':
      return { ...context, state: 'attrName' }
    default:
      return context
  }
}

/** Escapers in order; `undefined` where the place in a URL is not known. */
function escapersFor({ state, delim, urlPart }: Context): escapers.Escaper[] | undefined {
  const list: escapers.Escaper[] = []
  switch (state) {
    case 'text':
      return [escapers.html]
    case 'rcdata':
      return [escapers.rcdata]
    case 'comment':
    case 'jsLineComment':
    case 'jsBlockComment':
    case 'cssComment':
      return [escapers.nothing]
    case 'tag':
    case 'attrName':
    case 'afterName':
    case 'beforeValue':
      return [escapers.nameFilter((name) => attrKind(name) === 'plain')]
    case 'url':
    case 'cssUrl':
    case 'cssDqUrl':
    case 'cssSqUrl':
      if (urlPart === 'unknown') return undefined
      if (urlPart === 'none') list.push(escapers.urlFilter)
      list.push(urlPart === 'query' ? escapers.urlEscaper : escapers.urlNormalizer)
      break
    case 'srcset':
      list.push(escapers.srcset)
      break
    case 'js':
      list.push(escapers.jsValue)
      break
    case 'jsDq':
    case 'jsSq':
      list.push(escapers.jsString)
      break
    case 'jsTemplate':
      list.push(escapers.jsTemplate)
      break
    case 'jsRegexp':
      list.push(escapers.jsRegexp)
      break
    case 'css':
      list.push(escapers.cssFilter)
      break
    case 'cssDq':
    case 'cssSq':
      if (urlPart === 'unknown') return undefined
      if (urlPart === 'none') list.push(escapers.urlFilter)
      list.push(urlPart === 'query' ? escapers.urlEscaper : escapers.cssEscaper)
      break
    case 'attr':
      break
  }
  if (delim === 'space') list.push(escapers.unquotedAttribute)
  else if (delim !== 'none') list.push(escapers.attribute)
  return list
}

/** The context behind a branch whose ways end in these; `undefined` when they cannot be told apart safely. */
function joined(a: Context, b: Context): Context | undefined {
  if (sameContext(a, b)) return a
  if (sameContext({ ...a, urlPart: 'none' }, { ...b, urlPart: 'none' })) return { ...a, urlPart: 'unknown' }
  // One branch began the name or value of an attribute, the other nothing.
  const [x, y] = [begun(a), begun(b)]
  return sameContext(x, y) ? x : undefined
}

function begun(context: Context): Context {
  if (context.state === 'beforeValue') return valueStart(context, 'space')
  return context.state === 'tag' || context.state === 'afterName' ? { ...context, state: 'attrName' } : context
}

/** Go names no line where the HTML itself is at fault (`coarse`); the place is known here nevertheless. */
function faultAt(tree: Tree, node: Node | Arg | undefined, reason: string, coarse = node === undefined): TemplateError {
  const { source } = tree
  const offset = node?.at ?? 0
  const name = tree.name === '' ? '' : `${tree.name}:`
  const where = coarse ? name : `${source.name}:${goPlace(source, offset)}:`
  const place = { template: source.name, offset, ...lineAndColumn(source.text, offset) }
  return new TemplateError('parse', `html/template:${where} ${reason}`, place, { reason })
}
