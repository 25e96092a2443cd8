import type { Labels } from '@binnacle/promql'
import type { IncomingAlert, Transition } from '../rules/index.ts'
import type { Alert } from './alert.ts'
import type { InhibitRule, Route } from './config/index.ts'
import type { EscalationView } from './escalation/index.ts'
import type { Matcher } from './matcher/index.ts'
import type { Delivery, RenderedMessage } from './notify/index.ts'

/** A bounded page of a list. `next` is the cursor of the following one, absent at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: string }

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

/** Source: Alertmanager's API v2, `gettableSilence`. Times are Unix ms. */
export type Silence = {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly updatedAtMs: number
  readonly createdBy: string
  readonly comment: string
  readonly annotations: Readonly<Record<string, string>>
  readonly state: 'active' | 'pending' | 'expired'
}

/** Without `id` a new one is made; with it the silence is changed as Alertmanager does it (in place, or a successor). */
export type SilenceInput = Omit<Silence, 'id' | 'updatedAtMs' | 'state'> & { readonly id?: string }

/** Changes of state, and what people, silences, other alerts and chains of escalation did about an alert. */
export type EventKind = 'state' | CareEvent['kind']

/** From where somebody acknowledged: a page, a page that the link of a message led to, the command line, another program. */
export type Via = 'page' | 'link' | 'cli' | 'api'

/** What happened about an alert without a change of its state. */
export type CareEvent = {
  readonly id: string
  readonly atMs: number
  readonly fingerprint: string
  readonly labels: Labels
  readonly kind: 'acknowledgement' | 'silence' | 'inhibition' | 'escalation'
  /** `told`: a level of escalation; `ended` of an escalation: it climbs no further. */
  readonly what: 'began' | 'ended' | 'told'
  /** Who acknowledged or took it back, who made the silence, which alert inhibits. */
  readonly by?: string
  readonly via?: Via
  readonly note?: string
  /** Id of the silence, fingerprint of the alert that inhibits, name of the policy. */
  readonly ref?: string
  /** From 1. */
  readonly level?: number
  /** Whom the level names. */
  readonly names?: readonly string[]
}

export type HistoryEvent = Transition | CareEvent

/** Why alerts of a group were not told when it spoke. */
export type Withheld = {
  readonly why: 'inhibition' | 'silence' | 'mute_time_interval' | 'active_time_interval'
  /** Fingerprints of inhibiting alerts, ids of silences, names of time intervals; at most 20. */
  readonly by: readonly string[]
  readonly count: number
}

/** One notification: what was sent to whom and what came back. Kept for each attempt's end, not for each repetition. */
export type NotificationRecord = {
  readonly id: string
  readonly atMs: number
  readonly receiver: string
  readonly integration: string
  readonly index: number
  readonly groupKey: string
  readonly groupLabels: Labels
  readonly status: 'firing' | 'resolved'
  /** Fingerprints, at most 1,000 of each. */
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
  /** How many there were; absent in records from before they were counted. */
  readonly firingCount?: number
  readonly resolvedCount?: number
  readonly delivered: boolean
  readonly attempts: number
  readonly durationMs: number
  readonly answer: string
  readonly test: boolean
  /** Names of the alerts, each once, at most 50; absent in records from before they were kept. */
  readonly alertnames?: readonly string[]
  /** Nobody was told of these alerts, and why; then there is no integration. */
  readonly withheld?: readonly Withheld[]
}

export type HistoryFilter = {
  readonly fromMs: number
  readonly toMs: number
  readonly matchers?: readonly Matcher[]
  readonly fingerprint?: string
  readonly receiver?: string
  readonly from?: string
  readonly to?: string
  /** Exactly this reason of an end. */
  readonly reason?: string
  /** Name of an alerting rule. */
  readonly rule?: string
  /** Of events; without it all. */
  readonly kinds?: readonly EventKind[]
  readonly limit: number
  readonly cursor?: string
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
    readonly lastFailure?: { readonly atMs: number; readonly answer: string }
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
  alerts(filter: AlertFilter): readonly AlertView[]
  groups(filter: AlertFilter): readonly AlertGroupView[]
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
