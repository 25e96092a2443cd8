import { BinnacleError } from '../../../config/index.ts'
import type { Templates } from '../../notify/index.ts'

/** What came of one text in one notification. */
export type Run = {
  readonly template: string
  readonly outcome: { readonly text: string } | { readonly error: BinnacleError }
}

/** Not empty: without a number to send to, say, the text would not be made. */
const INSTEAD = 'x'

/**
 * Templates that note what they fill in. One that fails gives a word, so that those after it are tried, too. A text that met a
 * limit is not filled in again: it takes long.
 */
export function recordedTemplates(templates: Templates, onRun: (run: Run) => void): Templates {
  const hopeless = new Map<string, BinnacleError>()
  const record = (template: string, run: () => string): string => {
    if (!template.includes('{{')) return run()
    const known = hopeless.get(template)
    if (known !== undefined) {
      onRun({ template, outcome: { error: known } })
      return INSTEAD
    }
    try {
      const text = run()
      onRun({ template, outcome: { text } })
      return text
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      if (error.kind === 'limit') hopeless.set(template, error)
      onRun({ template, outcome: { error } })
      return INSTEAD
    }
  }
  return {
    externalUrl: templates.externalUrl,
    isFallback: templates.isFallback,
    text: (template, data, extra) => record(template, () => templates.text(template, data, extra)),
    word: (template, data) => record(template, () => templates.word(template, data)),
    html: (template, data) => record(template, () => templates.html(template, data)),
  }
}
