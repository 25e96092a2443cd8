// Which series are there? In: label sets, matchers. Out: dense series refs, ascending, and label names and values.
// Strings are interned, a series keeps one word a label, and each (name, value) pair keeps the ascending refs that have it.
// Promise: `select` gives exactly the series that all matchers hold for (absent label = empty value, RE2 regexes,
// anchored); a label set has the same 64-bit id in every process for ever; two sets of one id never pass for each other.

export { createLabelIndex, type LabelIndex, type LabelIndexOptions } from './label-index.ts'
export { idOf, metricHash, type SeriesId } from './series-id.ts'
