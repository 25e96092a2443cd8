import { createHash, timingSafeEqual } from 'node:crypto'
import { BinnacleError } from '../../config/index.ts'
import type { HttpAnswer } from '../http-answer.ts'
import type { HttpRequest } from '../http-request.ts'
import type { AlertIntakePart } from '../parts.ts'
import { type ApiDeps, failureHeaders, toApiFailure } from '../prometheus/index.ts'
import { type HttpApp, route } from '../router.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

/** `POST /api/alerts/sns`, `/api/alerts/grafana` and `/api/alerts/alertmanager`. */
export function mountAlertIntake(app: HttpApp, deps: ApiDeps, intake: AlertIntakePart): void {
  const bound = { maxBytes: deps.limits.maxFormBytes, limitName: 'limits.max_form_size' }
  const take = (path: string, receive: (body: string, signal: AbortSignal) => Promise<unknown>) =>
    route(
      app,
      ['POST'],
      path,
      async (request): Promise<HttpAnswer> => {
        try {
          checkToken(request, intake)
          const outcome = await deps.bodies.withBody(request.incoming, bound, (body) =>
            receive(body.toString('utf8'), request.signal),
          )
          return { status: 200, body: JSON.stringify(outcome), headers: JSON_HEADERS }
        } catch (error) {
          const failure = toApiFailure(error, request.signal)
          if (failure.bug) deps.log.error({ error, path: request.path }, 'request failed')
          else deps.log.warn({ path: request.path, problem: failure.message }, 'alerts of another sender were refused')
          const { code, message, hint } = failure
          const headers = { ...JSON_HEADERS, ...failureHeaders(failure) }
          return { status: failure.status, body: JSON.stringify({ error: { code, message, hint } }), headers }
        }
      },
      { sameSite: true },
    )
  take('/api/alerts/sns', (body, signal) => intake.sns(body, signal))
  take('/api/alerts/grafana', (body) => intake.webhook('grafana', body))
  take('/api/alerts/alertmanager', (body) => intake.webhook('alertmanager', body))
}

/** As bearer token, as password (SNS puts it into its address: `https://any:TOKEN@host/`), or as parameter `token`. */
function checkToken(request: HttpRequest, { token }: AlertIntakePart): void {
  if (token === undefined) return
  const [scheme = '', credentials = ''] = (request.header('authorization') ?? '').split(' ')
  const given =
    scheme.toLowerCase() === 'bearer'
      ? credentials
      : scheme.toLowerCase() === 'basic'
        ? Buffer.from(credentials, 'base64')
            .toString('utf8')
            .replace(/^[^:]*:/, '')
        : (request.search.get('token') ?? '')
  if (timingSafeEqual(digest(given), digest(token.reveal()))) return
  throw new BinnacleError('alert_intake.bad_token', 'the token is missing or wrong', {
    kind: 'forbidden',
    hint: 'send alert_intake.token as "Authorization: Bearer ...", as password, or as parameter "token"',
  })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
