import { BinnacleError } from '../../config/index.ts'
import type { WritePart } from '../parts.ts'
import { type ApiDeps, type HttpApp, type HttpContext, route } from './api.ts'
import { failureHeaders, toApiFailure } from './errors.ts'

/**
 * Remote write 1.0: 204 once the samples are stored. Errors are plain text: 4xx for what the sender must not repeat,
 * 503 with Retry-After for what it should. Source: prometheus.io, "Remote-Write 1.0 specification".
 */
export function mountWrite(app: HttpApp, deps: ApiDeps, write: WritePart): void {
  route(app, ['POST'], '/api/v1/write', async (c) => {
    try {
      checkProtocol(c)
      const bound = { maxBytes: deps.limits.maxWriteBytes, limitName: 'limits.max_write_size' }
      await deps.bodies.withBody(c.env.incoming, bound, (body) => write.receive(body, c.req.raw.signal))
      return c.body(null, 204)
    } catch (error) {
      const failure = toApiFailure(error, c.req.raw.signal)
      if (failure.bug) deps.log.error({ error, path: c.req.path }, 'request failed')
      const unsupported = failure.code === 'http.unsupported_media_type'
      // In this protocol a limit is the sender's to solve: 400, so that the batch is not sent again for ever.
      const status = unsupported ? 415 : failure.status === 422 ? 400 : failure.status
      return new Response(`${failure.message}\n`, {
        status,
        headers: { 'content-type': 'text/plain; charset=utf-8', ...failureHeaders(failure) },
      })
    }
  })
}

function checkProtocol(c: HttpContext): void {
  const type = c.req.header('content-type') ?? ''
  const encoding = c.req.header('content-encoding') ?? 'snappy'
  // A missing content type is 1.0 too; version 2 names its message in a parameter.
  const isV1 = type === '' || /^application\/x-protobuf\s*(;\s*proto=prometheus\.WriteRequest\s*)?$/i.test(type)
  if (!isV1) throw unsupported(`content type "${type.slice(0, 200)}" is not remote write 1.0 (application/x-protobuf)`)
  if (encoding !== 'snappy') throw unsupported(`content encoding "${encoding.slice(0, 200)}" is not snappy`)
}

function unsupported(message: string): BinnacleError {
  return new BinnacleError('http.unsupported_media_type', message)
}
