import { functionInfo } from '@binnacle/promql'
import type { EditorView, Tooltip } from '@codemirror/view'
import { type MetricMeta, metaOf } from '../../../api/index.ts'

/** Type, unit and help of a metric, or signature and sense of a function, under the pointer. */
export function hoverOf(
  view: EditorView,
  at: number,
  families: ReadonlyMap<string, MetricMeta> | undefined,
): Tooltip | null {
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
        : [`${word}  ${meta.type}${meta.unit === '' ? '' : `, in ${meta.unit}`}`, meta.help]
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
