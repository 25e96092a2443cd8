import {
  createRuleTemplates,
  FunctionError,
  type LabelPairs,
  type QuerySample,
  TemplateError,
} from '@binnacle/gotemplate'
import { isCountedOn, kindOf, type LabelFacts, labelFact, PromqlError, parseExpr } from '@binnacle/promql'
import type { RuleCheck } from '../check.ts'
import { askedLabels, textsOf } from './templates.ts'

/** A value that no function takes for a special one. */
const SAMPLE_VALUE = 0.95
const SAMPLE_TIME_MS = 1_700_000_000_000

export const templateRuns: RuleCheck = {
  kind: 'rule',
  name: 'alerts/template_runs',
  pint: ['alerts/template'],
  finds: 'Texts that fail when they are filled in with a sample of what the expression gives.',
  why: 'Prometheus only parses them when it loads the file. What fails later is sent as "<error expanding template: ...>" at night.',
  run(view, report) {
    const { rule, file } = view
    if (rule.kind !== 'alerting') return
    const templates = createRuleTemplates({
      externalURL: 'http://localhost:7070',
      query: (text) => answer(text),
      limits: { maxSteps: 100_000, maxOutputBytes: 64 * 1024 },
    })
    for (const { path, text } of textsOf(rule)) {
      if (!text.includes('{{')) continue
      const labels = sampleLabels(view.labels(), text)
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

/** Labels that the result may carry, those that the text asks for among them. */
function sampleLabels(facts: LabelFacts, text: string): LabelPairs {
  const names = new Set([...facts.known].filter(([, fact]) => isCountedOn(fact)).map(([name]) => name))
  for (const { name } of askedLabels(text)) if (labelFact(facts, name).presence !== 'absent') names.add(name)
  return [...names].sort().map((name) => [name, labelFact(facts, name).value ?? `${name}-1`] as const)
}

/** One series for whatever is asked, so that `first` finds something. */
function answer(query: string): QuerySample[] {
  try {
    const kind = kindOf(parseExpr(query))
    if (kind !== 'vector' && kind !== 'scalar') throw new FunctionError('query result is not a vector or scalar')
    return [{ labels: kind === 'vector' ? { instance: 'instance-1', job: 'job-1' } : {}, value: SAMPLE_VALUE }]
  } catch (error) {
    throw error instanceof PromqlError ? new FunctionError(error.message) : error
  }
}
