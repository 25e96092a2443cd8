// What came of the queries: lines, stacked, heatmap or table, with exemplars, limits, and the reason of an empty answer.
// In: queries and their answers. Out: the views. Promise: however many series there are, what is drawn is bounded, says
// so, and offers ways to fewer.

export { Graph, HEIGHT as CHART_HEIGHT, useMerged } from './graph.tsx'
export { HeatView, heatOf, heatQueries } from './heat-view.tsx'
export { namesOf, selectorOf, wholeName } from './merge-frames.ts'
export { Table } from './table.tsx'
export { DRAWN, DRAWN_AT_MOST } from './too-many.tsx'
export { type RangeAnswer, useInstantAnswers, useRangeAnswers } from './use-answers.ts'
