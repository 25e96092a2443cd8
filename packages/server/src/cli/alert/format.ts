import { formatLabels, labelsOf } from '@binnacle/promql'
import type { Delivery, RenderedMessage } from '../../alerting/index.ts'
import { formatTable, formatTime } from '../table.ts'

type Texts = Readonly<Record<string, string>>
export type AlertItem = {
  fingerprint: string
  labels: Texts
  standing: string
  startsAtMs: number
  value?: string
  receivers: readonly string[]
}
export type EventItem = { atMs: number; labels: Texts } & (
  | { kind: 'state'; from: string; to: string; reason?: string; value?: string }
  | {
      kind: 'acknowledgement' | 'silence' | 'inhibition' | 'escalation'
      what: string
      by?: string
      via?: string
      note?: string
      ref?: string
      level?: number
      names?: readonly string[]
    }
)
export type NotificationItem = {
  atMs: number
  receiver: string
  integration: string
  index: number
  groupLabels: Texts
  status: string
  delivered: boolean
  attempts: number
  answer: string
  test: boolean
  withheld?: readonly { why: string; by: readonly string[]; count: number }[]
}
/** What one receiver would be told; `error` when a template fails. */
export type MessageView = {
  readonly receiver: string
  readonly messages: readonly (RenderedMessage & { readonly kind: string; readonly index: number })[]
  readonly error?: string
}

export function formatAlerts(items: readonly AlertItem[], total: number): string {
  if (items.length === 0) return 'no alerts'
  const rows = items.map(({ fingerprint, standing, startsAtMs, labels, value, receivers }) => [
    fingerprint,
    standing,
    formatTime(startsAtMs),
    value ?? '-',
    receivers.join(', ') || '-',
    labelsText(labels),
  ])
  const rest = total > items.length ? `\n${total - items.length} more` : ''
  return `${formatTable([['FINGERPRINT', 'STATE', 'SINCE (UTC)', 'VALUE', 'RECEIVERS', 'LABELS'], ...rows], [3])}${rest}`
}

export function formatEvents(items: readonly EventItem[]): string {
  if (items.length === 0) return 'nothing happened'
  const rows = items.map((one) => [formatTime(one.atMs), ...whatOf(one), labelsText(one.labels)])
  return formatTable([['AT (UTC)', 'CHANGE', 'REASON', 'VALUE', 'LABELS'], ...rows], [3])
}

function whatOf(one: EventItem): [change: string, reason: string, value: string] {
  if (one.kind === 'state') return [`${one.from} -> ${one.to}`, one.reason ?? '-', one.value ?? '-']
  const { kind, what, by, via, note, ref, level, names } = one
  const who = by === undefined ? '' : `by ${by}`
  const facts = {
    acknowledgement: [who, via === undefined ? '' : `(${via})`, note ?? ''],
    silence: [who, note ?? '', ref ?? ''],
    inhibition: [who, ref ?? ''],
    escalation: [
      ref ?? '',
      level === undefined ? '' : `level ${level}: ${names?.join(', ') ?? ''}${what === 'ended' ? ' not told' : ''}`,
      by === undefined ? '' : `acknowledged by ${by}`,
    ],
  }[kind]
  return [`${kind} ${what}`, facts.filter((fact) => fact !== '').join(' ') || '-', '-']
}

export function formatNotifications(items: readonly NotificationItem[]): string {
  if (items.length === 0) return 'nothing was sent'
  const rows = items.map((item) => [
    formatTime(item.atMs),
    item.receiver,
    item.withheld === undefined ? `${item.integration} #${item.index}` : '-',
    `${item.status}${item.test ? ' (test)' : ''}`,
    item.withheld !== undefined ? 'withheld' : item.delivered ? 'delivered' : 'failed',
    String(item.attempts),
    labelsText(item.groupLabels),
    item.withheld?.map(({ why, by }) => `${why}: ${by.join(' ')}`).join('; ') ?? item.answer,
  ])
  const head = ['AT (UTC)', 'RECEIVER', 'BY', 'STATUS', 'RESULT', 'ATTEMPTS', 'GROUP', 'ANSWER']
  return formatTable([head, ...rows], [5])
}

export function formatDeliveries(
  deliveries: readonly (Delivery & { readonly kind: string; readonly index: number })[],
): string {
  if (deliveries.length === 0) return 'the receiver tells nobody: it has no integrations'
  const rows = deliveries.map(({ kind, index, ok, status, answer }) => [
    `${kind} #${index}`,
    ok ? 'delivered' : 'failed',
    status === undefined ? '-' : String(status),
    answer || '-',
  ])
  return formatTable([['BY', 'RESULT', 'STATUS', 'ANSWER'], ...rows])
}

/** Title and text of each message, and the request where it was asked for. */
export function formatMessages(views: readonly MessageView[], withRequest: boolean): string {
  return views
    .map(({ receiver, messages, error }) => {
      if (error !== undefined) return `${receiver}: ${error}`
      if (messages.length === 0) return `${receiver}: tells nobody, it has no integrations`
      return messages
        .map(({ kind, index, title, text, request }) => {
          const parts = [
            `${receiver}: ${kind} #${index}`,
            indented(title),
            ...(text === '' ? [] : ['', indented(text)]),
          ]
          if (withRequest) parts.push('', indented(JSON.stringify(request, null, 2)))
          return parts.join('\n')
        })
        .join('\n\n')
    })
    .join('\n\n')
}

const indented = (text: string) => text.trimEnd().replace(/^(?=.)/gm, '  ')
const labelsText = (labels: Texts) => formatLabels(labelsOf(labels))
