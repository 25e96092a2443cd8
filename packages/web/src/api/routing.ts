import { queryOptions } from '@tanstack/react-query'
import { callApp, sendApp } from './client.ts'
import type { LabelMap } from './query.ts'
import type { MatcherText } from './silence.ts'

/** A route with what it inherits filled in; `own` names what it says itself. Durations in ms. */
export type RouteNode = {
  readonly id: string
  readonly receiver: string
  readonly matchers: readonly MatcherText[]
  readonly continue: boolean
  readonly groupBy: readonly string[] | 'all'
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  readonly own: readonly string[]
  readonly file?: string
  readonly line?: number
  /** Alerts that it has now, itself. */
  readonly live: number
  readonly routes: readonly RouteNode[]
}

export type InhibitRule = {
  readonly name: string
  readonly sourceMatchers: readonly MatcherText[]
  readonly targetMatchers: readonly MatcherText[]
  readonly equal: readonly string[]
  readonly line?: number
}

export type Receiver = {
  readonly name: string
  readonly integrations: readonly {
    readonly kind: string
    readonly index: number
    readonly sendResolved: boolean
    readonly lastSuccessMs?: number
    readonly lastFailure?: { readonly atMs: number; readonly answer: string; readonly sinceMs: number }
  }[]
}

/** Something that reading the configuration finds. */
export type RoutingFinding = {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly hint?: string
}

export type Routing = {
  readonly root: RouteNode
  readonly inhibitRules: readonly InhibitRule[]
  readonly receivers: readonly Receiver[]
  readonly findings: readonly RoutingFinding[]
}

export type RenderedMessage = {
  readonly kind: string
  readonly index: number
  readonly title: string
  readonly text: string
  readonly request: Readonly<Record<string, unknown>>
}

/** A message per integration of a receiver, or why it could not be made. */
export type ReceiverMessages = {
  readonly receiver: string
  readonly messages: readonly RenderedMessage[]
  readonly error?: string
}

export type Explanation = {
  readonly routes: readonly {
    readonly routeId: string
    readonly receiver: string
    readonly groupKey: string
    readonly groupLabels: LabelMap
    readonly mutedBy: readonly string[]
  }[]
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly { readonly fingerprint: string; readonly labels: LabelMap }[]
}

export type Delivery = {
  readonly kind: string
  readonly index: number
  readonly ok: boolean
  readonly status?: number
  readonly answer: string
}

export type MessageRequest = {
  readonly receivers: readonly string[]
  readonly labels: LabelMap
  readonly annotations?: LabelMap
}

export const routing = {
  all: ['routing'] as const,
  tree: () =>
    queryOptions({
      queryKey: [...routing.all, 'tree'] as const,
      queryFn: ({ signal }) => callApp<Routing>('/api/app/routing', { signal }),
    }),
  explain: (labels: LabelMap) =>
    queryOptions({
      queryKey: [...routing.all, 'explain', labels] as const,
      queryFn: ({ signal }) => sendApp<Explanation>('POST', '/api/app/routing/explain', { labels }, signal),
      retry: false,
    }),
  messages: (request: MessageRequest) =>
    queryOptions({
      queryKey: [...routing.all, 'messages', request] as const,
      queryFn: ({ signal }) =>
        sendApp<{ receivers: readonly ReceiverMessages[] }>('POST', '/api/app/routing/messages', request, signal),
      retry: false,
    }),
}

/** Sends a marked test, once, to each integration of the receiver. */
export const testReceiver = (receiver: string, labels: LabelMap = {}) =>
  sendApp<{ deliveries: readonly Delivery[] }>('POST', `/api/app/receivers/${encodeURIComponent(receiver)}/test`, {
    labels,
  })
