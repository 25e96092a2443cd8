// Series as tests of rules write them: `up{job="a"} 1 2+3x4 _ stale {{count:1}}`. In: text. Out: labels and points, and
// histograms as text again. Promise: what promtool reads is read, with its words for what is no series.

export {
  asStored,
  formatHistogramLiteral,
  type HistogramPoint,
  histogramRun,
  parseHistogramLiteral,
  storedAfter,
} from './histogram-literal.ts'
export {
  isHistogramPoint,
  parseMetric,
  parseSeriesDescription,
  type SeriesDescription,
  type SeriesPoint,
} from './parse-series.ts'
