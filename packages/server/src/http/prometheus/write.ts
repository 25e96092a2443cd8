import { BinnacleError } from '../../config/index.ts'
import type { RemoteWriteStored } from '../../metrics/intake/remote-write/index.ts'
import type { HttpAnswer } from '../http-answer.ts'
import type { HttpRequest } from '../http-request.ts'
import type { WritePart } from '../parts.ts'
import { type ApiDeps, failureText, type HttpApp, route } from './api.ts'

/**
 * Remote write 1.0 and 2.0: 204 once the samples are stored. Errors are plain text: 4xx for what the sender must not
 * repeat, 503 with Retry-After for what it should. To 2.0, headers say how much is stored, also of a request that is
 * stored in part. Source: prometheus.io, "Remote-Write 1.0 specification" and "Remote-Write 2.0 specification".
 */
export function mountWrite(app: HttpApp, deps: ApiDeps, write: WritePart): void {
  const fail = (request: HttpRequest, error: unknown) => {
    const failure = failureText(deps, request, error)
    if (error instanceof BinnacleError && error.code === 'http.unsupported_media_type')
      return { ...failure, status: 415 }
    // In this protocol a limit is the sender's to solve: 400, so that the batch is not sent again for ever.
    return failure.status === 422 ? { ...failure, status: 400 } : failure
  }
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    try {
      const isV2 = checkProtocol(request)
      const bound = { maxBytes: deps.limits.maxWriteBytes, limitName: 'limits.max_write_size' }
      if (!isV2) {
        await deps.bodies.withBody(request.incoming, bound, (body) => write.receive(body, request.signal))
        return { status: 204 }
      }
      const written = await deps.bodies.withBody(request.incoming, bound, (body) =>
        write.receiveV2(body, request.signal),
      )
      const answer = written.problem === undefined ? { status: 204 } : fail(request, written.problem)
      return { ...answer, headers: { ...answer.headers, ...writtenHeaders(written) } }
    } catch (error) {
      return fail(request, error)
    }
  }
  // A body without a content type is 1.0 too, and any page on the web can make a browser send that.
  route(app, ['POST'], '/api/v1/write', handle, { sameSite: true })
}

function writtenHeaders({ samples, histograms, exemplars }: RemoteWriteStored): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': String(samples),
    'x-prometheus-remote-write-histograms-written': String(histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  }
}

/** Whether the request is remote write 2.0, which names its message in a parameter; a missing content type is 1.0 too. */
function checkProtocol(request: HttpRequest): boolean {
  const type = request.header('content-type') ?? ''
  const encoding = request.header('content-encoding') ?? 'snappy'
  const isV1 = type === '' || /^application\/x-protobuf\s*(;\s*proto=prometheus\.WriteRequest\s*)?$/i.test(type)
  const isV2 = /^application\/x-protobuf\s*;\s*proto=io\.prometheus\.write\.v2\.Request\s*$/i.test(type)
  if (!isV1 && !isV2) {
    throw unsupported(`content type "${type.slice(0, 200)}" is not remote write (application/x-protobuf)`)
  }
  if (encoding !== 'snappy') throw unsupported(`content encoding "${encoding.slice(0, 200)}" is not snappy`)
  return isV2
}

function unsupported(message: string): BinnacleError {
  return new BinnacleError('http.unsupported_media_type', message)
}
