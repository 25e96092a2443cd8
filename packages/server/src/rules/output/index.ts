// Series that rules make. In: label sets with values at one moment. Out: samples in the metrics store.
// Promise: a series costs one look-up when it is new and a number afterwards; what the store refuses is told.

export {
  createSeriesOutput,
  type OutputSeries,
  outputSeries,
  type Refusal,
  type SeriesOutput,
} from './series-output.ts'
