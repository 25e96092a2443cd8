import { BinnacleError, messageOf } from '../../config/index.ts'
import { sendPieces } from '../compress.ts'
import { sameSiteGuard } from '../guard.ts'
import type { RawScrape, SelfReport, TargetsPart } from '../parts.ts'
import {
  type ApiDeps,
  failureHeaders,
  type HttpApp,
  type HttpContext,
  route,
  toApiFailure,
} from '../prometheus/index.ts'

export function mountAppApi(
  app: HttpApp,
  deps: ApiDeps,
  parts: { self: () => SelfReport; targets: TargetsPart },
): void {
  const json = (handle: (c: HttpContext) => unknown) => async (c: HttpContext) => {
    try {
      const body = Buffer.from(JSON.stringify(await handle(c)))
      return await sendPieces(c, [body], { contentType: 'application/json', headers: { 'cache-control': 'no-store' } })
    } catch (error) {
      const failure = toApiFailure(error, c.req.raw.signal)
      if (failure.bug) deps.log.error({ error, path: c.req.path }, 'request failed')
      const place = error instanceof BinnacleError ? error.place : undefined
      const body = { error: { code: failure.code, message: failure.message, hint: failure.hint, place } }
      return new Response(JSON.stringify(body), {
        status: failure.status,
        headers: { 'content-type': 'application/json', ...failureHeaders(failure) },
      })
    }
  }
  app.use('/api/app/*', async (c, next) => (c.req.method === 'GET' ? next() : sameSiteGuard(c, next)))
  route(
    app,
    ['GET'],
    '/api/app/self',
    json(() => parts.self()),
  )
  route(
    app,
    ['POST'],
    '/api/app/targets/:id/scrape',
    json((c) => scrapeNow(parts.targets, c.req.param('id') ?? '', c.req.raw.signal)),
  )
  app.all('/api/app/*', (c) => c.json({ error: { code: 'http.unknown_path', message: 'no such API' } }, 404))
}

/** A target that does not answer is what the reader wants to see, not a failure of this request. */
async function scrapeNow(targets: TargetsPart, id: string, signal: AbortSignal): Promise<RawScrape> {
  try {
    return await targets.scrapeNow(id, signal)
  } catch (error) {
    if (signal.aborted || (error instanceof BinnacleError && error.kind === 'missing')) throw error
    return { status: 0, durationMs: 0, contentType: '', body: '', truncated: false, error: messageOf(error) }
  }
}
