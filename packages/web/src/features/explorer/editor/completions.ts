import { describeFunctions } from '@binnacle/promql'
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  insertCompletionText,
  pickedCompletion,
  startCompletion,
} from '@codemirror/autocomplete'
import type { EditorView } from '@codemirror/view'
import type { QueryClient } from '@tanstack/react-query'
import { type Labelled, labels, type MetricMeta, metaOf } from '../../../api/index.ts'
import { type CursorContext, contextAt } from './cursor-context.ts'
import { matchOf, rank } from './rank.ts'

export type CompletionDeps = {
  readonly client: QueryClient
  /** Ends of the page's range, Unix seconds: what is offered has samples there. */
  readonly times: () => { readonly start: number; readonly end: number }
  readonly families: () => ReadonlyMap<string, MetricMeta> | undefined
}

/** Names and values that are asked for at once; where there are more, what was typed narrows them on the server. */
const ASKED = 5000
const NARROWED = 300
/** Who types on within this time does not ask. */
const PAUSE_MS = 60

const AGGREGATIONS: Readonly<Record<string, string>> = {
  sum: 'Adds up the values of each group.',
  avg: 'The mean of each group.',
  min: 'The lowest value of each group.',
  max: 'The highest value of each group.',
  count: 'How many series each group has.',
  group: 'One series with the value 1 for each group.',
  stddev: 'Standard deviation of each group.',
  stdvar: 'Variance of each group.',
  topk: 'The k highest series: topk(3, x).',
  bottomk: 'The k lowest series: bottomk(3, x).',
  quantile: 'A quantile over the series of each group: quantile(0.9, x).',
  count_values: 'How many series have each value: count_values("label", x).',
}
const KEYWORDS = [
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'offset',
  'and',
  'or',
  'unless',
]
const DURATIONS = ['30s', '1m', '2m', '5m', '10m', '15m', '30m', '1h', '6h', '12h', '1d', '1w']

/** What fits at the cursor, from the language and from the series that the rest of the query leaves. */
export function completions(deps: CompletionDeps): CompletionSource {
  return async (context) => {
    const at = contextAt(context.state.doc.toString(), context.pos)
    switch (at.kind) {
      case 'none':
        return null
      case 'duration':
        return result(
          at,
          rank(DURATIONS, at.typed).map((label) => ({ label, type: 'constant' })),
        )
      case 'expression':
        return at.typed === '' && !context.explicit ? null : expression(deps, context, at)
      case 'label':
        return labelNames(deps, context, at)
      case 'value':
        return labelValues(deps, context, at)
    }
  }
}

async function expression(
  deps: CompletionDeps,
  context: CompletionContext,
  at: CursorContext & { kind: 'expression' },
): Promise<CompletionResult | null> {
  const families = deps.families()
  const found = await ask(deps, context, (narrowed, limit) =>
    labels.values('__name__', {
      matches: narrowed ? [`{__name__=~${pattern(at.typed)}}`] : [],
      limit,
      ...deps.times(),
    }),
  )
  const words = language().filter(({ label }) => label.startsWith(at.typed.toLowerCase()))
  const names = rank(found.items, at.typed, 80).map((name): Completion => {
    const meta = metaOf(families, name)
    return {
      label: name,
      type: 'variable',
      ...(meta === undefined ? {} : { detail: meta.type, ...(meta.help === '' ? {} : { info: meta.help }) }),
      apply: /^[a-zA-Z_:][\w:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`,
    }
  })
  return result(at, at.typed === '' ? [...names, ...words] : [...words, ...names])
}

async function labelNames(
  deps: CompletionDeps,
  context: CompletionContext,
  at: CursorContext & { kind: 'label' },
): Promise<CompletionResult | null> {
  const found = await ask(deps, context, (_narrowed, limit) =>
    labels.names({ matches: at.selectors, limit, ...deps.times() }),
  )
  const names = found.items.filter(
    (name) => name !== '__name__' && !at.named.includes(name) && (at.inBraces || name !== 'le' || at.typed !== ''),
  )
  // Whoever groups a histogram wants its buckets.
  const offered = !at.inBraces && at.typed === '' && found.items.includes('le') ? ['le', ...names] : names
  return result(
    at,
    rank(offered, at.typed).map((label) => ({ label, type: 'property', apply: at.inBraces ? beginMatcher : label })),
  )
}

async function labelValues(
  deps: CompletionDeps,
  context: CompletionContext,
  at: CursorContext & { kind: 'value' },
): Promise<CompletionResult | null> {
  const found = await ask(deps, context, (narrowed, limit) =>
    labels.values(at.label, {
      matches: narrowed ? narrowedBy(at.selectors, `${at.label}=~${pattern(at.typed)}`) : at.selectors,
      limit,
      ...deps.times(),
    }),
  )
  const isRegex = at.op === '=~' || at.op === '!~'
  // Of alternatives, the last one is being typed.
  const typed = isRegex ? (/[^|(]*$/.exec(at.typed)?.[0] ?? '') : at.typed
  const from = at.from + at.typed.length - typed.length
  return result(
    { from, typed },
    rank(found.items, typed).map((value) => ({
      label: value === '' ? '""' : value,
      type: 'text',
      apply: (view: EditorView, chosen: Completion, start: number, end: number) =>
        takeValue(view, chosen, start, end, isRegex ? escapeRegex(value) : value, at.quote),
    })),
  )
}

type Query = ReturnType<typeof labels.names> | ReturnType<typeof labels.values>

/** Asks for many once; where that was not all, what was typed is part of the question. Ends when typing goes on. */
async function ask(
  { client }: CompletionDeps,
  context: CompletionContext,
  query: (narrowed: boolean, limit: number) => Query,
): Promise<Labelled> {
  const none: Labelled = { items: [], more: false }
  const fetch = async (options: Query): Promise<Labelled> => {
    const known = client.getQueryState(options.queryKey as readonly unknown[])
    if (known?.status !== 'success') await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    if (context.aborted) return none
    const cancel = () => void client.cancelQueries({ queryKey: options.queryKey as readonly unknown[] })
    context.addEventListener('abort', cancel, { onDocChange: true })
    // Without an answer there is nothing to offer; the query itself will tell what is wrong.
    return (client.fetchQuery(options as never) as Promise<Labelled>).catch(() => none)
  }
  const all = await fetch(query(false, ASKED))
  return all.more && !context.aborted ? fetch(query(true, NARROWED)) : all
}

function narrowedBy(selectors: readonly string[], matcher: string): string[] {
  if (selectors.length === 0) return [`{${matcher}}`]
  return selectors.map((selector) =>
    selector.endsWith('}') ? `${selector.slice(0, -1)},${matcher}}` : `${selector}{${matcher}}`,
  )
}

/** A regex for the server: holds what was typed, in any case. */
function pattern(typed: string): string {
  return JSON.stringify(`(?i).*${escapeRegex(typed)}.*`)
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}

function result({ from, typed }: { from: number; typed: string }, options: Completion[]): CompletionResult | null {
  if (options.length === 0) return null
  // Already what is written: nothing to complete.
  if (options.length === 1 && options[0]!.label === typed) return null
  return { from, options, filter: false, getMatch: ({ label }) => matchOf(label, typed) }
}

let words: Completion[] | undefined

/** Functions, aggregations and keywords, made once. */
function language(): readonly Completion[] {
  words ??= [
    ...Object.entries(AGGREGATIONS).map(([label, info]) => ({ label, info, type: 'keyword', apply: beginCall })),
    ...describeFunctions()
      .filter(({ experimental }) => !experimental)
      .map(({ name, signature, doc }) => ({
        label: name,
        detail: signature.slice(name.length),
        info: doc,
        type: 'function',
        apply: beginCall,
      })),
    ...KEYWORDS.map((label) => ({ label, type: 'keyword' })),
  ]
  return words
}

/** `rate(|)`, unless the bracket is there already. */
function beginCall(view: EditorView, chosen: Completion, from: number, to: number): void {
  const follows = view.state.sliceDoc(to, to + 1) === '('
  insert(view, chosen, from, to, follows ? chosen.label : `${chosen.label}()`, chosen.label.length + 1)
}

/** `name="|"`, and its values at once. */
function beginMatcher(view: EditorView, chosen: Completion, from: number, to: number): void {
  const name = /^[a-zA-Z_]\w*$/.test(chosen.label) ? chosen.label : JSON.stringify(chosen.label)
  if (/^\s*[=!]/.test(view.state.sliceDoc(to, to + 8))) {
    insert(view, chosen, from, to, name, name.length)
    return
  }
  insert(view, chosen, from, to, `${name}=""`, name.length + 2)
  startCompletion(view)
}

/** The value and its closing quote, whichever are missing. */
function takeValue(
  view: EditorView,
  chosen: Completion,
  from: number,
  to: number,
  value: string,
  quote: string | undefined,
): void {
  const inner =
    quote === '`'
      ? value
      : JSON.stringify(value)
          .slice(1, -1)
          .replaceAll("'", quote === "'" ? "\\'" : "'")
  const closed = quote !== undefined && view.state.sliceDoc(to, to + 1) === quote
  const text = `${quote === undefined ? '"' : ''}${inner}${closed ? '' : (quote ?? '"')}`
  insert(view, chosen, from, to, text, text.length + (closed ? 1 : 0))
}

function insert(view: EditorView, chosen: Completion, from: number, to: number, text: string, cursor: number): void {
  view.dispatch({
    ...insertCompletionText(view.state, text, from, to),
    selection: { anchor: from + cursor },
    annotations: pickedCompletion.of(chosen),
  })
}
