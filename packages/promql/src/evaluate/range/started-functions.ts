import type { Column } from '../column/column.ts'
import type { SampleHistograms } from '../run/windows.ts'
import type { RangeContext } from './range-context.ts'
import { rangeFunction } from './range-functions.ts'
import { createHistogramRate } from './range-histograms.ts'
import { createStartedRate, STARTED, type StartedSamples } from './start-times.ts'

export type StartedReducer = (samples: StartedSamples & { readonly histograms: SampleHistograms }, out: Column) => void

/** What a function makes of series whose samples tell since when they count; undefined: it does not look at that. */
export function createStartedReducer(context: RangeContext): StartedReducer | undefined {
  const { name } = context.call
  if (!STARTED.has(name)) return undefined
  if (name === 'irate' || name === 'resets') {
    const reduce = rangeFunction(name)!.createForHistograms(context, () => {})
    return (samples, out) => reduce({ ...samples, histograms: samples.histograms ?? noHistograms(samples.to) }, out)
  }
  const mode = { isCounter: true, perSecond: name === 'rate' }
  const ofFloats = createStartedRate(context, mode)
  let floats: Pick<StartedSamples, 'labels' | 'startTimes'> | undefined
  const ofBoth = createHistogramRate(mode)(context, (ts, values, from, to, out) => {
    ofFloats({ ...floats!, ts, values, from, to }, out)
  })
  return (samples, out) => {
    const { histograms, startTimes, labels } = samples
    if (histograms === undefined) return ofFloats(samples, out)
    floats = { labels, startTimes: startTimes.filter((_, i) => histograms[i] === undefined) }
    ofBoth({ ...samples, histograms }, out)
  }
}

function noHistograms(length: number): NonNullable<SampleHistograms> {
  return new Array<undefined>(length).fill(undefined)
}
