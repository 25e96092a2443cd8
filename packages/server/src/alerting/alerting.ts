import type { Labels } from '@binnacle/promql'
import type { IncomingAlert, Transition } from '../rules/index.ts'
import type { Alert } from './alert.ts'
import type { InhibitRule, Route } from './config/index.ts'
import type { EscalationView } from './escalation/index.ts'
import type { HistoryEvent, Via } from './history-event.ts'
import type { HistoryFilter, Page } from './history-filter.ts'
import type { Matcher } from './matcher/index.ts'
import type { NotificationRecord } from './notification-record.ts'
import type { Delivery, RenderedMessage } from './notify/index.ts'
import type { Silence, SilenceInput } from './silence-record.ts'

/** An alert with what becomes of it. Lists of ids are sorted. */
export type AlertView = Alert & {
  readonly state: 'unprocessed' | 'active' | 'suppressed'
  /** Receivers that its routes lead to, in the order of the routes. */
  readonly receivers: readonly string[]
  readonly silencedBy: readonly string[]
  /** Fingerprints of alerts that inhibit it. */
  readonly inhibitedBy: readonly string[]
  /** Names of time intervals that mute it. */
  readonly mutedBy: readonly string[]
  readonly acknowledged?: { readonly by: string; readonly atMs: number; readonly comment: string }
}

/** Which alerts a list shows. Absent conditions let all pass. */
export type AlertFilter = {
  readonly matchers?: readonly Matcher[]
  /** Whole-string RE2 on the name of a receiver. */
  readonly receiver?: string
  readonly active?: boolean
  readonly silenced?: boolean
  readonly inhibited?: boolean
  readonly muted?: boolean
  readonly unprocessed?: boolean
}

/** One group of a route: what one notification of its receiver would say. */
export type AlertGroupView = {
  readonly key: string
  readonly routeId: string
  readonly receiver: string
  readonly labels: Labels
  readonly alerts: readonly AlertView[]
}

export type ReceiverView = {
  readonly name: string
  /** Those of the configuration, by which receivers can be chosen. */
  readonly labels?: Readonly<Record<string, string>>
  readonly integrations: readonly {
    readonly kind: string
    readonly index: number
    readonly sendResolved: boolean
    readonly lastSuccessMs?: number
    /** `sinceMs`: the first failure after the last success. */
    readonly lastFailure?: { readonly atMs: number; readonly answer: string; readonly sinceMs: number }
  }[]
}

/** Where an alert goes, and what keeps it quiet. */
export type RoutingView = {
  readonly root: Route
  readonly inhibitRules: readonly InhibitRule[]
  /** Alerts that a route has now, itself and not by its branches, by the route's id. Absent: none. */
  readonly liveCounts: ReadonlyMap<string, number>
}

/** What becomes of an alert with some labels, live or made up. Nothing is sent. */
export type RoutingExplanation = {
  /** Routes that take it, in their order, each with the group that it would join. */
  readonly routes: readonly {
    readonly routeId: string
    readonly receiver: string
    readonly groupKey: string
    readonly groupLabels: Labels
    /** Names of time intervals that mute this route now. */
    readonly mutedBy: readonly string[]
  }[]
  readonly silencedBy: readonly string[]
  /** Fingerprints of live alerts that inhibit it. */
  readonly inhibitedBy: readonly string[]
}

/** What a silence would do, before it is saved. */
export type SilencePreview = {
  readonly now: readonly AlertView[]
  /** Of the last 7 days: alerts that began to fire and would have been muted, newest first, at most 200 of `count`. */
  readonly past: { readonly count: number; readonly services: readonly string[]; readonly items: readonly Transition[] }
}

/** Routing, grouping, inhibition, silences and notifications, as the HTTP floor and the CLI see them. */
export type Alerting = {
  /**
   * Resolves once the alerts survive a crash. Throws `BinnacleError` (kind `input`, or `overload` when there are too many)
   * that names all bad ones; good ones are taken. Kind `unavailable`: the disk takes nothing or hangs; people are told all the
   * same. `from` rules: their sender records the transitions itself.
   */
  receive(alerts: readonly IncomingAlert[], options?: { readonly from: 'rules' | 'outside' }): Promise<void>
  alerts(filter: AlertFilter): Promise<readonly AlertView[]>
  groups(filter: AlertFilter): Promise<readonly AlertGroupView[]>
  silences: {
    list(matchers: readonly Matcher[]): readonly Silence[]
    get(id: string): Silence | undefined
    /** The id of the silence, durable once it resolves. Throws `BinnacleError`. */
    set(silence: SilenceInput): Promise<string>
    /** Throws `BinnacleError` (kind `missing`) for an unknown one. */
    expire(id: string): Promise<void>
    preview(matchers: readonly Matcher[], signal: AbortSignal): Promise<SilencePreview>
  }
  receivers(): readonly ReceiverView[]
  routing(): RoutingView
  explain(labels: Labels): RoutingExplanation
  /**
   * Notes for each of these live alerts that somebody cares; ends with the alert. Durable once it resolves. Throws
   * `BinnacleError` (kind `missing`) that names those that are not there; the others are acknowledged.
   */
  acknowledge(
    fingerprints: readonly string[],
    by: { readonly by: string; readonly comment: string; readonly via?: Via },
  ): Promise<void>
  /** Takes it back. Those that are not acknowledged stay as they are. */
  unacknowledge(fingerprints: readonly string[], by?: { readonly by?: string; readonly via?: Via }): Promise<void>
  /** Chains of escalation that are open, oldest first. */
  escalations(): readonly EscalationView[]
  /** Changes of state, newest first. */
  transitions(filter: HistoryFilter, signal: AbortSignal): Promise<Page<Transition>>
  /** Events of all kinds, newest first. */
  events(filter: HistoryFilter, signal: AbortSignal): Promise<Page<HistoryEvent>>
  notifications(filter: HistoryFilter, signal: AbortSignal): Promise<Page<NotificationRecord>>
  /** What each integration of a receiver would send for these alerts; nothing is sent. */
  render(
    receiver: string,
    alerts: readonly IncomingAlert[],
  ): Promise<readonly (RenderedMessage & { readonly kind: string; readonly index: number })[]>
  /** Sends a message that is marked as a test, once, by each integration of the receiver, and records it. */
  test(
    receiver: string,
    alerts: readonly IncomingAlert[],
    signal: AbortSignal,
  ): Promise<readonly (Delivery & { readonly kind: string; readonly index: number })[]>
  /** The running configuration as YAML, secrets hidden as Alertmanager hides them. */
  configYaml(): string
}
