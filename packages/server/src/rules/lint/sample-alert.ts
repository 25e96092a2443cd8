import {
  createRuleTemplates,
  expansionFailure,
  FunctionError,
  type LabelPairs,
  type QuerySample,
  TemplateError,
} from '@binnacle/gotemplate'
import { isCountedOn, kindOf, type LabelFacts, labelFact, labelPairs, PromqlError, parseExpr } from '@binnacle/promql'
import type { AlertingRule, RuleGroup } from '../rule-file/index.ts'
import { askedLabels, textsOf } from './checks/templates.ts'

/** A value that no function takes for a special one. */
export const SAMPLE_VALUE = 0.95
/** Unix ms. */
export const SAMPLE_TIME_MS = 1_700_000_000_000

/** Templates of rules with small limits, whose queries are answered by one made-up series. */
export function sampleTemplates(externalLabels: Readonly<Record<string, string>> = {}) {
  return createRuleTemplates({
    externalURL: 'http://localhost:7070',
    externalLabels,
    query: (text) => answer(text),
    limits: { maxSteps: 100_000, maxOutputBytes: 64 * 1024 },
  })
}

/**
 * Labels that a series of the expression may carry: those that it surely has, and those of `names` that it may have. A value
 * that the expression does not fix is what `sampleValue` says.
 */
export function sampleLabels(
  facts: LabelFacts,
  names: Iterable<string>,
  sampleValue: (name: string) => string = (name) => `${name}-1`,
): LabelPairs {
  const all = new Set([...facts.known].filter(([, fact]) => isCountedOn(fact)).map(([name]) => name))
  for (const name of names) if (labelFact(facts, name).presence !== 'absent') all.add(name)
  return [...all].sort().map((name) => [name, labelFact(facts, name).value ?? sampleValue(name)] as const)
}

export type SampleAlertOptions = {
  /** What is known of the labels of the expression. */
  readonly facts: LabelFacts
  /** Labels that somebody asks for: there where the expression may have them. */
  readonly names: Iterable<string>
  readonly sampleValue: (name: string) => string
  /** Added where the alert has no such label. */
  readonly externalLabels: Readonly<Record<string, string>>
}

/** An alert as the rule would send it, its texts filled in as at an evaluation. Labels are unordered; none is empty. */
export function sampleAlert(
  rule: AlertingRule,
  group: RuleGroup,
  { facts, names, sampleValue, externalLabels }: SampleAlertOptions,
): { readonly labels: ReadonlyMap<string, string>; readonly annotations: ReadonlyMap<string, string> } {
  const series = sampleLabels(facts, [...askedBy(rule), ...names], sampleValue)
  const templates = sampleTemplates(externalLabels)
  const fill = (text: string): string => {
    if (!text.includes('{{')) return text
    try {
      const made = templates.compile(rule.alert, text)(series, SAMPLE_VALUE, SAMPLE_TIME_MS)
      return typeof made === 'string' ? made : ''
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      return expansionFailure(rule.alert, error)
    }
  }
  const labels = new Map(series)
  labels.delete('__name__')
  for (const [name, value] of [...labelPairs(group.labels), ...Object.entries(rule.labels)]) {
    labels.set(name, fill(value))
  }
  labels.set('alertname', rule.alert)
  for (const [name, value] of Object.entries(externalLabels)) if (!labels.get(name)) labels.set(name, value)
  for (const [name, value] of labels) if (value === '') labels.delete(name)
  const annotations = new Map(Object.entries(rule.annotations).map(([name, text]) => [name, fill(text)] as const))
  return { labels, annotations }
}

/** Labels by which the author of a rule tells its alerts apart: those that its expression surely has, or its texts print. */
export function countedOn(rule: AlertingRule, facts: LabelFacts): readonly string[] {
  const names = new Set([...facts.known.keys(), ...askedBy(rule)])
  const asked = new Set(askedBy(rule))
  return [...names].filter((name) => {
    const fact = labelFact(facts, name)
    return isCountedOn(fact) || (asked.has(name) && fact.presence !== 'absent')
  })
}

const askedBy = (rule: AlertingRule): string[] =>
  textsOf(rule).flatMap(({ text }) => [...askedLabels(text)].map(({ name }) => name))

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
