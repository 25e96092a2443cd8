import { BinnacleError, ConfigErrors, formatError, messageOf } from '../../config/index.ts'
import type { Registry } from '../../telemetry/index.ts'
import { textAnswer } from '../http-answer.ts'
import type { LifecyclePart } from '../parts.ts'
import { type ApiDeps, type HttpApp, route } from './api.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** `/-/healthy`, `/-/ready`, `/-/reload` and `/metrics`. Source: prometheus.io, "Management API". */
export function mountLifecycle(app: HttpApp, deps: ApiDeps, lifecycle: LifecyclePart, registry: Registry): void {
  mountManagement(app, deps, lifecycle, '')
  route(app, ['GET'], '/metrics', (request) => {
    const open = prefersOpenMetrics(request.header('accept') ?? '')
    const body = registry.render(open ? 'openmetrics' : 'text')
    return { status: 200, body, headers: { 'content-type': open ? OPENMETRICS : TEXT }, compress: true }
  })
}

/** `/-/healthy`, `/-/ready` and `/-/reload` below a prefix. */
export function mountManagement(app: HttpApp, deps: ApiDeps, lifecycle: LifecyclePart, prefix: string): void {
  route(app, ['GET'], `${prefix}/-/healthy`, () => textAnswer('Binnacle is healthy.\n'))
  route(app, ['GET'], `${prefix}/-/ready`, () => {
    const reasons = lifecycle.notReadyReasons()
    if (reasons.length === 0) return textAnswer('Binnacle is ready.\n')
    return textAnswer(`Binnacle is not ready: ${reasons.join('; ')}\n`, 503, { 'retry-after': '1' })
  })
  const reload = async () => {
    try {
      await lifecycle.reload()
      return { status: 200 }
    } catch (error) {
      deps.log.error({ error }, 'reload failed; the old configuration goes on')
      return textAnswer(`failed to reload config: ${findings(error)}\n`, 500)
    }
  }
  route(app, ['POST', 'PUT'], `${prefix}/-/reload`, reload, { sameSite: true })
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
      .toLowerCase()
      .split(';')
      .map((text) => text.trim())
    const weight = params.find((p) => p.startsWith('q='))
    const q = weight === undefined ? 1 : Number(weight.slice(2)) || 0
    if (type === 'application/openmetrics-text') {
      const version = params.find((p) => p.startsWith('version='))
      if (version === undefined || version === 'version=1.0.0' || version === 'version=0.0.1') open = Math.max(open, q)
    } else if (type === 'text/plain' || type === 'text/*' || type === '*/*') text = Math.max(text, q)
  }
  return open > 0 && open >= text
}
