import { BinnacleError } from '../../../config/index.ts'
import type { Registry } from '../../../telemetry/index.ts'
import type { AppendResult, MetricsStore } from '../../store/index.ts'
import { createSampleBatch } from '../batch/index.ts'
import type { DecodedRequest, WriteDecoder } from './request-batch.ts'
import { decodeSnappy, snappyLength } from './snappy.ts'
import { WriteRequestDecoder } from './write-request.ts'
import { WriteRequestV2Decoder } from './write-request-v2.ts'

export type RemoteWriteLimits = {
  /** Largest unpacked request, bytes. Default 64 MiB. */
  readonly maxDecodedBytes: number
  /** Series whose labels are remembered between requests. Default 1,000,000 (about 200 bytes each). */
  readonly maxKnownSeries: number
}

export type RemoteWriteDeps = {
  readonly store: Pick<
    MetricsStore,
    'epoch' | 'refOf' | 'labelsOf' | 'append' | 'admit' | 'flushed' | 'describe' | 'addExemplar'
  >
  readonly registry: Registry
  readonly limits?: Partial<RemoteWriteLimits>
}

export type RemoteWriteResult = {
  readonly series: number
  /** Samples taken in, `late` ones included. */
  readonly samples: number
  readonly late: number
  /** Same series and time as before: the first stays. */
  readonly duplicates: number
  readonly exemplars: number
  readonly metadata: number
  /** Native histograms that the request had among its samples. */
  readonly histograms: number
}

/** What remote write 2.0 tells its sender in headers: how much of the request is stored, duplicates among it. */
export type RemoteWriteStored = {
  readonly samples: number
  readonly histograms: number
  readonly exemplars: number
  /** Why the rest is not stored (`remote_write.partial`); absent when all is. */
  readonly problem: BinnacleError | undefined
}

export type RemoteWriteReceiver = {
  /**
   * Takes a body as remote write 1.0 sends it (protobuf in a snappy block) and resolves once the engine has it.
   * Rejects with `BinnacleError`: `remote_write.malformed` and `remote_write.too_large` (nothing was stored),
   * `remote_write.partial` (the rest was stored; kind `input` when the sender is at fault and should not repeat, `limit`
   * when the store takes no further series), kind `overload` from the store (come back later), or why it was not stored.
   */
  receive(compressedBody: Buffer, signal: AbortSignal): Promise<RemoteWriteResult>
  /** The same of remote write 2.0 (`io.prometheus.write.v2.Request`), but for `remote_write.partial`, which is in the result. */
  receiveV2(compressedBody: Buffer, signal: AbortSignal): Promise<RemoteWriteStored>
}

const DEFAULT_LIMITS: RemoteWriteLimits = { maxDecodedBytes: 64 << 20, maxKnownSeries: 1_000_000 }

/** A larger scratch buffer is given back after the request that needed it. */
const KEPT_SCRATCH_BYTES = 4 << 20
const KEPT_SAMPLES = 1 << 17

export function createRemoteWriteReceiver({ store, registry, limits }: RemoteWriteDeps): RemoteWriteReceiver {
  const { maxDecodedBytes, maxKnownSeries } = { ...DEFAULT_LIMITS, ...limits }
  const options = { maxKnownSeries, maxTextBytes: maxDecodedBytes }
  const decoderV1 = new WriteRequestDecoder(store, options)
  const decoderV2 = new WriteRequestV2Decoder(store, options)
  const taken = registry.counter('binnacle_remote_write_samples_total', 'Samples taken in by remote write.')
  const dropped = registry.counters(
    'binnacle_remote_write_samples_dropped_total',
    'Samples that remote write brought and that were not stored.',
    ['reason'],
  )
  const droppedBy = {
    duplicate: dropped.with('duplicate'),
    out_of_bounds: dropped.with('out_of_bounds'),
    invalid_labels: dropped.with('invalid_labels'),
    no_room: dropped.with('no_room'),
    invalid_histogram: dropped.with('invalid_histogram'),
  }
  const requests = registry.counters(
    'binnacle_remote_write_requests_total',
    'Remote write requests by how they ended.',
    ['outcome'],
  )
  const stored = requests.with('stored')
  const partial = requests.with('partial')
  const rejected = requests.with('rejected')

  let scratch = Buffer.allocUnsafeSlow(1 << 16)
  let out = createSampleBatch(4096)

  function decodeAndAppend(body: Buffer, decoder: WriteDecoder) {
    const length = snappyLength(body)
    if (length > maxDecodedBytes) {
      throw new BinnacleError('remote_write.too_large', `the request unpacks to ${length} bytes`, {
        kind: 'limit',
        hint: `limits.max_unpacked_write_size is ${maxDecodedBytes} bytes: send fewer samples per request, or raise it`,
      })
    }
    if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(Math.max(length, scratch.length * 2))
    decodeSnappy(body, scratch)
    const request = decoder.decode(scratch, length, out)
    store.admit(out)
    const appended = store.append(out)
    for (const { metric, metadata } of request.metadata) store.describe(metric, metadata)
    for (const exemplar of request.exemplars) store.addExemplar(exemplar)
    taken.inc(appended.accepted)
    droppedBy.duplicate.inc(appended.duplicates)
    droppedBy.out_of_bounds.inc(appended.outOfBounds)
    droppedBy.invalid_labels.inc(request.invalid)
    droppedBy.no_room.inc(request.refused)
    droppedBy.invalid_histogram.inc(request.invalidHistograms)
    return { request, appended }
  }

  /** Gives back what a large request has taken, whether it was stored or refused. */
  function shrink(): void {
    if (scratch.length > KEPT_SCRATCH_BYTES) scratch = Buffer.allocUnsafeSlow(1 << 16)
    out.histograms = undefined
    if (out.refs.length > KEPT_SAMPLES) out = createSampleBatch(4096)
  }

  // No await from the first byte to the last append: requests share the scratch and the batch.
  function take(body: Buffer, decoder: WriteDecoder) {
    try {
      return decodeAndAppend(body, decoder)
    } finally {
      shrink()
    }
  }

  async function run(body: Buffer, decoder: WriteDecoder, signal: AbortSignal) {
    try {
      signal.throwIfAborted()
      const answer = take(body, decoder)
      await store.flushed(signal)
      const problem = problemOf(answer)
      if (problem === undefined) stored.inc()
      else partial.inc()
      return { ...answer, problem }
    } catch (error) {
      rejected.inc()
      throw error
    }
  }

  return {
    async receive(compressedBody, signal) {
      const { request, appended, problem } = await run(compressedBody, decoderV1, signal)
      if (problem !== undefined) throw problem
      return {
        series: request.series,
        samples: appended.accepted,
        late: appended.late,
        duplicates: appended.duplicates,
        exemplars: request.exemplars.length,
        metadata: request.metadata.length,
        histograms: request.histograms,
      }
    },
    async receiveV2(compressedBody, signal) {
      const { request, appended, problem } = await run(compressedBody, decoderV2, signal)
      const histograms = request.histograms - appended.outOfBoundsHistograms
      return {
        samples: appended.accepted + appended.duplicates - histograms,
        histograms,
        exemplars: request.exemplars.length,
        problem,
      }
    },
  }
}

/** What of a request is not stored, while the rest is. */
function problemOf({
  request,
  appended,
}: {
  readonly request: DecodedRequest
  readonly appended: AppendResult
}): BinnacleError | undefined {
  const problems: string[] = []
  if (request.refused > 0) problems.push(`${request.refused} samples: ${request.refusal?.message}`)
  if (request.invalid > 0) problems.push(`${request.invalid} samples: ${request.invalidReason}`)
  if (request.invalidHistograms > 0) {
    problems.push(`${request.invalidHistograms} native histograms: ${request.invalidHistogramReason}`)
  }
  if (appended.outOfBounds > 0) problems.push(`${appended.outOfBounds} samples: too old or too far in the future`)
  if (problems.length === 0) return undefined
  return new BinnacleError('remote_write.partial', `not stored, while the rest was: ${problems.join('; ')}`, {
    kind: request.refused > 0 ? 'limit' : 'input',
    ...(request.refusal && { cause: request.refusal }),
    ...(request.refusal?.hint !== undefined && { hint: request.refusal.hint }),
  })
}
