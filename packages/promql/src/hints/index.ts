// Likely mistakes of queries that are valid: a counter without its rate, a quantile without its buckets, a name that
// does not exist. In: a tree and what is known of the metrics. Out: places, words, and texts that would mend them.
// Promise: pure and quick enough to run at every key; a fix parses, and changes nothing but the place that it names.

export { findHints, type Hint, type HintFix, type HintKnowledge } from './hints.ts'
export { editDistance, nearestWords } from './nearest.ts'
