import type { FloatHistogram, Labels } from '@binnacle/promql'
import type { ResolvedReason } from './transition.ts'

/** What a template of a rule sees. Source: Prometheus, "Templating Alerting rules" and "Template reference". */
export type TemplateInput = {
  /** Of the element, with the metric's name. */
  readonly labels: Labels
  readonly value: number
  readonly histogram?: FloatHistogram
  /** Of the evaluation, Unix ms. */
  readonly timeMs: number
  /** Set once the alert has ended: `$resolvedReason`, `.ResolvedReason`; empty before. */
  readonly resolvedReason?: ResolvedReason
}

/** The text of one label or annotation, parsed once. */
export type RuleTemplate = {
  /** What the outcome depends on. `always`: on more than labels and value (time, queries), or nobody can tell. */
  readonly varies: 'never' | 'with labels' | 'with value' | 'always'
  /** Whether it says why an alert ended. */
  readonly tellsReason: boolean
  /** Never throws: a mistake becomes the text that Prometheus gives. A promise only when it has to ask something. */
  expand(input: TemplateInput): string | Promise<string>
}

export type RuleTemplates = {
  /** `alert` names the rule, for messages. */
  prepare(alert: string, text: string): RuleTemplate
}
