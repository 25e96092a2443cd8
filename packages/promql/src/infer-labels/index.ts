// What can be known of a result's labels from the query alone, for checks that read rules before any sample is there.
// In: a parsed query, and what is known of its metrics. Out: facts about labels, operators whose sides never match.
// Promise: `present` and `absent` are proven by the query; what is only likely is `expected`.

export { type InferOptions, inferLabels, metricName } from './infer-labels.ts'
export { isCountedOn, type LabelFact, type LabelFacts, type LabelPresence, labelFact } from './label-facts.ts'
export { findMatchProblems, type LabelMismatch, type MatchProblem } from './mismatch.ts'
