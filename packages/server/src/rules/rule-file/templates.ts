import { createRuleTemplates, type RuleTemplates, TemplateError } from '@binnacle/gotemplate'

/** What is wrong with a template, and where in its text (UTF-16). */
export type TemplateProblem = { readonly message: string; readonly offset: number }

let templates: RuleTemplates | undefined

/** The mistake in the text of an alert's label or annotation, in Go's words; undefined when there is none. */
export function templateProblem(alert: string, text: string): TemplateProblem | undefined {
  templates ??= createRuleTemplates({ externalURL: '', query: () => [] })
  try {
    templates.compile(alert, text)
    return undefined
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return { message: error.reason, offset: Math.max(0, error.offset) }
  }
}
