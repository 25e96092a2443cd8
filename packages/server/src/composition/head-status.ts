import type { HeadStatus, NamedCount } from '../http/index.ts'
import type { MetricsReadView } from '../metrics/store/index.ts'
import type { Clock } from '../telemetry/index.ts'

/** Names looked at for the "biggest" lists: keeps the answer quick however many there are. */
const MAX_NAMES = 5_000

/** Figures about the series in memory, for `status/tsdb`. */
export function createHeadStatus(view: MetricsReadView, clock: Clock): (limit: number) => HeadStatus {
  return (limit) => {
    const { index, head } = view
    const seriesOf = (name: string, value: string) => index.select([{ name, op: '=', value }]).length
    const labels = index.labelNames().map((name) => ({ name, values: index.labelValues(name) }))
    const metrics = index.labelValues('__name__').slice(0, MAX_NAMES)
    const pairs: NamedCount[] = []
    for (const { name, values } of labels) {
      if (name === '__name__' || values.length > 100) continue
      for (const value of values) pairs.push({ name: `${name}=${value}`, value: seriesOf(name, value) })
    }
    return {
      series: index.size,
      chunks: head.seriesWithData(),
      labelPairs: labels.reduce((sum, { values }) => sum + values.length, 0),
      minTimeMs: head.completeFromMs,
      maxTimeMs: clock.now(),
      seriesByMetric: biggest(
        metrics.map((name) => ({ name, value: seriesOf('__name__', name) })),
        limit,
      ),
      valuesByLabel: biggest(
        labels.map(({ name, values }) => ({ name, value: values.length })),
        limit,
      ),
      bytesByLabel: biggest(
        labels.map(({ name, values }) => ({ name, value: values.reduce((sum, value) => sum + value.length, 0) })),
        limit,
      ),
      seriesByLabelPair: biggest(pairs, limit),
    }
  }
}

function biggest(counts: NamedCount[], limit: number): NamedCount[] {
  return counts.sort((a, b) => b.value - a.value).slice(0, limit)
}
