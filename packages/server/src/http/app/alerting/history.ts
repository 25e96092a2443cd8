import type { HistoryFilter } from '../../../alerting/index.ts'
import type { HttpAnswer } from '../../http-answer.ts'
import type { HttpRequest } from '../../http-request.ts'
import { collect } from './collect.ts'
import { exportHistory } from './history-export.ts'
import { countOf, filterOf, timeOf, wordOf } from './read-request.ts'
import type { AlertingView } from './snapshot.ts'
import { notificationJson, transitionJson } from './to-json.ts'

const STATES = ['inactive', 'pending', 'firing', 'nodata'] as const
const DAY_MS = 86_400_000
const MAX_PAGE = 500
const MAX_EVENTS_OF_RULE = 1000

/** `start`, `end` (Unix seconds), `filter`, `from`, `to`, `reason`, `rule`, `fingerprint`, `receiver`. */
function filterOfHistory(request: HttpRequest, nowMs: number): Omit<HistoryFilter, 'limit' | 'cursor'> {
  const toMs = timeOf(request, 'end', nowMs)
  const text = (name: 'reason' | 'rule' | 'fingerprint' | 'receiver') => {
    const value = request.search.get(name) ?? ''
    return value === '' ? {} : { [name]: value }
  }
  const from = wordOf(request, 'from', STATES)
  const to = wordOf(request, 'to', STATES)
  const matchers = filterOf(request)
  return {
    fromMs: timeOf(request, 'start', toMs - DAY_MS),
    toMs,
    ...(matchers.length === 0 ? {} : { matchers }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...text('reason'),
    ...text('rule'),
    ...text('fingerprint'),
    ...text('receiver'),
  }
}

function pageOf(request: HttpRequest): Pick<HistoryFilter, 'limit' | 'cursor'> {
  const cursor = request.search.get('cursor') ?? ''
  const limit = countOf(request, 'limit', { otherwise: 200, max: MAX_PAGE })
  return { limit, ...(cursor === '' ? {} : { cursor }) }
}

/** `GET /alerts/history`: changes of state, newest first. */
export async function listTransitions(view: AlertingView, request: HttpRequest, nowMs: number): Promise<unknown> {
  const filter = { ...filterOfHistory(request, nowMs), ...pageOf(request) }
  const part = view.part()
  const { items, next } = await collect((one) => part.transitions(one, request.signal), filter)
  return { items: items.map(transitionJson), next }
}

/** `GET /alerts/notifications`: what was sent to whom, newest first. */
export async function listNotifications(view: AlertingView, request: HttpRequest, nowMs: number): Promise<unknown> {
  const asked = filterOfHistory(request, nowMs)
  const fingerprints = asked.rule === undefined ? undefined : await alertsOfRule(view, asked, request.signal)
  const filter = { ...asked, ...pageOf(request), ...(fingerprints === undefined ? {} : { fingerprints }) }
  const part = view.part()
  const { items, next } = await collect((one) => part.notifications(one, request.signal), filter)
  return { items: items.map(notificationJson), next }
}

/** A notification does not know its rule: the alerts of the rule in that time, the newest at least, tell which are its. */
async function alertsOfRule(
  view: AlertingView,
  filter: Omit<HistoryFilter, 'limit' | 'cursor'>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const part = view.part()
  const { items } = await collect((one) => part.transitions(one, signal), { ...filter, limit: MAX_EVENTS_OF_RULE })
  return new Set(items.map(({ fingerprint }) => fingerprint))
}

/** `GET /alerts/history/export?format=csv|json`: all of it, as a file. */
export function exportTransitions(view: AlertingView, request: HttpRequest, nowMs: number): HttpAnswer {
  const format = wordOf(request, 'format', ['csv', 'json'] as const) ?? 'json'
  const filter = filterOfHistory(request, nowMs)
  const day = new Date(filter.toMs).toISOString().slice(0, 10)
  return {
    status: 200,
    body: exportHistory(view.part(), filter, { format, signal: request.signal }),
    headers: {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
      'content-disposition': `attachment; filename="alert-history-${day}.${format}"`,
      'cache-control': 'no-store',
    },
    compress: true,
  }
}
