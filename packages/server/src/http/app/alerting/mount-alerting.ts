import type { HttpRequest } from '../../http-request.ts'
import type { HttpParts } from '../../parts.ts'
import type { ApiDeps } from '../../prometheus/index.ts'
import { type Handler, type HttpApp, route } from '../../router.ts'
import { acknowledgeAlerts, listAlerts, showAlert, summarizeAlerts, unacknowledgeAlerts } from './alerts.ts'
import { exportEvents, exportNotifications, listEvents, listNotifications } from './history.ts'
import { explainRouting, renderMessages, showRouting, testReceiver } from './routing.ts'
import { listRules, showRule, testRule } from './rules.ts'
import { expireSilence, extendSilence, listSilences, previewSilence, saveSilence, showSilence } from './silences.ts'
import { createAlertingView } from './snapshot.ts'

/** Makes a handler of what answers with plain JSON. */
export type ToHandler = (handle: (request: HttpRequest) => unknown) => Handler
/** Makes a handler of what answers by itself, but may throw. */
export type Guarded = (handle: Handler) => Handler

export function mountAlerting(
  app: HttpApp,
  deps: ApiDeps,
  parts: Pick<HttpParts, 'alerting' | 'rules' | 'checks' | 'heartbeat'>,
  { json, guarded }: { json: ToHandler; guarded: Guarded },
): void {
  const { rules, checks, heartbeat } = parts
  const { clock } = deps
  const view = createAlertingView(clock, parts)
  const get = (path: string, handle: (request: HttpRequest) => unknown) =>
    route(app, ['GET'], `/api/app${path}`, json(handle))
  const post = (path: string, handle: (request: HttpRequest) => unknown) =>
    route(app, ['POST'], `/api/app${path}`, json(handle), { sameSite: true })

  get('/alerts', (request) => listAlerts(view, request))
  get('/alerts/summary', () => summarizeAlerts(view, { heartbeat: heartbeat(), failingRules: failing() }))
  get('/alerts/history', (request) => listEvents(view, request, clock.now()))
  get('/alerts/notifications', (request) => listNotifications(view, request, clock.now()))
  const file = (path: string, handle: typeof exportEvents) =>
    route(
      app,
      ['GET'],
      `/api/app${path}`,
      guarded((request) => handle(view, request, clock.now())),
    )
  file('/alerts/history/export', exportEvents)
  file('/alerts/notifications/export', exportNotifications)
  post('/alerts/acknowledge', (request) => acknowledgeAlerts(view, deps, request))
  post('/alerts/unacknowledge', (request) => unacknowledgeAlerts(view, deps, request))
  get('/alerts/:fingerprint', (request) => showAlert(view, request, clock.now()))

  get('/rules', () => listRules(view, rules))
  get('/rules/:rule', (request) => showRule(view, request, checks))
  post('/rules/:rule/test', (request) => testRule(view, request, checks))

  get('/silences', (request) => listSilences(view, request))
  post('/silences', (request) => saveSilence(view, deps, request))
  post('/silences/preview', (request) => previewSilence(view, deps, request))
  get('/silences/:id', (request) => showSilence(view, request))
  post('/silences/:id/extend', (request) => extendSilence(view, deps, request))
  post('/silences/:id/expire', (request) => expireSilence(view, request))

  get('/routing', () => showRouting(view, checks))
  post('/routing/explain', (request) => explainRouting(view, deps, request))
  post('/routing/messages', (request) => renderMessages(view, deps, request))
  post('/receivers/:name/test', (request) => testReceiver(view, deps, request))

  function failing(): number {
    let count = 0
    for (const group of rules?.groups() ?? []) for (const rule of group.rules) if (rule.health === 'err') count++
    return count
  }
}
