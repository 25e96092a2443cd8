// Prometheus's side: functions of rule templates, and the texts of alerting rules with `$labels` and `$value`. In: what
// the host knows (external URL and labels, a query function). Out: functions for `parseTemplates`, compiled rule texts.
// Promise: texts and errors as Prometheus 3.5; a query may answer later without making all other texts slow.

export {
  histogramValue,
  type PrometheusHost,
  prometheusFunctions,
  type QuerySample,
} from './functions.ts'
export {
  createRuleTemplates,
  expansionFailure,
  type LabelPairs,
  type RuleTemplate,
  type RuleTemplates,
  type RuleTemplatesOptions,
} from './rule-templates.ts'
