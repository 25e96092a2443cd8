import { TemplateError } from '@binnacle/gotemplate'
import type { RuleCheck } from '../check.ts'
import { SAMPLE_TIME_MS, SAMPLE_VALUE, sampleLabels, sampleTemplates } from '../sample-alert.ts'
import { askedLabels, textsOf } from './templates.ts'

export const templateRuns: RuleCheck = {
  kind: 'rule',
  name: 'alerts/template_runs',
  pint: ['alerts/template'],
  finds: 'Texts that fail when they are filled in with a sample of what the expression gives.',
  why: 'Prometheus only parses them when it loads the file. What fails later is sent as "<error expanding template: ...>" at night.',
  run(view, report) {
    const { rule, file } = view
    if (rule.kind !== 'alerting') return
    const templates = sampleTemplates()
    for (const { path, text } of textsOf(rule)) {
      if (!text.includes('{{')) continue
      const labels = sampleLabels(
        view.labels(),
        [...askedLabels(text)].map(({ name }) => name),
      )
      try {
        const made = templates.compile(rule.alert, text)(labels, SAMPLE_VALUE, SAMPLE_TIME_MS)
        const strange = typeof made === 'string' ? /%!.\([^)]*\)/.exec(made) : null
        if (strange === null) continue
        const at = Math.max(0, text.indexOf('{{'))
        const message = `the text becomes "${made as string}": the format does not fit what is printed (the value is a float)`
        report(file.places.textPlace(rule, path, at), message, 'use a verb for floats, such as %f, %.2f or %g')
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        const message = `the text cannot be filled in: ${error.reason}`
        report(file.places.textPlace(rule, path, Math.max(0, error.offset)), message)
      }
    }
  },
}
