import type { HistoryFilter } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import type { HttpAnswer } from '../../http-answer.ts'
import type { HttpRequest } from '../../http-request.ts'
import { collect } from './collect.ts'
import { EVENTS, type ExportKind, exportHistory, NOTIFICATIONS } from './history-export.ts'
import { countOf, filterOf, timeOf, wordOf } from './read-request.ts'
import type { AlertingView } from './snapshot.ts'
import { eventJson, notificationJson } from './to-json.ts'

const STATUSES = ['firing', 'resolved'] as const
const RESULTS = ['delivered', 'failed', 'withheld'] as const
const STATES = ['inactive', 'pending', 'firing', 'nodata'] as const
const DAY_MS = 86_400_000
const MAX_PAGE = 500
const KINDS = ['state', 'acknowledgement', 'silence', 'inhibition', 'escalation'] as const

/** `start`, `end` (Unix seconds), `filter`, `from`, `to`, `reason`, `rule`, `fingerprint`, `receiver`, `kind` (repeated). */
function filterOfHistory(request: HttpRequest, nowMs: number): Omit<HistoryFilter, 'limit' | 'cursor'> {
  const toMs = timeOf(request, 'end', nowMs)
  const text = (name: 'reason' | 'rule' | 'fingerprint' | 'receiver') => {
    const value = request.search.get(name) ?? ''
    return value === '' ? {} : { [name]: value }
  }
  const from = wordOf(request, 'from', STATES)
  const to = wordOf(request, 'to', STATES)
  const kinds = kindsOf(request)
  const matchers = filterOf(request)
  return {
    fromMs: timeOf(request, 'start', toMs - DAY_MS),
    toMs,
    ...(matchers.length === 0 ? {} : { matchers }),
    ...(kinds.length === 0 ? {} : { kinds }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...text('reason'),
    ...text('rule'),
    ...text('fingerprint'),
    ...text('receiver'),
  }
}

function kindsOf(request: HttpRequest): readonly (typeof KINDS)[number][] {
  const given = request.search.getAll('kind').filter((one) => one !== '')
  return given.map((kind) => {
    const known = KINDS.find((one) => one === kind)
    if (known !== undefined) return known
    throw new BinnacleError('http.bad_parameter', `invalid parameter "kind": one of ${KINDS.join(', ')} is expected`)
  })
}

function pageOf(request: HttpRequest): Pick<HistoryFilter, 'limit' | 'cursor'> {
  const cursor = request.search.get('cursor') ?? ''
  const limit = countOf(request, 'limit', { otherwise: 200, max: MAX_PAGE })
  return { limit, ...(cursor === '' ? {} : { cursor }) }
}

/** `GET /alerts/history`: changes of state and what was done about alerts, newest first. */
export async function listEvents(view: AlertingView, request: HttpRequest, nowMs: number): Promise<unknown> {
  const filter = { ...filterOfHistory(request, nowMs), ...pageOf(request) }
  const part = view.part()
  const { items, next } = await collect((one) => part.events(one, request.signal), filter)
  return { items: items.map(eventJson), next }
}

/** `GET /alerts/notifications`: what was sent to whom, newest first. */
export async function listNotifications(view: AlertingView, request: HttpRequest, nowMs: number): Promise<unknown> {
  const filter = { ...filterOfNotifications(request, nowMs), ...pageOf(request) }
  const part = view.part()
  const { items, next } = await collect((one) => part.notifications(one, request.signal), filter)
  return { items: items.map(notificationJson), next }
}

const filterOfNotifications = (request: HttpRequest, nowMs: number) => {
  const status = wordOf(request, 'status', STATUSES)
  const result = wordOf(request, 'result', RESULTS)
  return {
    ...filterOfHistory(request, nowMs),
    ...(status === undefined ? {} : { to: status }),
    ...(result === undefined ? {} : { result }),
  }
}

/** `GET /alerts/history/export?format=csv|json`: all of it, as a file. */
export const exportEvents = (view: AlertingView, request: HttpRequest, nowMs: number): HttpAnswer =>
  exportAll(view, request, { kind: EVENTS, filter: filterOfHistory(request, nowMs), name: 'alert-history' })

/** `GET /alerts/notifications/export?format=csv|json`. */
export const exportNotifications = (view: AlertingView, request: HttpRequest, nowMs: number): HttpAnswer =>
  exportAll(view, request, {
    kind: NOTIFICATIONS,
    filter: filterOfNotifications(request, nowMs),
    name: 'notifications',
  })

function exportAll<T>(
  view: AlertingView,
  request: HttpRequest,
  { kind, filter, name }: { kind: ExportKind<T>; filter: Omit<HistoryFilter, 'limit' | 'cursor'>; name: string },
): HttpAnswer {
  const format = wordOf(request, 'format', ['csv', 'json'] as const) ?? 'json'
  const day = new Date(filter.toMs).toISOString().slice(0, 10)
  return {
    status: 200,
    body: exportHistory(kind, view.part(), filter, { format, signal: request.signal }),
    headers: {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
      'content-disposition': `attachment; filename="${name}-${day}.${format}"`,
      'cache-control': 'no-store',
    },
    compress: true,
  }
}
