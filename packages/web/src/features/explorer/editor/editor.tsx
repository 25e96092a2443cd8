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
import { bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { EditorView, hoverTooltip, keymap, placeholder } from '@codemirror/view'
import { PromQLExtension } from '@prometheus-io/codemirror-promql'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { MetricMeta } from '../../../api/index.ts'
import { nonce } from '../../../ui/nonce.ts'
import { intervalOf, useTimeRange } from '../../../view/index.ts'
import { completions } from './completions.ts'
import { colors, look } from './editor-look.ts'
import { hoverOf } from './hover.ts'
import type { QueryProblem } from './problems.ts'

export type EditorProps = {
  label: string
  value: string
  families: ReadonlyMap<string, MetricMeta> | undefined
  /** What to mark in `value`, with its fixes. */
  problems: readonly QueryProblem[]
  autoFocus?: boolean
  onChange: (text: string) => void
  onRun: () => void
  /** Alt and an arrow: the query before or after this one in what was asked lately. */
  onRecall: (direction: 1 | -1) => void
  onFormat: () => void
}

/** Marks come when somebody pauses: half a query is always wrong. */
const MARK_AFTER_MS = 400

/** A PromQL editor: completion from what there is, hover with type and help, problems at their place. Enter runs. */
export function Editor({ label, value, problems, autoFocus = false, ...rest }: EditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const client = useQueryClient()
  const { range } = useTimeRange()
  const latest = useRef({ ...rest, range })
  latest.current = { ...rest, range }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor lives as long as the component; values go in below
  useEffect(() => {
    const promql = new PromQLExtension().activateLinter(false).activateCompletion(false)
    const source = completions({
      client,
      families: () => latest.current.families,
      // Whole minutes, so that the same question is the same for a while.
      times: () => {
        const { fromMs, toMs } = intervalOf(latest.current.range, Date.now())
        return { start: Math.floor(fromMs / 60_000) * 60, end: Math.ceil(toMs / 60_000) * 60 }
      },
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
    const recall = (direction: 1 | -1) => () => {
      latest.current.onRecall(direction)
      return true
    }
    const format = () => {
      latest.current.onFormat()
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
          autocompletion({
            override: [source],
            icons: false,
            maxRenderedOptions: 80,
            selectOnOpen: false,
            interactionDelay: 0,
          }),
          promql.asExtension(),
          hoverTooltip((v, at) => hoverOf(v, at, latest.current.families), { hoverTime: 250 }),
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
              { key: 'Alt-ArrowUp', run: recall(-1) },
              { key: 'Alt-ArrowDown', run: recall(1) },
              { key: 'Shift-Alt-f', run: format },
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

  const marked = JSON.stringify(problems)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `marked` stands for the problems, which are new objects each time
  useEffect(() => {
    const timer = setTimeout(() => {
      const editor = view.current
      if (editor === null || editor.state.doc.toString() !== value) return
      const found = problems
        .filter(({ from, to }) => from <= value.length && to <= value.length)
        .map(({ severity, message, from, to, fix }) => ({
          from,
          to,
          severity,
          message,
          ...(fix === undefined
            ? {}
            : {
                actions: [
                  {
                    name: fix.label,
                    apply: (v: EditorView, start: number, end: number) =>
                      v.dispatch({ changes: { from: start, to: end, insert: fix.text } }),
                  },
                ],
              }),
        }))
      editor.dispatch(setDiagnostics(editor.state, found))
    }, MARK_AFTER_MS)
    return () => clearTimeout(timer)
  }, [marked, value])

  return <div ref={host} data-query-editor />
}

const hasChosen = (view: EditorView) =>
  completionStatus(view.state) === 'active' && selectedCompletionIndex(view.state) !== null

function takeCompletion(view: EditorView): boolean {
  const status = completionStatus(view.state)
  // They are on their way: whoever is so quick wants one of them, not the next field.
  if (status !== 'active') return status === 'pending'
  if (!hasChosen(view)) view.dispatch({ effects: setSelectedCompletion(0) })
  acceptCompletion(view)
  return true
}
