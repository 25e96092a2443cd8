import { randomUUID } from 'node:crypto'
import { BinnacleError } from '../config/index.ts'
import type { TransitionRecorder } from '../rules/index.ts'
import type { State } from '../state/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'
import { createAcknowledgements } from './acknowledge/index.ts'
import { isResolvedAt } from './alert.ts'
import type { Alerting } from './alerting.ts'
import type { AlertingConfig } from './alerting-config.ts'
import { createAlertingMetrics } from './alerting-metrics.ts'
import { createAlertStore } from './alerts/index.ts'
import { createDeliverer, createDeliveryMetrics, createSlots, type Target } from './deliver/index.ts'
import { createEscalation } from './escalation/index.ts'
import { formatLabelSet } from './fingerprint.ts'
import { createEventRecords, createNotificationRecords, trimHistory } from './history/index.ts'
import type { CareEvent } from './history-event.ts'
import { createInTurn } from './in-turn.ts'
import { type AlertingLimits, defaultLimits } from './limits.ts'
import { type OtherAlerts, summarizeAlerts } from './lint/index.ts'
import { createNotificationLog, createReceiverMemories } from './notification-log/index.ts'
import type { Notifier } from './notify/index.ts'
import { createPatientWrites } from './patient-writes.ts'
import { createQuietWatch, createWithheld } from './quiet/index.ts'
import { createReceiverResults } from './receiver-results.ts'
import { createRecordedTurns, RECORDED_MS } from './recorded-turns.ts'
import { createRouter, type Router } from './router.ts'
import { createSilences } from './silence/index.ts'
import { previewSilence } from './silence-preview.ts'
import { type AlertingRows, alertingSteps } from './tables.ts'
import { createAlertTaker } from './take-alerts.ts'
import { createTrials } from './trials.ts'
import { createViews } from './views.ts'
import { within } from './within.ts'

export type AlertingDeps = {
  readonly state: State
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
  /** Ids of silences, records and idempotency keys. Default: random UUIDs. */
  readonly newId?: () => string
  /** For the spread of waits between attempts. */
  readonly random?: () => number
}

export type RunningAlerting = Alerting & {
  /** Where rules leave their changes of state. */
  readonly recorder: TransitionRecorder
  /** Alerts of other senders that are known now, some of each name. */
  others(): readonly OtherAlerts[]
  /** Reads what is kept and begins to tell. `apply` comes first, and the state is started. */
  start(signal: AbortSignal): Promise<void>
  /**
   * Goes by another configuration from now on: groups are made anew, and nobody is told again what they know. An attempt that
   * is under way may end.
   */
  apply(config: AlertingConfig): Promise<void>
  /** Waits for attempts under way, 5 s at most. Safe twice, and after a failed start. */
  stop(): Promise<void>
}

const EXPIRE_EVERY_MS = 10_000
const COLLECT_EVERY_MS = 15 * 60_000
const FIRST_COLLECT_MS = 60_000
/** Alerts of all senders together that wait to be taken in. */
const MOST_WAITING = 200_000
const STOP_MS = 5_000
/** Alerts whose messages one integration makes and sends at a time: what they take is some KB each. */
const ALERTS_AT_A_TIME = 2_000

export function createAlerting(deps: AlertingDeps, options: Partial<AlertingLimits> = {}): RunningAlerting {
  const limits: AlertingLimits = { ...defaultLimits, ...options }
  const { clock, log, registry, newId = randomUUID, random = Math.random } = deps
  const tables = deps.state.tables<AlertingRows>('alerting', alertingSteps)
  const writes = createPatientWrites({ tables, clock, log, registry })
  const store = createAlertStore(tables, limits)
  const acknowledgements = createAcknowledgements(tables)
  const silences = createSilences({ tables, now: () => clock.now(), newId, inTurn: createRecordedTurns(clock) }, limits)
  const notificationLog = createNotificationLog({ tables, newId }, limits)
  const memories = createReceiverMemories(tables)
  const transitions = createEventRecords({ tables, clock, log, registry })
  const records = createNotificationRecords(tables)
  const deliveryMetrics = createDeliveryMetrics(registry)
  const results = createReceiverResults()
  const halt = new AbortController()
  const life = new AbortController()
  const deliverer = createDeliverer({
    clock,
    log,
    writes,
    notificationLog,
    memories,
    records,
    newId,
    random,
    halt: halt.signal,
  })
  const withheld = createWithheld({ tables, records, writes, newId })
  const inTurn = createInTurn()
  const caring = createRecordedTurns(clock)
  let waiting = 0
  let config: AlertingConfig | undefined
  let router: Router | undefined
  let started = false
  let stopping: Promise<void> | undefined
  const retiring = new Set<Promise<void>>()
  const timers = new Set<() => void>()

  const views = createViews({ clock, store, silences, acknowledgements, router: running })
  const quietWatch = createQuietWatch({
    clock,
    tables,
    writes,
    events: transitions,
    newId,
    alerts: () => store.values(),
    alert: (fingerprint) => store.get(fingerprint),
    quietOf({ fingerprint, labels }, nowMs) {
      const inhibitor = running().inhibitor.inhibitedBy(labels, nowMs)
      const ids = silences.silencedBy(fingerprint, labels)
      return { silences: ids, ...(inhibitor === undefined ? {} : { inhibitor }) }
    },
    silence: (id) => silences.get(id),
  })
  const escalation = createEscalation({
    clock,
    log,
    tables,
    writes,
    deliverer,
    newId,
    alerts: () => store.values(),
    isSuppressed: (alert) => views.isSuppressed(alert),
    acknowledgement: (fingerprint) => acknowledgements.get(fingerprint),
    eventChanges: (some) => transitions.changesFor(some),
  })
  const metrics = createAlertingMetrics(registry, {
    silences: () => silences.countByState(),
    groups: () => router?.dispatcher.size ?? 0,
    logEntries: () => notificationLog.size,
    integrations: () => config?.receivers.reduce((sum, { notifiers }) => sum + notifiers.length, 0) ?? 0,
  })

  const taker = createAlertTaker(
    { clock, tables, writes, store, acknowledgements, transitions, metrics, newId, router: running, collectEnded },
    limits,
  )
  const trials = createTrials({ clock, writes, records, newId, router: running }, limits)

  function running(): Router {
    if (router === undefined || !started || stopping)
      throw new BinnacleError('alerting.stopped', 'alerting is not running', {
        kind: 'unavailable',
        hint: 'Binnacle is starting or stopping; try again',
      })
    return router
  }

  function makeTarget(receiver: string, notifier: Notifier): Target {
    return {
      receiver,
      notifier,
      slots: createSlots({ count: limits.maxConcurrent, weight: ALERTS_AT_A_TIME }),
      metrics: deliveryMetrics.of(notifier.kind, receiver),
      onResult: (atMs, delivery) => results.note(receiver, notifier, atMs, delivery),
    }
  }

  async function build(next: AlertingConfig): Promise<void> {
    const old = router
    if (old !== undefined) retire(old)
    const built = createRouter(
      {
        clock,
        log,
        silences,
        metrics: deliveryMetrics,
        deliverer,
        withheld,
        makeTarget,
        onTooMany: (alert) => {
          metrics.groupsRefused.inc()
          log.error(
            { alert: formatLabelSet(alert.labels), limit: limits.maxGroups },
            'too many groups of alerts; alerting.max_groups',
          )
        },
      },
      next,
      limits.maxGroups,
    )
    deliveryMetrics.keepOnly(
      next.receivers.flatMap(({ name, notifiers }) =>
        notifiers.map(({ kind }) => ({ integration: kind, receiver: name })),
      ),
    )
    // Inhibiting alerts first, so that nobody is told of one that they inhibit.
    for (const alert of store.values()) built.inhibitor.take(alert)
    await built.dispatcher.insert(store.values())
    router = built
    escalation.apply({
      policies: next.escalation ?? [],
      targetsOf: (receiver) => built.targets.get(receiver) ?? [],
      root: next.root,
    })
  }

  function retire(old: Router): void {
    const gone = old.stop().catch((error) => log.error({ error }, 'the routing before did not stop well'))
    retiring.add(gone)
    void gone.then(() => retiring.delete(gone))
  }

  /** What the gauges show, and events of what keeps alerts quiet. */
  async function watchQuiet(): Promise<void> {
    metrics.alerts({ ...(await quietWatch.look()), unprocessed: 0 })
  }

  const acknowledgementEvents = (
    fingerprints: readonly string[],
    event: Pick<CareEvent, 'what' | 'by' | 'via' | 'note'>,
  ) => {
    const atMs = clock.now()
    return transitions.changesFor(
      fingerprints.flatMap((fingerprint) => {
        const labels = store.get(fingerprint)?.labels
        return labels === undefined
          ? []
          : [{ id: newId(), atMs, fingerprint, labels, kind: 'acknowledgement', ...event }]
      }),
    )
  }

  async function collectEnded(): Promise<void> {
    const nowMs = clock.now()
    const { dispatcher, inhibitor } = running()
    const saved = store.newChanges()
    for (const alert of store.collect(nowMs, (one) => dispatcher.holds(one), saved)) {
      inhibitor.forget(alert)
      silences.forget(alert.fingerprint)
    }
    await writes.write(saved.toWrite())
  }

  async function collect(): Promise<void> {
    await inTurn(collectEnded)
    await silences.collect()
    await notificationLog.collect(clock.now())
    await memories.collect((key) => notificationLog.has(key))
    await withheld.collect(running().dispatcher.groups())
  }

  /** Runs it now and then until the end; a failure is told, and the next time it is tried again. */
  function every(firstMs: number, ms: number, what: string, work: () => Promise<void>): void {
    const set = (wait: number) => {
      const cancel = clock.after(wait, () => {
        timers.delete(cancel)
        void work()
          .catch((error) => {
            if (!stopping) log.error({ error, what }, 'upkeep of alerts failed')
          })
          .then(() => {
            if (!stopping) set(ms)
          })
      })
      timers.add(cancel)
    }
    set(firstMs)
  }

  return {
    recorder: transitions,
    async start(signal) {
      if (config === undefined) throw new Error('alerting needs a configuration before it starts')
      await silences.load()
      await notificationLog.load(clock.now())
      await memories.load()
      await acknowledgements.load()
      await quietWatch.load()
      await withheld.load()
      await escalation.load()
      await store.load(clock.now(), config.resolveTimeoutMs)
      const latest = await records.page({ fromMs: 0, toMs: clock.now(), limit: 500 }, signal)
      results.load(latest.items)
      signal.throwIfAborted()
      await build(config)
      started = true
      every(EXPIRE_EVERY_MS, EXPIRE_EVERY_MS, 'expire', () => inTurn(() => taker.expire()))
      every(EXPIRE_EVERY_MS, EXPIRE_EVERY_MS, 'watch what is quiet', watchQuiet)
      every(escalation.everyMs, escalation.everyMs, 'escalate', () => inTurn(() => escalation.look()))
      every(FIRST_COLLECT_MS, COLLECT_EVERY_MS, 'collect', collect)
      // Deleting much takes long, and nothing depends on it.
      every(FIRST_COLLECT_MS, COLLECT_EVERY_MS, 'trim', () => trimHistory(tables, limits, clock.now(), life.signal))
    },
    async apply(next) {
      await inTurn(async () => {
        config = next
        if (started && !stopping) await build(next)
      })
    },
    stop() {
      stopping ??= (async () => {
        for (const cancel of timers) cancel()
        life.abort(new Error('stopped'))
        if (router !== undefined) retire(router)
        const cancel = clock.after(STOP_MS, () => halt.abort(new Error('stopped')))
        await Promise.all([...retiring, escalation.stop()])
        cancel()
        await inTurn(async () => {})
        await writes.drain()
        await transitions.drain()
      })()
      return stopping
    },
    async receive(alerts, { from } = { from: 'outside' }) {
      running()
      if (waiting > 0 && waiting + alerts.length > MOST_WAITING)
        throw new BinnacleError('alerting.overloaded', `${waiting} alerts wait to be taken in`, {
          kind: 'overload',
          retryAfterMs: 1_000,
        })
      waiting += alerts.length
      try {
        const { written, error } = await inTurn(() => taker.take(alerts, from))
        if (!(await within(clock, RECORDED_MS, written)))
          throw new BinnacleError(
            'alerting.not_recorded',
            `the disk has not taken the alerts within ${RECORDED_MS / 1000} s`,
            {
              kind: 'unavailable',
              hint: 'who must be told is told; send them again, so that they survive a restart',
            },
          )
        if (error !== undefined) throw error
      } finally {
        waiting -= alerts.length
      }
    },
    others: () => summarizeAlerts(store.fromOutside()),
    alerts: (filter) => views.alerts(filter),
    groups: (filter) => views.groups(filter),
    routing: () => views.routing(),
    explain: (labels) => views.explain(labels),
    silences: {
      list: (matchers) => silences.list(matchers),
      get: (id) => silences.get(id),
      set: (input) => silences.set(input),
      expire: (id) => silences.expire(id),
      preview: (matchers, signal) =>
        previewSilence({ clock, transitions, alerts: (all) => views.alerts({ matchers: all }) }, matchers, signal),
    },
    receivers: () =>
      running().config.receivers.map(({ name, labels, notifiers }) => ({
        name,
        ...(labels === undefined ? {} : { labels }),
        integrations: notifiers.map((notifier) => ({
          kind: notifier.kind,
          index: notifier.index,
          sendResolved: notifier.sendResolved,
          ...results.of(name, notifier),
        })),
      })),
    async acknowledge(fingerprints, { by, comment, via = 'api' }) {
      running()
      const nowMs = clock.now()
      const live = (fingerprint: string) => {
        const alert = store.get(fingerprint)
        return alert !== undefined && !isResolvedAt(alert, nowMs)
      }
      const there = fingerprints.filter(live)
      const size = by.length + comment.length
      if (size > limits.maxAlertSize)
        throw new BinnacleError('alerting.bad_acknowledgement', `name and comment have ${size} characters`, {
          hint: `alerting.max_alert_size is ${limits.maxAlertSize}`,
        })
      if (there.length > 0) {
        const event = { what: 'began', by, via, ...(comment === '' ? {} : { note: comment }) } as const
        await caring(() =>
          acknowledgements.set(there, { by, comment, atMs: nowMs }, acknowledgementEvents(there, event)),
        )
      }
      const missing = fingerprints.filter((one) => !live(one))
      if (missing.length > 0)
        throw new BinnacleError(
          'alerting.alert_missing',
          `no such alert fires now: ${missing.slice(0, 20).join(', ')}`,
          {
            kind: 'missing',
          },
        )
    },
    async unacknowledge(fingerprints, { by, via = 'api' } = {}) {
      running()
      const event = { what: 'ended', via, ...(by === undefined ? {} : { by }) } as const
      await caring(async () => {
        const there = [...new Set(fingerprints)].filter((one) => acknowledgements.get(one) !== undefined)
        if (there.length > 0) await acknowledgements.remove(there, acknowledgementEvents(there, event))
      })
    },
    escalations: () => escalation.view(),
    transitions: (filter, signal) => transitions.transitions(filter, signal),
    events: (filter, signal) => transitions.page(filter, signal),
    notifications: (filter, signal) => records.page(filter, signal),
    ...trials,
    configYaml: () => running().config.yaml,
  }
}
