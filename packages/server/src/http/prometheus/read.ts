import { BinnacleError } from '../../config/index.ts'
import { createQueryGate, type SeriesRead, type SeriesReader } from '../../metrics/query/index.ts'
import type { HttpRequest } from '../http-request.ts'
import type { ReadLimits } from '../parts.ts'
import { type ApiDeps, failureText, type HttpApp, route } from './api.ts'
import {
  chunkFrames,
  decodeReadRequest,
  labelFrames,
  packSnappy,
  type ReadQuery,
  ReadResponse,
} from './remote-read/index.ts'
import { started } from './started.ts'

const CHUNKS = 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse'

/**
 * Remote read: the samples that a Prometheus asks for, as one message or streamed as chunks. Errors are plain text.
 * Source: prometheus.io, "Remote read API"; prometheus storage/remote, read_handler.go.
 */
export function mountRead(
  app: HttpApp,
  deps: ApiDeps,
  { series, limits }: { series: SeriesReader; limits: ReadLimits },
): void {
  const gate = createQueryGate(
    limits.maxConcurrent,
    (waiting) =>
      new BinnacleError('remote_read.max_concurrent', `${waiting} remote reads are waiting already`, {
        kind: 'overload',
        retryAfterMs: 2_000,
        hint: `remote_read.max_concurrent is ${limits.maxConcurrent}: try again later, or raise it`,
      }),
  )

  const samplesOf = (query: ReadQuery, signal: AbortSignal) => series.read(selectionOf(query), signal)

  async function* chunks(queries: readonly ReadQuery[], signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    for (const [queryIndex, query] of queries.entries()) {
      if (query.labelsOnly) yield labelFrames(await series.labelSets(selectionOf(query), signal), queryIndex)
      else yield* chunkFrames(samplesOf(query, signal), { queryIndex, maxFrameBytes: limits.maxFrameBytes })
    }
  }

  async function* samples(queries: readonly ReadQuery[], signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const response = new ReadResponse(limits.maxSamples)
    for (const query of queries) {
      if (query.labelsOnly) response.addLabels(await series.labelSets(selectionOf(query), signal))
      else await response.add(samplesOf(query, signal))
    }
    yield* packSnappy(response.finish())
  }

  /** The turn of a read ends with its answer, or when its client goes away. */
  async function* inTurn(
    pieces: AsyncGenerator<Buffer, void, undefined>,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void, undefined> {
    await gate.enter(signal)
    let left = false
    const leave = () => {
      if (!left) gate.leave()
      left = true
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      yield* pieces
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
    }
  }

  async function answer(request: HttpRequest) {
    const bound = { maxBytes: deps.limits.maxFormBytes, limitName: 'limits.max_form_size' }
    const { queries, responseType } = await deps.bodies.withBody(request.incoming, bound, async (body) =>
      decodeReadRequest(body),
    )
    const { signal } = request
    if (responseType === 'chunks') {
      return {
        status: 200,
        body: await started(inTurn(chunks(queries, signal), signal)),
        headers: { 'content-type': CHUNKS },
      }
    }
    return {
      status: 200,
      body: await started(inTurn(samples(queries, signal), signal)),
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    }
  }

  route(app, ['POST'], '/api/v1/read', async (request) => {
    try {
      return await answer(request)
    } catch (error) {
      const failure = failureText(deps, request, error)
      // What is asked is too much: in this protocol that is the asker's mistake.
      return failure.status === 422 ? { ...failure, status: 400 } : failure
    }
  })
}

/** Matchers that are none select nothing, as in Prometheus. */
function selectionOf({ matchers, fromMs, toMs }: ReadQuery): SeriesRead {
  return { matcherSets: matchers.length === 0 ? [] : [matchers], fromMs, toMs, order: 'labels' }
}
