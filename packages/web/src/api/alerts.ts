import { queryOptions } from '@tanstack/react-query'
import { callApp, type Params, sendApp, toQueryString } from './client.ts'
import type { CareEvent, NotificationRecord, Transition } from './history.ts'
import type { LabelMap } from './query.ts'
import type { RuleRef, RuleSummary } from './rules.ts'
import type { Silence } from './silence.ts'

/** What an alert is to whoever looks: `firing` calls for somebody, the others are seen to, quiet, or not there yet. */
export const STANDINGS = ['firing', 'nodata', 'acknowledged', 'pending', 'silenced', 'inhibited', 'muted'] as const
export type Standing = (typeof STANDINGS)[number]

/** Times are Unix ms. `value` is text as Prometheus writes numbers; absent for alerts from outside. */
export type AlertItem = {
  readonly fingerprint: string
  readonly labels: LabelMap
  readonly annotations: LabelMap
  readonly standing: Standing
  readonly severity: string
  readonly startsAtMs: number
  readonly value?: string
  readonly generatorUrl: string
  readonly receivers: readonly string[]
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly string[]
  readonly mutedBy: readonly string[]
  readonly acknowledged?: { readonly by: string; readonly atMs: number; readonly comment: string }
  /** Id of its rule. */
  readonly rule?: string
}

export type AlertGroup = {
  readonly labels: LabelMap
  readonly from: number
  readonly count: number
  readonly firing: number
}

/** A page of the list. `total` counts what the filter and the state let pass, `counts` what the filter alone does. */
export type AlertList = {
  readonly total: number
  readonly counts: Readonly<Record<Standing, number>>
  /** In the order of the list; one group without labels where nothing is grouped. Bounded: `groupsCut` tells. */
  readonly groups: readonly AlertGroup[]
  readonly groupsCut: boolean
  /** Labels that alerts have, the most common first, with how many values each has. */
  readonly labelNames: readonly { readonly name: string; readonly values: number }[]
  readonly offset: number
  readonly items: readonly AlertItem[]
  readonly rules: Readonly<Record<string, RuleRef>>
  /** Names of alerts that inhibit these, by fingerprint. */
  readonly names: Readonly<Record<string, string>>
  /** Silences that mute these, by id. */
  readonly silences: Readonly<Record<string, { readonly createdBy: string; readonly comment: string }>>
}

export type AlertSummary = {
  readonly counts: Readonly<Record<Standing, number>>
  /** Alerts that call for somebody: those that fire, but for severity `none`, by which a watchdog always does. */
  readonly calling: number
  /** Of these, worst first. */
  readonly severities: readonly { readonly severity: string; readonly count: number; readonly oldestMs: number }[]
  readonly items: readonly AlertItem[]
  readonly rules: Readonly<Record<string, RuleRef>>
  /** Silences that end within 15 minutes while something that they mute goes on. */
  readonly endingSilences: readonly Silence[]
  /** Whether somebody outside notices when Binnacle itself is gone. */
  readonly heartbeat: { readonly configured: boolean; readonly lastOkMs?: number; readonly error?: string }
  readonly failingRules: number
  readonly failingReceivers: number
}

/** A chain of levels that its alerts climb while nobody acknowledges them. */
export type EscalationChain = {
  readonly id: string
  readonly policy: string
  readonly state: 'climbing' | 'acknowledged' | 'paused'
  readonly levels: readonly {
    readonly names: readonly string[]
    readonly dueAtMs: number
    readonly toldAtMs?: number
  }[]
  /** Alerts in it. */
  readonly alerts: number
}

export type AlertDetail = {
  /** Absent once it has ended. */
  readonly alert?: AlertItem
  /** Newest first; at most 50. */
  readonly transitions: readonly Transition[]
  /** What was done about it, newest first. */
  readonly care?: readonly CareEvent[]
  readonly notifications: readonly NotificationRecord[]
  readonly silences: readonly Silence[]
  readonly inhibitors: readonly AlertItem[]
  readonly escalations?: readonly EscalationChain[]
  readonly rule?: RuleSummary
}

export type AlertsRequest = {
  readonly filter: string
  /** Only alerts that lead to it; empty: all. */
  readonly receiver: string
  readonly group: readonly string[]
  readonly state: string
}

export const PAGE_ROWS = 200

const paramsOf = ({ filter, receiver, group, state }: AlertsRequest): Params => ({
  filter: filter === '' ? undefined : filter,
  receiver: receiver === '' ? undefined : receiver,
  group: group.length === 0 ? undefined : group,
  state: state === '' ? undefined : state,
})

export const alerts = {
  all: ['alerts'] as const,
  page: (request: AlertsRequest, offset: number) =>
    queryOptions({
      queryKey: [...alerts.all, 'page', request, offset] as const,
      queryFn: ({ signal }) =>
        callApp<AlertList>(`/api/app/alerts?${toQueryString({ ...paramsOf(request), offset, limit: PAGE_ROWS })}`, {
          signal,
        }),
    }),
  summary: () =>
    queryOptions({
      queryKey: [...alerts.all, 'summary'] as const,
      queryFn: ({ signal }) => callApp<AlertSummary>('/api/app/alerts/summary', { signal }),
      retry: false,
    }),
  one: (fingerprint: string) =>
    queryOptions({
      queryKey: [...alerts.all, 'one', fingerprint] as const,
      queryFn: ({ signal }) => callApp<AlertDetail>(`/api/app/alerts/${encodeURIComponent(fingerprint)}`, { signal }),
      retry: false,
    }),
}

export type AcknowledgeInput = {
  readonly fingerprints: readonly string[]
  readonly by: string
  readonly comment: string
  readonly via: Via
}

/** On a page of ours, or where the link of a message led. */
type Via = 'page' | 'link'

export const acknowledge = (input: AcknowledgeInput) =>
  sendApp<{ acknowledged: number }>('POST', '/api/app/alerts/acknowledge', input)

export const unacknowledge = (fingerprints: readonly string[], { by, via }: { by: string; via: Via }) =>
  sendApp<{ acknowledged: number }>('POST', '/api/app/alerts/unacknowledge', {
    fingerprints,
    via,
    ...(by === '' ? {} : { by }),
  })
