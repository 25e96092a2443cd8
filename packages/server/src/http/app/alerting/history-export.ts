import { formatLabels, labelValue } from '@binnacle/promql'
import type { Alerting, HistoryEvent, HistoryFilter, NotificationRecord, Page } from '../../../alerting/index.ts'
import { nextTurn } from '../../../telemetry/index.ts'
import { eventJson, notificationJson, numberText } from './to-json.ts'

export type ExportFormat = 'csv' | 'json'

const encoder = new TextEncoder()
const PAGE = 1000
/** Events in one export at most. A CSV ends with a line that says so, a JSON with `"truncated": true`. */
export const MAX_EXPORT = 500_000

/** What is exported: a CSV has a line of these columns for each item, a JSON what the API gives. */
export type ExportKind<T> = {
  readonly columns: readonly string[]
  readonly cells: (item: T) => readonly string[]
  readonly toJson: (item: T) => unknown
  readonly page: (alerting: Alerting, filter: HistoryFilter, signal: AbortSignal) => Promise<Page<T>>
}

export const EVENTS: ExportKind<HistoryEvent> = {
  columns: [
    ...[
      'time',
      'alertname',
      'severity',
      'from',
      'to',
      'reason',
      'value',
      'file',
      'group',
      'rule',
      'fingerprint',
      'labels',
    ],
    ...['kind', 'what', 'by', 'via', 'note', 'ref', 'level', 'names'],
  ],
  cells(event) {
    const { labels, atMs, fingerprint } = event
    const care = 'kind' in event ? event : undefined
    const change = 'kind' in event ? undefined : event
    return [
      new Date(atMs).toISOString(),
      labelValue(labels, 'alertname'),
      labelValue(labels, 'severity'),
      change?.from ?? '',
      change?.to ?? '',
      change?.reason ?? '',
      change?.value === undefined ? '' : numberText(change.value),
      change?.rule?.file ?? '',
      change?.rule?.group ?? '',
      change?.rule?.name ?? '',
      fingerprint,
      formatLabels(labels),
      care?.kind ?? 'state',
      care?.what ?? '',
      care?.by ?? '',
      care?.via ?? '',
      care?.note ?? '',
      care?.ref ?? '',
      care?.level === undefined ? '' : String(care.level),
      care?.names?.join(' ') ?? '',
    ]
  },
  toJson: eventJson,
  page: (alerting, filter, signal) => alerting.events(filter, signal),
}

export const NOTIFICATIONS: ExportKind<NotificationRecord> = {
  columns: [
    ...['time', 'receiver', 'integration', 'index', 'status', 'result', 'why', 'attempts', 'seconds', 'answer'],
    ...['alerts', 'alertnames', 'group', 'fingerprints'],
  ],
  cells: (one) => [
    new Date(one.atMs).toISOString(),
    one.receiver,
    one.integration,
    String(one.index),
    one.status,
    one.withheld !== undefined ? 'withheld' : `${one.delivered ? 'delivered' : 'failed'}${one.test ? ' (test)' : ''}`,
    (one.withheld ?? []).map(({ why, by, count }) => `${why} of ${count} by ${by.join(' ')}`).join('; '),
    String(one.attempts),
    String(one.durationMs / 1000),
    one.answer,
    String((one.firingCount ?? one.firing.length) + (one.resolvedCount ?? one.resolved.length)),
    (one.alertnames ?? []).join(' '),
    formatLabels(one.groupLabels),
    [...one.firing, ...one.resolved].join(' '),
  ],
  toJson: notificationJson,
  page: (alerting, filter, signal) => alerting.notifications(filter, signal),
}

/** History as bytes, page by page, newest first: it never stands in memory whole. */
export async function* exportHistory<T>(
  { columns, cells, toJson, page: read }: ExportKind<T>,
  alerting: Alerting,
  filter: Omit<HistoryFilter, 'limit' | 'cursor'>,
  { format, signal }: { readonly format: ExportFormat; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const csv = format === 'csv'
  let cursor: string | undefined
  let count = 0
  yield encoder.encode(csv ? `${columns.join(',')}\r\n` : '{"items":[')
  for (;;) {
    const page = await read(
      alerting,
      { ...filter, limit: Math.min(PAGE, MAX_EXPORT - count), ...(cursor === undefined ? {} : { cursor }) },
      signal,
    )
    const lines = csv
      ? page.items.map((one) => `${cells(one).map(csvCell).join(',')}\r\n`).join('')
      : page.items.map((one, i) => `${count + i === 0 ? '' : ','}\n${JSON.stringify(toJson(one))}`).join('')
    count += page.items.length
    if (lines !== '') yield encoder.encode(lines)
    cursor = page.next
    if (cursor === undefined || count >= MAX_EXPORT) break
    await nextTurn()
  }
  const truncated = cursor !== undefined
  if (!csv) yield encoder.encode(`\n],"truncated":${truncated}}\n`)
  else if (truncated) yield encoder.encode(`# more than ${MAX_EXPORT} events: choose a shorter range\r\n`)
}

/**
 * RFC 4180. What a spreadsheet would take for a formula gets an apostrophe before it: labels come from anywhere. Numbers stay
 * numbers.
 */
export function csvCell(text: string): string {
  const risky = /^[=+\-@\t\r]/.test(text) && !/^[+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)$/i.test(text)
  const safe = risky ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
