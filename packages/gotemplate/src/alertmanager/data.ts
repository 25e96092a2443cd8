// The data of Alertmanager's templates: `Data`, `Alert`, `KV`, `Pairs` with their methods.
// Source: Alertmanager documentation, "Notification template reference".

import type { Pause } from '../execute/index.ts'
import { TIME, timeOfMs, UTC, zeroTime } from '../time/index.ts'
import {
  compareTexts,
  GoList,
  GoMap,
  GoStruct,
  listType,
  type Method,
  mapType,
  STRING,
  STRINGS,
  structType,
  type Value,
  type Zone,
} from '../values/index.ts'

/** One alert as templates see it. Times are milliseconds since 1970; an absent one is Go's zero time. */
export type AlertPlain = {
  readonly status: 'firing' | 'resolved' | (string & {})
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAtMs?: number | undefined
  readonly endsAtMs?: number | undefined
  readonly generatorURL?: string
  readonly fingerprint?: string
  /** Ours: `.ResolvedReason`. */
  readonly resolvedReason?: string
}

export type AlertmanagerPlain = {
  /** As Alertmanager, which quotes characters that mean something in a regex; the caller does so. */
  readonly receiver: string
  readonly status: string
  readonly alerts: readonly AlertPlain[]
  readonly groupLabels: Readonly<Record<string, string>>
  readonly commonLabels: Readonly<Record<string, string>>
  readonly commonAnnotations: Readonly<Record<string, string>>
  readonly externalURL: string
  /** Why the notification is sent; empty when nothing is said. */
  readonly notificationReason?: string
  /** Labels of the route, already rendered; as in Alertmanager 0.34, and absent as in those before. */
  readonly routeLabels?: Readonly<Record<string, string>>
}

const stringsOf = (items: readonly string[]): GoList => new GoList(STRING_LIST, items)

/** `template.Strings`: what `.Names` and `.Values` give. */
const STRING_LIST = listType(STRING, {
  name: '[]string',
  methods: {
    Join: {
      params: [STRING],
      call: (list, [separator]) => (list as GoList).items.join(separator as string),
    },
  },
})

const PAIR = structType('template.Pair', [
  { name: 'Name', type: STRING },
  { name: 'Value', type: STRING },
])
const pairName = (pair: Value) => (pair as GoStruct).values[0] as string
const pairValue = (pair: Value) => (pair as GoStruct).values[1] as string
const pairsText = (pairs: GoList) => pairs.items.map((pair) => `${pairName(pair)}=${pairValue(pair)}`).join(', ')

const PAIRS = listType(PAIR, {
  name: 'template.Pairs',
  toText: (pairs) => pairsText(pairs as GoList),
  methods: {
    Names: { params: [], call: (pairs) => stringsOf((pairs as GoList).items.map(pairName)) },
    Values: { params: [], call: (pairs) => stringsOf((pairs as GoList).items.map(pairValue)) },
    String: { params: [], call: (pairs) => pairsText(pairs as GoList) },
  },
})

/** Pairs by name, `alertname` first. Made once a map. */
function sortedPairs(kv: GoMap): GoList {
  const made = pairsOf.get(kv)
  if (made !== undefined) return made
  const names = [...kv.entries.keys()].sort((a, b) =>
    a === b ? 0 : a === 'alertname' ? -1 : b === 'alertname' ? 1 : compareTexts(a, b),
  )
  const pairs = new GoList(
    PAIRS,
    names.map((name) => new GoStruct(PAIR, [name, kv.entries.get(name)])),
  )
  pairsOf.set(kv, pairs)
  return pairs
}
const pairsOf = new WeakMap<GoMap, GoList>()

const kvMethod = (call: (kv: GoMap) => Value): Method => ({ params: [], call: (kv) => call(kv as GoMap) })

/** `template.KV`. */
const KV = mapType(STRING, {
  name: 'template.KV',
  toText: (kv) => pairsText(sortedPairs(kv as GoMap)),
  methods: {
    SortedPairs: kvMethod(sortedPairs),
    Names: kvMethod((kv) => stringsOf(sortedPairs(kv).items.map(pairName))),
    Values: kvMethod((kv) => stringsOf(sortedPairs(kv).items.map(pairValue))),
    String: kvMethod((kv) => pairsText(sortedPairs(kv))),
    Remove: {
      params: [STRINGS],
      call: (kv, [names]) => {
        const gone = new Set((names as GoList).items)
        return new GoMap(KV, new Map([...(kv as GoMap).entries].filter(([name]) => !gone.has(name))))
      },
    },
  },
})

const kvOf = (labels: Readonly<Record<string, string>>): GoMap => new GoMap(KV, new Map(Object.entries(labels)))

/** What is ours is a method: it can be asked for, but neither `{{ . }}` nor `toJson` print it. */
const ALERT = structType(
  'template.Alert',
  [
    { name: 'Status', type: STRING },
    { name: 'Labels', type: KV },
    { name: 'Annotations', type: KV },
    { name: 'StartsAt', type: TIME },
    { name: 'EndsAt', type: TIME },
    { name: 'GeneratorURL', type: STRING },
    { name: 'Fingerprint', type: STRING },
  ],
  { ResolvedReason: { params: [], call: (alert) => reasonOf.get(alert as GoStruct) ?? '' } },
)
const reasonOf = new WeakMap<GoStruct, string>()

const ALERT_LIST = listType(ALERT)

const withStatus = (status: string): Method => ({
  params: [],
  call: (alerts) =>
    new GoList(
      ALERT_LIST,
      (alerts as GoList).items.filter((alert) => (alert as GoStruct).values[0] === status),
    ),
})

/** `template.Alerts`. */
const ALERTS = listType(ALERT, {
  name: 'template.Alerts',
  methods: { Firing: withStatus('firing'), Resolved: withStatus('resolved') },
})

const dataFields = [
  { name: 'Receiver', type: STRING },
  { name: 'Status', type: STRING },
  { name: 'Alerts', type: ALERTS },
  { name: 'NotificationReason', type: STRING },
  { name: 'GroupLabels', type: KV },
  { name: 'CommonLabels', type: KV },
  { name: 'CommonAnnotations', type: KV },
  { name: 'ExternalURL', type: STRING },
]
const DATA = structType('template.Data', dataFields)
/** With the labels of routes that Alertmanager 0.34 has. */
const DATA_WITH_ROUTE = structType('template.Data', [
  ...dataFields.slice(0, -1),
  { name: 'RouteLabels', type: KV },
  ...dataFields.slice(-1),
])

/** The data of a notification as a value for `execute`. Times print in `zone` (default UTC). */
export function alertmanagerData(plain: AlertmanagerPlain, zone: Zone = UTC): GoStruct {
  return dataOf(
    plain,
    plain.alerts.map((alert) => alertOf(alert, zone)),
  )
}

/** The same; `pause` is called between alerts and may give a promise to wait for. */
export async function alertmanagerDataInSlices(
  plain: AlertmanagerPlain,
  pause: Pause,
  zone: Zone = UTC,
): Promise<GoStruct> {
  const alerts: GoStruct[] = []
  for (const alert of plain.alerts) {
    alerts.push(alertOf(alert, zone))
    await pause()
  }
  return dataOf(plain, alerts)
}

function alertOf(alert: AlertPlain, zone: Zone): GoStruct {
  const timeOf = (ms: number | undefined) => (ms === undefined ? zeroTime() : timeOfMs(ms, zone))
  const value = new GoStruct(ALERT, [
    alert.status,
    kvOf(alert.labels),
    kvOf(alert.annotations),
    timeOf(alert.startsAtMs),
    timeOf(alert.endsAtMs),
    alert.generatorURL ?? '',
    alert.fingerprint ?? '',
  ])
  if (alert.resolvedReason) reasonOf.set(value, alert.resolvedReason)
  return value
}

function dataOf(plain: AlertmanagerPlain, alerts: readonly GoStruct[]): GoStruct {
  const { routeLabels } = plain
  return new GoStruct(routeLabels === undefined ? DATA : DATA_WITH_ROUTE, [
    plain.receiver,
    plain.status,
    new GoList(ALERTS, alerts),
    plain.notificationReason ?? '',
    kvOf(plain.groupLabels),
    kvOf(plain.commonLabels),
    kvOf(plain.commonAnnotations),
    ...(routeLabels === undefined ? [] : [kvOf(routeLabels)]),
    plain.externalURL,
  ])
}
