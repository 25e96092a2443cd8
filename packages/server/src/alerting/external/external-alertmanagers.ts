import { labelPairs, labelRecord, labelsOf } from '@binnacle/promql'
import { messageOf } from '../../config/index.ts'
import {
  createFileDiscoverer,
  createStaticDiscoverer,
  type Discoverer,
  type TargetGroup,
} from '../../metrics/intake/discovery/index.ts'
import type { AlertmanagersConfig, PrometheusAlerting } from '../../metrics/intake/prometheus-config/index.ts'
import { type RelabelRule, relabel } from '../../metrics/intake/relabel/index.ts'
import type { IncomingAlert } from '../../rules/index.ts'
import { type Clock, type Logger, type Registry, withDeadline } from '../../telemetry/index.ts'
import { createHttpClient, type HttpClient, httpOptions, openSecrets } from '../notify/index.ts'
import { type AlertQueue, createAlertQueue } from './alert-queue.ts'
import { alertmanagersOf } from './find-alertmanagers.ts'

export type ExternalDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
  readonly userAgent: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Whole addresses, sorted. */
export type ExternalView = { readonly active: readonly string[]; readonly dropped: readonly string[] }

export type ExternalAlertmanagers = {
  start(signal: AbortSignal): void
  /** Queues of Alertmanagers that stay are kept. */
  apply(config: PrometheusAlerting): void
  /** The alerts as `alert_relabel_configs` leaves them; those that it drops are left out. */
  relabelled(alerts: readonly IncomingAlert[]): readonly IncomingAlert[]
  /** Hands alerts, relabelled already, to every Alertmanager. Never waits: the sender's repetition makes up for failures. */
  send(alerts: readonly IncomingAlert[]): void
  view(): ExternalView
  /** Sends what waits, 5 s at most. */
  stop(): Promise<void>
}

/** For each Alertmanager, as Prometheus's default. */
const CAPACITY = 10_000
const PER_REQUEST = 256
const DRAIN_MS = 5_000

type Metrics = ReturnType<typeof createMetrics>

export function createExternalAlertmanagers(deps: ExternalDeps): ExternalAlertmanagers {
  const { clock, log } = deps
  const metrics = createMetrics(deps.registry, {
    queues: () => sets.flatMap((set) => [...set.queues]),
    hasExternal: () => sets.length > 0,
  })
  let rules: readonly RelabelRule[] = []
  let sets: AlertmanagerSet[] = []
  let life: AbortSignal | undefined
  let stopping: Promise<void> | undefined
  const halt = new AbortController()

  return {
    start(signal) {
      life = signal
      for (const set of sets) set.start(signal)
    },
    apply(config) {
      rules = config.alertRelabelRules
      const before = sets
      const kept = new Map(before.flatMap((set) => [...set.queues]))
      for (const set of before) set.stop()
      sets = config.alertmanagers.map((one) => createSet(deps, one, { metrics, halt: halt.signal, kept }))
      if (life !== undefined && !stopping) for (const set of sets) set.start(life)
    },
    relabelled: (alerts) => relabelAll(alerts, rules),
    send(alerts) {
      if (alerts.length > 0 && !stopping) for (const set of sets) set.send(alerts)
    },
    view() {
      const found = sets.map((set) => set.found())
      return {
        active: [...new Set(found.flatMap(({ active }) => active))].sort(),
        dropped: [...new Set(found.flatMap(({ dropped }) => dropped))].sort(),
      }
    },
    stop() {
      stopping ??= (async () => {
        const cancel = clock.after(DRAIN_MS, () => halt.abort(new Error('stopped')))
        await Promise.all(sets.map((set) => set.drained()))
        cancel()
        for (const set of sets) set.stop()
        log.debug({}, 'external Alertmanagers have what there was')
      })()
      return stopping
    },
  }
}

type AlertmanagerSet = {
  start(signal: AbortSignal): void
  send(alerts: readonly IncomingAlert[]): void
  found(): ExternalView
  /** By address. */
  readonly queues: ReadonlyMap<string, AlertQueue>
  drained(): Promise<void>
  stop(): void
}

/** The Alertmanagers of one entry of the configuration. */
function createSet(
  { clock, log, environment, userAgent }: ExternalDeps,
  config: AlertmanagersConfig,
  { metrics, halt, kept }: { metrics: Metrics; halt: AbortSignal; kept: ReadonlyMap<string, AlertQueue> },
): AlertmanagerSet {
  const client: HttpClient = createHttpClient(httpOptions(config.http, config.directory), {
    clock,
    environment,
    userAgent,
  })
  const groups = new Map<string, TargetGroup>()
  const queues = new Map<string, AlertQueue>()
  const working = new Map<string, Promise<void>>()
  /** Those whose last request failed: only the first failure is worth a line. */
  const failing = new Set<string>()
  let discoverers: readonly Discoverer[] = []
  let found: ExternalView = { active: [], dropped: [] }
  let stopped = false

  function look(): void {
    found = alertmanagersOf(groups.values(), config)
    for (const url of queues.keys()) if (!found.active.includes(url)) queues.delete(url)
    for (const url of found.active) if (!queues.has(url)) queues.set(url, kept.get(url) ?? createAlertQueue(CAPACITY))
    for (const url of found.active) begin(url)
  }

  function begin(url: string): void {
    if (stopped || working.has(url) || (queues.get(url)?.size ?? 0) === 0) return
    const work = drain(url).finally(() => {
      working.delete(url)
      begin(url)
    })
    working.set(url, work)
  }

  async function drain(url: string): Promise<void> {
    for (;;) {
      const alerts = queues.get(url)?.take(PER_REQUEST) ?? []
      if (alerts.length === 0 || halt.aborted) return
      try {
        await post(url, alerts)
        metrics.sent.with(url).inc(alerts.length)
        if (failing.delete(url)) log.info({ alertmanager: url }, 'an external Alertmanager takes alerts again')
      } catch (error) {
        // As in Prometheus: rules send again what goes on.
        metrics.errors.with(url).inc(alerts.length)
        if (!failing.has(url))
          log.warn({ alertmanager: url, error: messageOf(error) }, 'an external Alertmanager takes no alerts')
        failing.add(url)
      }
    }
  }

  async function post(url: string, alerts: readonly IncomingAlert[]): Promise<void> {
    const secrets = openSecrets()
    const { status, body } = await withDeadline(clock, halt, config.timeoutMs, (signal) =>
      client.send(
        {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(alerts.map(toPostable)),
        },
        { secrets, signal },
      ),
    )
    if (status < 200 || status > 299)
      throw new Error(secrets.redact(`status ${status}: ${body.toString('utf8').slice(0, 500)}`))
  }

  return {
    queues,
    start(signal) {
      discoverers = [
        createStaticDiscoverer(config.staticGroups),
        ...config.fileDiscoveries.map((options) => createFileDiscoverer({ clock, log }, options)),
      ]
      for (const [i, discoverer] of discoverers.entries()) {
        discoverer.start(signal, (news) => {
          for (const group of news) {
            const key = `${i}/${group.source}`
            if (group.targets.length === 0) groups.delete(key)
            else groups.set(key, group)
          }
          look()
        })
      }
    },
    send(alerts) {
      const own = relabelAll(alerts, config.alertRelabelRules)
      for (const [url, queue] of queues) {
        metrics.dropped.inc(queue.add(own))
        begin(url)
      }
    },
    found: () => found,
    async drained() {
      while (working.size > 0) await Promise.all(working.values())
    },
    stop() {
      stopped = true
      for (const discoverer of discoverers) discoverer.stop()
      client.close()
    },
  }
}

function relabelAll(alerts: readonly IncomingAlert[], rules: readonly RelabelRule[]): readonly IncomingAlert[] {
  if (rules.length === 0) return alerts
  return alerts.flatMap((alert) => {
    const result = relabel(alert.labels, rules)
    if (!result.kept || result.labels.length === 0) return []
    return [{ ...alert, labels: labelsOf(labelPairs(result.labels)) }]
  })
}

/** Source: Alertmanager's API v2, `postableAlert`. */
function toPostable({ labels, annotations, startsAtMs, endsAtMs, generatorUrl }: IncomingAlert): unknown {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
  return {
    labels: labelRecord(labels),
    annotations: labelRecord(annotations),
    startsAt: time(startsAtMs),
    endsAt: time(endsAtMs),
    generatorURL: generatorUrl,
  }
}

/** By Prometheus's names. */
function createMetrics(
  registry: Registry,
  { queues, hasExternal }: { queues: () => readonly (readonly [string, AlertQueue])[]; hasExternal: () => boolean },
) {
  const each = ['alertmanager']
  registry.observe(
    'prometheus_notifications_queue_length',
    'Alerts that wait for external Alertmanagers.',
    'gauge',
    each,
    () => queues().map(([url, queue]) => [[url], queue.size] as const),
  )
  // Rules of many collections raise an alarm at 0: where none is configured, the built-in one takes the alerts.
  registry.observe(
    'prometheus_notifications_alertmanagers_discovered',
    'Alertmanagers that get the alerts: external ones where some are configured, otherwise the built-in one.',
    'gauge',
    [],
    () => [[[], hasExternal() ? queues().length : 1]],
  )
  registry.gauge('prometheus_notifications_queue_capacity', 'Alerts that may wait for one Alertmanager.').set(CAPACITY)
  return {
    sent: registry.counters('prometheus_notifications_sent_total', 'Alerts that were sent.', each),
    errors: registry.counters('prometheus_notifications_errors_total', 'Alerts whose request failed.', each),
    dropped: registry.counter('prometheus_notifications_dropped_total', 'Alerts that were dropped: too many waited.'),
  }
}
