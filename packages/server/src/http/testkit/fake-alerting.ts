import { type Labels, labelsOf } from '@binnacle/promql'
import * as z from 'zod'
import {
  type Alerting,
  type AlertView,
  type CareEvent,
  checkAlertmanagerConfig,
  fingerprintOf,
  groupOf,
  type HistoryEvent,
  type HistoryFilter,
  matchesAll,
  matchRoutes,
  type NotificationRecord,
  type Silence,
  type Transition,
  walkRoutes,
} from '../../alerting/index.ts'
import { BinnacleError } from '../../config/index.ts'

export type FakeAlert = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly startsAtMs?: number
  readonly value?: number
  readonly generatorUrl?: string
  readonly inhibitedBy?: readonly string[]
}

export type FakeAlertingOptions = {
  /** Text of an alertmanager.yml. */
  readonly config?: string
  readonly alerts?: readonly FakeAlert[]
  readonly transitions?: readonly Transition[]
  readonly notifications?: readonly NotificationRecord[]
  readonly care?: readonly CareEvent[]
  readonly now: () => number
}

/** Integrations of any content, which nobody builds. */
const KINDS = ['slack', 'pagerduty', 'email', 'webhook'].map((kind) => ({
  section: `${kind}_configs`,
  kind,
  schema: z.looseObject({}),
  check: () => ({
    kind,
    sendResolved: true,
    create: () => {
      throw new Error('a fake receiver is never built')
    },
  }),
}))

/** Alerting in memory: routes by the real tree, silences that mute at once, acknowledgement, history that it was given. */
export function fakeAlerting(options: FakeAlertingOptions): Alerting {
  const { config, errors } = checkAlertmanagerConfig(
    options.config ?? 'route: {receiver: default}\nreceivers: [{name: default}]\n',
    'alertmanager.yml',
    { environment: {}, kinds: KINDS },
  )
  if (config === undefined) throw errors[0]!
  const root = config.route
  const { now } = options
  const silences = new Map<string, Omit<Silence, 'state'>>()
  const acknowledged = new Map<string, NonNullable<AlertView['acknowledged']>>()
  const failures = new Map<string, { atMs: number; answer: string; sinceMs: number }>()
  const successes = new Map<string, number>()
  const care: CareEvent[] = [...(options.care ?? [])]
  let ids = 0

  const stateOf = (silence: Omit<Silence, 'state'>): Silence => ({
    ...silence,
    state: silence.endsAtMs <= now() ? 'expired' : silence.startsAtMs > now() ? 'pending' : 'active',
  })
  const silencing = (labels: Labels) =>
    [...silences.values()].map(stateOf).filter((s) => s.state === 'active' && matchesAll(s.matchers, labels))
  const viewOf = (alert: FakeAlert): AlertView => {
    const labels = labelsOf(alert.labels)
    const fingerprint = fingerprintOf(labels)
    const silencedBy = silencing(labels).map(({ id }) => id)
    const inhibitedBy = alert.inhibitedBy ?? []
    const noted = acknowledged.get(fingerprint)
    return {
      fingerprint,
      labels,
      annotations: labelsOf(alert.annotations ?? {}),
      startsAtMs: alert.startsAtMs ?? now() - 60_000,
      endsAtMs: now() + 300_000,
      updatedAtMs: now(),
      generatorUrl: alert.generatorUrl ?? '',
      timeout: true,
      ...(alert.value === undefined ? {} : { value: alert.value }),
      state: silencedBy.length + inhibitedBy.length > 0 ? 'suppressed' : 'active',
      receivers: matchRoutes(root, labels).map(({ receiver }) => receiver),
      silencedBy,
      inhibitedBy,
      mutedBy: [],
      ...(noted === undefined ? {} : { acknowledged: noted }),
    }
  }
  const alerts = () => (options.alerts ?? []).map(viewOf)
  function note(fingerprint: string, event: Pick<CareEvent, 'what' | 'by' | 'note' | 'via'>): void {
    const labels = alerts().find((one) => one.fingerprint === fingerprint)?.labels ?? []
    care.push({ id: `care-${++ids}`, atMs: now(), fingerprint, labels, kind: 'acknowledgement', ...event })
  }
  const integrationsOf = (name: string) => {
    const receiver = config.receivers.find((one) => one.name === name)
    if (receiver === undefined)
      throw new BinnacleError('alerting.bad_matcher', `no receiver "${name}"`, { kind: 'missing' })
    return receiver.integrations.map(({ checked, index }) => ({ kind: checked.kind, index }))
  }
  function pageOf<T extends { readonly atMs: number }>(all: readonly T[], { limit, cursor = '0' }: HistoryFilter) {
    const from = Number(cursor)
    const items = [...all].sort((a, b) => b.atMs - a.atMs).slice(from, from + limit)
    return from + limit < all.length ? { items, next: String(from + limit) } : { items }
  }

  return {
    receive: async () => undefined,
    alerts: async () => alerts(),
    groups: async () => [],
    silences: {
      list: (matchers) =>
        [...silences.values()]
          .map(stateOf)
          .filter((s) =>
            matchers.every((m) =>
              s.matchers.some((own) => own.name === m.name && own.kind === m.kind && own.value === m.value),
            ),
          ),
      get: (id) => {
        const found = silences.get(id)
        return found && stateOf(found)
      },
      async set(input) {
        const id = input.id ?? `silence-${++ids}`
        silences.set(id, { ...input, id, updatedAtMs: now() })
        return id
      },
      async expire(id) {
        const found = silences.get(id)
        if (found === undefined)
          throw new BinnacleError('http.unknown_silence', `there is no silence "${id}"`, { kind: 'missing' })
        silences.set(id, { ...found, endsAtMs: now() })
      },
      async preview(matchers) {
        const items = (options.transitions ?? []).filter((t) => t.to === 'firing' && matchesAll(matchers, t.labels))
        const services = items.flatMap((t) => t.labels[t.labels.indexOf('service') + 1] ?? [])
        return {
          now: alerts().filter(({ labels }) => matchesAll(matchers, labels)),
          past: { count: items.length, services: [...new Set(services)].sort(), items: items.slice(0, 200) },
        }
      },
    },
    receivers: () =>
      config.receivers.map(({ name, integrations }) => ({
        name,
        integrations: integrations.map(({ checked: { kind }, index }) => {
          const success = successes.get(`${name}/${kind}/${index}`)
          const failure = failures.get(`${name}/${kind}/${index}`)
          return {
            kind,
            index,
            sendResolved: true,
            ...(success === undefined ? {} : { lastSuccessMs: success }),
            ...(failure === undefined ? {} : { lastFailure: failure }),
          }
        }),
      })),
    routing: () => {
      const live = new Map<string, number>()
      for (const { labels } of alerts())
        for (const { id } of matchRoutes(root, labels)) live.set(id, (live.get(id) ?? 0) + 1)
      return { root, inhibitRules: config.inhibitRules, liveCounts: live }
    },
    explain: (labels) => ({
      routes: matchRoutes(root, labels).map((route) => {
        const group = groupOf(route, labels)
        return {
          routeId: route.id,
          receiver: route.receiver,
          groupKey: group.key,
          groupLabels: group.labels,
          mutedBy: [],
        }
      }),
      silencedBy: silencing(labels).map(({ id }) => id),
      inhibitedBy: [],
    }),
    async acknowledge(fingerprints, { by, comment, via = 'api' }) {
      for (const fingerprint of fingerprints) {
        acknowledged.set(fingerprint, { by, comment, atMs: now() })
        note(fingerprint, { what: 'began', by, note: comment, via })
      }
    },
    async unacknowledge(fingerprints, by = {}) {
      for (const fingerprint of fingerprints)
        if (acknowledged.delete(fingerprint)) note(fingerprint, { what: 'ended', ...by })
    },
    escalations: () => [],
    transitions: async (filter) =>
      pageOf(
        (options.transitions ?? []).filter((t) => isOf(t, filter)),
        filter,
      ),
    events: async (filter) =>
      pageOf<HistoryEvent>(
        [
          ...(options.transitions ?? []).filter((t) => isOf(t, filter)),
          ...care.filter((e) => isCare(e, filter)),
        ].filter((one) => filter.kinds?.includes('kind' in one ? one.kind : 'state') ?? true),
        filter,
      ),
    notifications: async (filter) =>
      pageOf(
        (options.notifications ?? []).filter(
          (n) =>
            (filter.rule === undefined || (n.alertnames ?? []).includes(filter.rule)) &&
            (filter.receiver === undefined || n.receiver === filter.receiver) &&
            n.atMs >= filter.fromMs &&
            n.atMs < filter.toMs &&
            (filter.fingerprint === undefined ||
              n.firing.includes(filter.fingerprint) ||
              n.resolved.includes(filter.fingerprint)),
        ),
        filter,
      ),
    render: async (receiver, [alert]) =>
      integrationsOf(receiver).map((one) => ({
        ...one,
        title: `[FIRING:1] ${alert?.labels[1] ?? ''}`,
        text: alert?.annotations[1] ?? '',
        request: { channel: `#${receiver}`, labels: alert?.labels ?? [] },
      })),
    async test(receiver) {
      return integrationsOf(receiver).map((one) => {
        const key = `${receiver}/${one.kind}/${one.index}`
        if (one.kind === 'email') {
          const answer = '421 too many connections from this host'
          failures.set(key, { atMs: now(), answer, sinceMs: failures.get(key)?.sinceMs ?? now() })
          return { ...one, ok: false, answer, retry: true }
        }
        successes.set(key, now())
        return { ...one, ok: true, status: 200, answer: 'ok' }
      })
    },
    configYaml: () => `# ${[...walkRoutes(root)].length} routes\n`,
  }
}

const isCare = (e: CareEvent, { fingerprint, fromMs, toMs, from, to, reason, rule, matchers }: HistoryFilter) =>
  e.atMs >= fromMs &&
  e.atMs <= toMs &&
  [from, to, reason, rule].every((one) => one === undefined) &&
  (fingerprint === undefined || e.fingerprint === fingerprint) &&
  (matchers === undefined || matchesAll(matchers, e.labels))

function isOf(t: Transition, filter: HistoryFilter): boolean {
  const { matchers, fingerprint, from, to, reason, rule, fromMs, toMs } = filter
  return (
    t.atMs >= fromMs &&
    t.atMs < toMs &&
    (matchers === undefined || matchesAll(matchers, t.labels)) &&
    (fingerprint === undefined || t.fingerprint === fingerprint) &&
    (from === undefined || t.from === from) &&
    (to === undefined || t.to === to) &&
    (reason === undefined || t.reason === reason) &&
    (rule === undefined || t.rule?.name === rule)
  )
}
