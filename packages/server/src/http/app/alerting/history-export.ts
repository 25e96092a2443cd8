import { formatLabels, labelValue } from '@binnacle/promql'
import type { Alerting, HistoryFilter, Transition } from '../../../alerting/index.ts'
import { nextTurn } from '../../../telemetry/index.ts'
import { numberText, transitionJson } from './to-json.ts'

export type ExportFormat = 'csv' | 'json'

const encoder = new TextEncoder()
const PAGE = 1000
/** Events in one export at most. A CSV ends with a line that says so, a JSON with `"truncated": true`. */
export const MAX_EXPORT = 500_000

const COLUMNS = [
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
]

/** History as bytes, page by page, newest first: it never stands in memory whole. */
export async function* exportHistory(
  alerting: Alerting,
  filter: Omit<HistoryFilter, 'limit' | 'cursor'>,
  { format, signal }: { readonly format: ExportFormat; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const csv = format === 'csv'
  let cursor: string | undefined
  let count = 0
  yield encoder.encode(csv ? `${COLUMNS.join(',')}\r\n` : '{"items":[')
  for (;;) {
    const page = await alerting.transitions(
      { ...filter, limit: Math.min(PAGE, MAX_EXPORT - count), ...(cursor === undefined ? {} : { cursor }) },
      signal,
    )
    const lines = csv
      ? page.items.map((t) => `${csvLine(t)}\r\n`).join('')
      : page.items.map((t, i) => `${count + i === 0 ? '' : ','}\n${JSON.stringify(transitionJson(t))}`).join('')
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

function csvLine(t: Transition): string {
  const cells = [
    new Date(t.atMs).toISOString(),
    labelValue(t.labels, 'alertname'),
    labelValue(t.labels, 'severity'),
    t.from,
    t.to,
    t.reason ?? '',
    t.value === undefined ? '' : numberText(t.value),
    t.rule?.file ?? '',
    t.rule?.group ?? '',
    t.rule?.name ?? '',
    t.fingerprint,
    formatLabels(t.labels),
  ]
  return cells.map(csvCell).join(',')
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
