import { infiniteQueryOptions } from '@tanstack/react-query'
import { callApp, toQueryString } from './client.ts'
import type { LabelMap } from './query.ts'

export type AlertState = 'inactive' | 'pending' | 'firing' | 'nodata'

/** One change of state of one alert. Source: `GET /api/app/alerts/history`. */
export type Transition = {
  readonly id: string
  readonly atMs: number
  readonly fingerprint: string
  readonly labels: LabelMap
  readonly annotations: LabelMap
  readonly from: AlertState
  readonly to: AlertState
  readonly reason?: string
  readonly value?: string
  readonly rule?: { readonly file: string; readonly group: string; readonly name: string }
}

/** What people, silences, other alerts and chains of escalation did about an alert. */
export type CareEvent = {
  readonly id: string
  readonly atMs: number
  readonly fingerprint: string
  readonly labels: LabelMap
  readonly kind: 'acknowledgement' | 'silence' | 'inhibition' | 'escalation'
  /** `told`: a level of escalation; `ended` of an escalation: it climbs no further. */
  readonly what: 'began' | 'ended' | 'told'
  /** Who acknowledged or took it back, who made the silence, which alert inhibits. */
  readonly by?: string
  readonly via?: 'page' | 'link' | 'cli' | 'api'
  readonly note?: string
  /** Id of the silence, fingerprint of the alert that inhibits, name of the policy. */
  readonly ref?: string
  /** From 1. */
  readonly level?: number
  readonly names?: readonly string[]
}

export type HistoryEvent = (Transition & { readonly kind: 'state' }) | CareEvent

/** Why alerts of a group were not told when it spoke, and how many. */
export type Withheld = {
  readonly why: 'inhibition' | 'silence' | 'mute_time_interval' | 'active_time_interval'
  readonly by: readonly string[]
  readonly count: number
}

/** What was sent to whom, and what came back; or why nobody was told. */
export type NotificationRecord = {
  readonly id: string
  readonly atMs: number
  readonly receiver: string
  readonly integration: string
  readonly index: number
  readonly groupKey: string
  readonly groupLabels: LabelMap
  readonly status: 'firing' | 'resolved'
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
  /** How many there were: of large groups the lists have the first 1,000. */
  readonly firingCount?: number
  readonly resolvedCount?: number
  readonly delivered: boolean
  readonly attempts: number
  readonly durationMs: number
  readonly answer: string
  readonly test: boolean
  /** Names of the alerts, each once. */
  readonly alertnames?: readonly string[]
  /** Nobody was told of these alerts; then there is no integration. */
  readonly withheld?: readonly Withheld[]
}

/** Why an alert ended, in words that tell a mended thing from a blind one. */
export const REASONS: Readonly<Record<string, string>> = {
  value: 'value is back within bounds',
  vanished: 'its series vanished',
  rule: 'its rule was changed or removed',
  sender: 'its sender says so',
  expired: 'its sender said nothing more',
}

export type HistoryRequest = {
  readonly fromMs: number
  readonly toMs: number
  readonly filter: string
  /** Empty: of all kinds. */
  readonly kind?: string
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly rule?: string
  readonly fingerprint?: string
}

type PageOf<T> = { readonly items: readonly T[]; readonly next?: string }

export const historyParams = (request: HistoryRequest): string =>
  toQueryString({
    start: request.fromMs / 1000,
    end: request.toMs / 1000,
    filter: request.filter || undefined,
    kind: request.kind || undefined,
    from: request.from || undefined,
    to: request.to || undefined,
    reason: request.reason || undefined,
    rule: request.rule || undefined,
    fingerprint: request.fingerprint || undefined,
  })

export type NotificationsRequest = {
  readonly fromMs: number
  readonly toMs: number
  readonly filter: string
  readonly receiver?: string
  /** `delivered`, `failed` or `withheld`. */
  readonly result?: string
  /** `firing` or `resolved`. */
  readonly status?: string
  readonly rule?: string
}

export const notificationParams = (request: NotificationsRequest): string =>
  toQueryString({
    start: request.fromMs / 1000,
    end: request.toMs / 1000,
    filter: request.filter || undefined,
    receiver: request.receiver || undefined,
    result: request.result || undefined,
    status: request.status || undefined,
    rule: request.rule || undefined,
  })

/** Pages of a list; `path` gives its address with the parameters of the moment. */
const pagesOf = <T>(key: readonly unknown[], path: () => string) =>
  infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ signal, pageParam }) =>
      callApp<PageOf<T>>(`${path()}${pageParam === '' ? '' : `&cursor=${encodeURIComponent(pageParam)}`}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  })

export type HistoryPagesOptions<T> = ReturnType<typeof pagesOf<T>>

/** `key` stands for the request's times, which may move with the clock. */
export const history = {
  all: ['history'] as const,
  events: (key: readonly unknown[], request: () => HistoryRequest) =>
    pagesOf<HistoryEvent>(
      [...history.all, 'events', ...key],
      () => `/api/app/alerts/history?${historyParams(request())}`,
    ),
  /** Changes of state alone. */
  transitions: (key: readonly unknown[], request: () => HistoryRequest) =>
    pagesOf<Transition>(
      [...history.all, 'transitions', ...key],
      () => `/api/app/alerts/history?kind=state&${historyParams(request())}`,
    ),
  notifications: (key: readonly unknown[], request: () => NotificationsRequest) =>
    pagesOf<NotificationRecord>(
      [...history.all, 'notifications', ...key],
      () => `/api/app/alerts/notifications?${notificationParams(request())}`,
    ),
}
