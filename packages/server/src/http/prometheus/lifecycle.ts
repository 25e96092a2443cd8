import { BinnacleError, ConfigErrors, formatError, messageOf } from '../../config/index.ts'
import type { Registry } from '../../telemetry/index.ts'
import { sendPieces } from '../compress.ts'
import { sameSiteGuard } from '../guard.ts'
import type { LifecyclePart } from '../parts.ts'
import { type ApiDeps, type HttpApp, route } from './api.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** `/-/healthy`, `/-/ready`, `/-/reload` and `/metrics`. Source: prometheus.io, "Management API". */
export function mountLifecycle(app: HttpApp, deps: ApiDeps, lifecycle: LifecyclePart, registry: Registry): void {
  route(app, ['GET'], '/-/healthy', (c) => c.text('Binnacle is healthy.\n'))
  route(app, ['GET'], '/-/ready', (c) => {
    const reasons = lifecycle.notReadyReasons()
    if (reasons.length === 0) return c.text('Binnacle is ready.\n')
    return c.text(`Binnacle is not ready: ${reasons.join('; ')}\n`, 503, { 'retry-after': '1' })
  })
  app.use('/-/reload', sameSiteGuard)
  route(app, ['POST', 'PUT'], '/-/reload', async (c) => {
    try {
      await lifecycle.reload()
      return c.body(null, 200)
    } catch (error) {
      deps.log.error({ error }, 'reload failed; the old configuration goes on')
      return c.text(`failed to reload config: ${findings(error)}\n`, 500)
    }
  })
  route(app, ['GET'], '/metrics', (c) => {
    const open = prefersOpenMetrics(c.req.header('accept') ?? '')
    const body = Buffer.from(registry.render(open ? 'openmetrics' : 'text'))
    return sendPieces(c, [body], { contentType: open ? OPENMETRICS : TEXT })
  })
}

function findings(error: unknown): string {
  if (error instanceof ConfigErrors) return error.errors.map((finding) => formatError(finding)).join('\n')
  return error instanceof BinnacleError ? formatError(error) : messageOf(error)
}

/** Whether OpenMetrics 1.0 has a higher weight than the text format in an Accept header. */
export function prefersOpenMetrics(accept: string): boolean {
  let open = 0
  let text = 0
  for (const part of accept.split(',')) {
    const [type, ...params] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const weight = params.find((p) => p.startsWith('q='))
    const q = weight === undefined ? 1 : Number(weight.slice(2)) || 0
    if (type === 'application/openmetrics-text') {
      const version = params.find((p) => p.startsWith('version='))
      if (version === undefined || version === 'version=1.0.0' || version === 'version=0.0.1') open = Math.max(open, q)
    } else if (type === 'text/plain' || type === 'text/*' || type === '*/*') text = Math.max(text, q)
  }
  return open > 0 && open >= text
}
