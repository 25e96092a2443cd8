/** What is wrong with a template, and where in its text (UTF-16). */
export type TemplateProblem = { readonly message: string; readonly offset: number }

/** The mistake in a label's or annotation's template; undefined when there is none. */
export function templateProblem(_template: string): TemplateProblem | undefined {
  return undefined
}
