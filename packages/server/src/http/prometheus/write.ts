import { BinnacleError } from '../../config/index.ts'
import type { HttpRequest } from '../http-request.ts'
import type { WritePart } from '../parts.ts'
import { type ApiDeps, failureText, type HttpApp, route } from './api.ts'

/**
 * Remote write 1.0: 204 once the samples are stored. Errors are plain text: 4xx for what the sender must not repeat,
 * 503 with Retry-After for what it should. Source: prometheus.io, "Remote-Write 1.0 specification".
 */
export function mountWrite(app: HttpApp, deps: ApiDeps, write: WritePart): void {
  route(app, ['POST'], '/api/v1/write', async (request) => {
    try {
      checkProtocol(request)
      const bound = { maxBytes: deps.limits.maxWriteBytes, limitName: 'limits.max_write_size' }
      await deps.bodies.withBody(request.incoming, bound, (body) => write.receive(body, request.signal))
      return { status: 204 }
    } catch (error) {
      const failure = failureText(deps, request, error)
      if (error instanceof BinnacleError && error.code === 'http.unsupported_media_type')
        return { ...failure, status: 415 }
      // In this protocol a limit is the sender's to solve: 400, so that the batch is not sent again for ever.
      return failure.status === 422 ? { ...failure, status: 400 } : failure
    }
  })
}

function checkProtocol(request: HttpRequest): void {
  const type = request.header('content-type') ?? ''
  const encoding = request.header('content-encoding') ?? 'snappy'
  // A missing content type is 1.0 too; version 2 names its message in a parameter.
  const isV1 = type === '' || /^application\/x-protobuf\s*(;\s*proto=prometheus\.WriteRequest\s*)?$/i.test(type)
  if (!isV1) throw unsupported(`content type "${type.slice(0, 200)}" is not remote write 1.0 (application/x-protobuf)`)
  if (encoding !== 'snappy') throw unsupported(`content encoding "${encoding.slice(0, 200)}" is not snappy`)
}

function unsupported(message: string): BinnacleError {
  return new BinnacleError('http.unsupported_media_type', message)
}
