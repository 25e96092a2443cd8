import { eachBucket, type FloatHistogram, formatSample, type MatrixSeries } from '@binnacle/promql'

/**
 * JSON of a native histogram: count, sum, and the buckets that are not empty as `[rule, lower, upper, count]`, where the
 * rule tells which bounds belong to the bucket. Source: Prometheus docs, "HTTP API / Native histograms".
 */
export function histogramJson(histogram: FloatHistogram): string {
  let buckets = ''
  eachBucket(histogram, (rule, lower, upper, count) => {
    buckets += `${buckets === '' ? '' : ','}[${rule},"${formatSample(lower)}","${formatSample(upper)}","${formatSample(count)}"]`
  })
  const { count, sum } = histogram
  return `{"count":"${formatSample(count)}","sum":"${formatSample(sum)}"${buckets === '' ? '' : `,"buckets":[${buckets}]`}}`
}

/** The fields of a series of a matrix that has histograms: `"values"` where it has numbers too, then `"histograms"`. */
export function* mixedSeriesJson({ ts, values, histograms }: MatrixSeries): Generator<string, void, undefined> {
  for (const kind of ['values', 'histograms'] as const) {
    let some = false
    for (let at = 0; at < ts.length; at++) {
      const histogram = histograms?.[at]
      if ((histogram !== undefined) !== (kind === 'histograms')) continue
      const json = histogram === undefined ? `"${formatSample(values[at]!)}"` : histogramJson(histogram)
      yield `${some ? ',' : `,"${kind}":[`}[${ts[at]! / 1000},${json}]`
      some = true
    }
    if (some) yield ']'
  }
}
