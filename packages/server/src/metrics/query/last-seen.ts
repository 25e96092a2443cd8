import type { Matcher } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import {
  BUCKET_MS,
  bucketOf,
  bucketStartMs,
  createEngineReader,
  createPauser,
  createSampleBuffer,
  findSeries,
  keyColumns,
  type MetricsReadView,
  newestBucketOf,
} from '../store/index.ts'

/**
 * When the newest sample of the series came that the matchers select, Unix ms; undefined where none came since `fromMs`. A
 * staleness marker counts: it came one scrape behind the last value.
 */
export type LastSeen = (
  matchers: readonly Matcher[],
  fromMs: number,
  signal: AbortSignal,
) => Promise<number | undefined>

/** Of more series that nobody sends any more, the first are asked for. */
const MAX_OLD = 2000

/**
 * Of what has brought samples to this process the head knows the last. Of what was silent since before the start the engine is
 * asked: the newest chunk of all by key, then the chunks of that bucket alone.
 */
export function createLastSeen({
  view,
  client,
  clock,
}: {
  readonly view: MetricsReadView
  readonly client: EngineClient
  readonly clock: Clock
}): LastSeen {
  const reader = createEngineReader(client)

  async function inHead(matchers: readonly Matcher[], signal: AbortSignal): Promise<number> {
    const pause = createPauser(clock, signal)
    for (const work = view.index.prepare(matchers); work.next().done !== true; ) {
      const pausing = pause()
      if (pausing !== undefined) await pausing
    }
    let last = Number.NEGATIVE_INFINITY
    for (const ref of view.index.select(matchers)) last = Math.max(last, view.head.lastMsOf(ref))
    return last
  }

  async function inEngine(matchers: readonly Matcher[], fromMs: number, signal: AbortSignal): Promise<number> {
    const found = await findSeries(client, matchers, fromMs, signal)
    if (found.length === 0) return Number.NEGATIVE_INFINITY
    const series = keyColumns(found.slice(0, MAX_OLD).map(({ key }) => key))
    const bucket = await newestBucketOf(
      client,
      series,
      { fromBucket: bucketOf(fromMs), toBucket: bucketOf(clock.now()) },
      signal,
    )
    if (bucket === undefined) return Number.NEGATIVE_INFINITY
    const startMs = bucketStartMs(bucket)
    const endMs = startMs + BUCKET_MS - 1
    const samples = await reader.read(
      { series, fromMs: startMs, toMs: endMs, rowsOf: view.rowsOf(startMs, endMs) },
      signal,
    )
    const out = createSampleBuffer()
    let last = Number.NEGATIVE_INFINITY
    for (let row = 0; row < series.metric.length; row++) {
      out.length = 0
      samples.appendTo(row, out)
      if (out.length > 0) last = Math.max(last, out.ts[out.length - 1]!)
    }
    return last
  }

  return async (matchers, fromMs, signal) => {
    const head = await inHead(matchers, signal)
    // The head had all that was newer than its beginning: what is known of one series is newer than all of the silent ones.
    const last = head === Number.NEGATIVE_INFINITY ? await inEngine(matchers, fromMs, signal) : head
    return last < fromMs ? undefined : last
  }
}
