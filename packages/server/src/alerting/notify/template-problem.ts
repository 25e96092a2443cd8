import { compileText, TemplateError } from '@binnacle/gotemplate'

/**
 * Why a text is no template; `undefined` when it is one or has no actions. As Alertmanager checks fields when it reads its
 * configuration: with the functions of Go only.
 */
export function templateProblem(text: string): string | undefined {
  if (!text.includes('{{')) return undefined
  try {
    compileText('', text)
    return undefined
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
}
