import { formatFloat, formatHistogram, type InstantResult } from '@binnacle/promql'
import { formatSet } from './format.ts'

/** All series of a range with their samples, as promtool dumps them: a line a sample, `1 @[60000]`. */
export function dumpSeries(result: InstantResult): string {
  if (result.kind !== 'matrix') return ''
  return result.series
    .map(({ labels, ts, values, histograms }) => {
      const lines = Array.from(ts, (atMs, i) => {
        const histogram = histograms?.[i]
        return `${histogram === undefined ? formatFloat(values[i]!) : formatHistogram(histogram)} @[${atMs}]`
      })
      return `${formatSet(labels)} =>\n${lines.join('\n')}`
    })
    .join('\n')
}
