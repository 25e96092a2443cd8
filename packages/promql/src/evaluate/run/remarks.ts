// What Prometheus says of native histograms in warnings and infos, word by word.

export const remarks = {
  mixedFloats: (name: string) => `encountered a mix of histograms and floats for metric name ${JSON.stringify(name)}`,
  mixedFloatsInAggregation: 'encountered a mix of histograms and floats for aggregation',
  mixedBuckets: (name: string) =>
    `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${JSON.stringify(name)}`,
  mixedClassic: (name: string) => `vector contains a mix of classic and native histograms${ofMetric(name)}`,
  notCounter: (name: string) => `this native histogram metric is not a counter: ${JSON.stringify(name)}`,
  notGauge: (name: string) => `this native histogram metric is not a gauge: ${JSON.stringify(name)}`,
  ignoredInRange: (name: string) =>
    `ignored histograms in a range containing both floats and histograms for metric name ${JSON.stringify(name)}`,
  ignoredInAggregation: (operator: string) => `ignored histogram in ${operator} aggregation`,
  collision: (operation: Operation) => `conflicting counter resets during histogram ${operation}`,
  reconciled: (operation: Operation) => `mismatched custom buckets were reconciled during ${operation}`,
  incompatibleTypes: (left: string, operator: string, right: string) =>
    `incompatible sample types encountered for binary operator ${JSON.stringify(operator)}: ${left} ${operator} ${right}`,
  incompatibleBuckets: (operator: string) => `incompatible bucket layout encountered for binary operator ${operator}`,
  quantileIsNan: (name: string) => `input to histogram_quantile has NaN observations, result is NaN${ofMetric(name)}`,
  quantileIsSkewed: (name: string) =>
    `input to histogram_quantile has NaN observations, result is skewed higher${ofMetric(name)}`,
  fractionWithoutNan: (name: string) =>
    `input to histogram_fraction has NaN observations, which are excluded from all fractions${ofMetric(name)}`,
} as const

export type Operation = 'addition' | 'subtraction' | 'aggregation'

/** Where a series may have lost its name, the remark goes without. */
function ofMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${JSON.stringify(name)}`
}
