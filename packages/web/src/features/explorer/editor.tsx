import { functionInfo } from '@binnacle/promql'
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  completionStatus,
  selectedCompletionIndex,
  setSelectedCompletion,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { linter } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { EditorView, hoverTooltip, keymap, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { PromQLExtension } from '@prometheus-io/codemirror-promql'
import { useEffect, useRef } from 'react'
import { type MetricMeta, metaOf } from '../../api/index.ts'
import { nonce } from '../../ui/nonce.ts'
import { usePromqlFeatures } from './promql-features.ts'
import { problemOf } from './selectors.ts'

export type EditorProps = {
  label: string
  value: string
  families: ReadonlyMap<string, MetricMeta> | undefined
  autoFocus?: boolean
  onChange: (text: string) => void
  onRun: () => void
}

/** A PromQL editor: completion from live metadata, hover with type and help, errors at their place. Enter runs. */
export function Editor({ label, value, families, autoFocus = false, onChange, onRun }: EditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const features = usePromqlFeatures()
  const latest = useRef({ onChange, onRun, families, features })
  latest.current = { onChange, onRun, families, features }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor lives as long as the component; values go in below
  useEffect(() => {
    const promql = new PromQLExtension().activateLinter(false).setComplete({
      remote: { url: '', apiPrefix: '/api/v1', httpMethod: 'GET', cache: { maxAge: 30_000 } },
    })
    const runQuery = (v: EditorView) => {
      closeCompletion(v)
      latest.current.onRun()
      return true
    }
    const leave = (v: EditorView) => {
      v.contentDOM.blur()
      return true
    }
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: value,
        selection: { anchor: value.length },
        extensions: [
          EditorView.cspNonce.of(nonce),
          look,
          syntaxHighlighting(colors),
          EditorView.lineWrapping,
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false, maxRenderedOptions: 60, selectOnOpen: false, interactionDelay: 0 }),
          promql.asExtension(),
          linter(
            (v) => {
              const problem = problemOf(v.state.doc.toString(), latest.current.features)
              return problem === undefined ? [] : [{ ...problem, severity: 'error' }]
            },
            { delay: 500 },
          ),
          hoverTooltip((v, at) => hover(v, at, latest.current.families), { hoverTime: 250 }),
          placeholder('PromQL, for example rate(node_cpu_seconds_total[1m])'),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
          Prec.highest(
            keymap.of([
              { key: 'Enter', run: (v) => (hasChosen(v) ? acceptCompletion(v) : runQuery(v)) },
              { key: 'Shift-Enter', run: insertNewline },
              { key: 'Mod-Enter', run: runQuery },
              // Enter runs, unless the arrow keys have chosen a completion; Tab takes the first, and leaves the field
              // where none is open, as everywhere.
              { key: 'Tab', run: takeCompletion },
              { key: 'Escape', run: (v) => completionStatus(v.state) === null && leave(v) },
            ]),
          ),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString())
          }),
        ],
      }),
    })
    view.current = editor
    if (autoFocus) editor.focus()
    return () => {
      view.current = null
      promql.destroy()
      editor.destroy()
    }
  }, [])

  useEffect(() => {
    const editor = view.current
    if (editor === null || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])

  return <div ref={host} data-query-editor />
}

const hasChosen = (view: EditorView) =>
  completionStatus(view.state) === 'active' && selectedCompletionIndex(view.state) !== null

function takeCompletion(view: EditorView): boolean {
  if (completionStatus(view.state) !== 'active') return false
  if (!hasChosen(view)) view.dispatch({ effects: setSelectedCompletion(0) })
  acceptCompletion(view)
  return true
}

/** Type, unit and help of a metric, or signature and sense of a function, under the pointer. */
function hover(view: EditorView, at: number, families: ReadonlyMap<string, MetricMeta> | undefined) {
  const line = view.state.doc.lineAt(at)
  const before = /[\w:]*$/.exec(line.text.slice(0, at - line.from))![0]
  const after = /^[\w:]*/.exec(line.text.slice(at - line.from))![0]
  const word = before + after
  const known = functionInfo(word)
  const meta = metaOf(families, word)
  const called = line.text[at - line.from + after.length] === '('
  const content =
    known !== undefined && called
      ? [known.signature, known.doc]
      : meta === undefined
        ? undefined
        : [`${word}  ${meta.type}${meta.unit === '' ? '' : `, ${meta.unit}`}`, meta.help]
  if (content === undefined) return null
  return {
    pos: at - before.length,
    end: at + after.length,
    above: true,
    create: () => {
      const dom = document.createElement('div')
      const [head, text] = content as [string, string]
      const title = dom.appendChild(document.createElement('b'))
      title.textContent = head
      dom.appendChild(document.createElement('p')).textContent = text
      dom.className = 'cm-bn-hover'
      return { dom }
    },
  }
}

const look = EditorView.theme({
  '&': { fontSize: '13px', backgroundColor: 'transparent', color: 'var(--bn-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': {
    fontFamily: 'var(--bn-mono)',
    fontVariantLigatures: 'none',
    caretColor: 'var(--bn-text)',
    padding: '7px 0',
    lineHeight: '20px',
  },
  '.cm-line': { padding: '0 2px' },
  '.cm-cursor': { borderLeftColor: 'var(--bn-text)' },
  '.cm-placeholder': { color: 'var(--bn-text-muted)' },
  '.cm-matchingBracket, .cm-nonmatchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--bn-accent-soft)',
    outline: '1px solid var(--bn-accent)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--bn-critical-soft)' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px dotted var(--bn-critical)' },
  '.cm-tooltip': {
    border: '0',
    borderRadius: '6px',
    backgroundColor: 'var(--bn-surface)',
    boxShadow: 'var(--bn-shadow-float)',
    color: 'var(--bn-text)',
    maxWidth: '480px',
  },
  '.cm-bn-hover': { padding: '8px 12px', fontSize: '12px' },
  '.cm-bn-hover b': { fontFamily: 'var(--bn-mono)', fontWeight: '600' },
  '.cm-bn-hover p': { marginTop: '3px', color: 'var(--bn-text-muted)', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bn-critical)', padding: '6px 10px', fontSize: '12px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--bn-mono)', fontSize: '12px', maxHeight: '260px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--bn-accent-soft)',
    color: 'var(--bn-text)',
  },
  '.cm-completionDetail': { color: 'var(--bn-text-muted)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--bn-accent)' },
  '.cm-completionInfo': { padding: '8px 12px', fontSize: '12px' },
})

const colors = HighlightStyle.define([
  { tag: [tags.function(tags.variableName), tags.operatorKeyword, tags.modifier], color: 'var(--bn-code-word)' },
  { tag: tags.keyword, color: 'var(--bn-code-word)' },
  { tag: tags.labelName, color: 'var(--bn-code-label)' },
  { tag: tags.string, color: 'var(--bn-code-text)' },
  { tag: tags.number, color: 'var(--bn-code-number)' },
  { tag: [tags.operator, tags.paren, tags.squareBracket, tags.brace], color: 'var(--bn-text-muted)' },
  { tag: tags.comment, color: 'var(--bn-text-muted)', fontStyle: 'italic' },
])
