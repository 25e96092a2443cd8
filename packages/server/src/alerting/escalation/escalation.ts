import { type Labels, labelPairs, labelsOf, labelValue } from '@binnacle/promql'
import { formatDurationMs } from '../../config/index.ts'
import type { Change } from '../../state/index.ts'
import { type Clock, createPacer, type Logger } from '../../telemetry/index.ts'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { AlertingConfig } from '../alerting-config.ts'
import type { Deliverer, Target } from '../deliver/index.ts'
import type { EscalationLevel, EscalationPolicy } from '../escalation-policy.ts'
import { formatLabelSet } from '../fingerprint.ts'
import { sortAlerts } from '../group/index.ts'
import type { CareEvent } from '../history-event.ts'
import { matchesAll } from '../matcher/index.ts'
import type { PatientWrites } from '../patient-writes.ts'
import type { AlertingTables } from '../tables.ts'
import { type Chain, createChainRows } from './chain-rows.sql.ts'

const EVERY_MS = 5_000
/** Attempts of one level; then it is begun anew. */
const TELL_MS = 60_000
const MAX_MEMBERS = 1_000
const MAX_CHAINS = 5_000
/** For the notification log: a level is not repeated unless its policy says so. */
const NEVER_MS = 30 * 86_400_000

export type EscalationDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly tables: AlertingTables
  readonly writes: PatientWrites
  readonly deliverer: Deliverer
  readonly newId: () => string
  readonly alerts: () => Iterable<Alert>
  /** Silenced or inhibited. */
  readonly isSuppressed: (alert: Alert) => boolean
  /** What leaves events in the history. */
  readonly eventChanges: (events: readonly CareEvent[]) => readonly Change[]
  readonly acknowledgement: (fingerprint: string) => { readonly by: string; readonly atMs: number } | undefined
}

/** What it goes by; a reload brings another. */
export type EscalationConfig = {
  readonly policies: readonly EscalationPolicy[]
  readonly targetsOf: (receiver: string) => readonly Target[]
  readonly root: AlertingConfig['root']
}

/** One chain for people. Times are Unix ms. */
export type EscalationView = {
  readonly id: string
  readonly policy: string
  readonly labels: Labels
  readonly startedAtMs: number
  /** `paused`: all of its alerts are silenced or inhibited now. */
  readonly state: 'climbing' | 'acknowledged' | 'paused'
  readonly acknowledged?: { readonly by: string; readonly atMs: number }
  readonly levels: readonly {
    readonly names: readonly string[]
    readonly dueAtMs: number
    readonly toldAtMs?: number
  }[]
  /** Fingerprints. */
  readonly alerts: readonly string[]
}

export type Escalation = {
  load(): Promise<void>
  /** Takes effect with the next look; `retire` ends what the configuration before has under way. */
  apply(config: EscalationConfig): void
  /** Looks at all alerts now; concurrent calls share one look. */
  look(): Promise<void>
  /** Chains that are open, oldest first. */
  view(): readonly EscalationView[]
  readonly everyMs: number
  stop(): Promise<void>
}

/**
 * Each policy gathers its alerts by labels into chains. A chain begins when the first alert of its group is seen that is
 * neither silenced, inhibited nor acknowledged. Each level is told once its time has come, of the alerts that are so then.
 * When all are acknowledged the chain climbs no further; a further alert of the group begins a chain of its own.
 */
export function createEscalation(deps: EscalationDeps): Escalation {
  const { clock, log, deliverer } = deps
  const rows = createChainRows(deps.tables, deps.writes)
  const chains = new Map<string, Chain>()
  /** Chains whose receivers are being told. */
  const busy = new Map<string, Promise<void>>()
  let config: EscalationConfig | undefined
  let retire = new AbortController()
  let looking: Promise<void> | undefined
  let paused = new Set<string>()
  let stopped = false

  type Group = { readonly policy: EscalationPolicy; readonly labels: Labels; readonly waiting: Alert[] }
  const keyOf = (policy: string, labels: Labels) => `${policy}\u0000${labels.join('\u0000')}`

  /** Alerts that wait for somebody, by policy and group; and all that fire, by fingerprint. */
  async function survey(policies: readonly EscalationPolicy[], nowMs: number) {
    const groups = new Map<string, Group>()
    const firing = new Map<string, Alert>()
    const pace = createPacer(clock)
    let i = 0
    for (const alert of deps.alerts()) {
      if (++i % 64 === 0) await pace()
      if (isResolvedAt(alert, nowMs)) continue
      firing.set(alert.fingerprint, alert)
      const mine = policies.filter(({ matchers }) => matchesAll(matchers, alert.labels))
      if (mine.length === 0 || deps.acknowledgement(alert.fingerprint) !== undefined || deps.isSuppressed(alert))
        continue
      for (const policy of mine) {
        const labels = labelsOf(policy.groupBy.map((name) => [name, labelValue(alert.labels, name)] as const))
        const key = keyOf(policy.name, labels)
        const group = groups.get(key)
        if (group === undefined) groups.set(key, { policy, labels, waiting: [alert] })
        else group.waiting.push(alert)
      }
    }
    return { groups, firing }
  }

  async function lookOnce(): Promise<void> {
    if (config === undefined || stopped) return
    const { policies } = config
    if (policies.length === 0 && chains.size === 0) return
    const nowMs = clock.now()
    const { groups, firing } = await survey(policies, nowMs)
    const open = new Map<string, Chain>()
    for (const chain of chains.values()) {
      if (chain.acknowledged === undefined) open.set(keyOf(chain.policy, chain.labels), chain)
    }
    for (const [key, { policy, labels }] of groups) {
      if (open.has(key)) continue
      if (chains.size >= MAX_CHAINS) {
        log.error({ policy: policy.name, limit: MAX_CHAINS }, 'too many alerts escalate at a time')
        break
      }
      const told = policy.levels.map(() => null)
      const chain: Chain = { id: deps.newId(), policy: policy.name, labels, startedAtMs: nowMs, told, members: [] }
      chains.set(chain.id, chain)
      open.set(key, chain)
    }
    const quiet = new Set<string>()
    for (const chain of chains.values()) {
      const policy = policies.find(({ name }) => name === chain.policy)
      const waiting =
        chain.acknowledged === undefined ? groups.get(keyOf(chain.policy, chain.labels))?.waiting : undefined
      if (policy === undefined) start(chain, () => forget(chain))
      else if (waiting !== undefined) start(chain, () => climb(chain, policy, waiting))
      else if (chain.members.some((one) => firing.has(one))) {
        const answer = chain.acknowledged === undefined ? answerOf(chain, firing) : undefined
        if (answer !== undefined) {
          chain.acknowledged = answer
          const alerts = chain.members.flatMap((one) => firing.get(one) ?? [])
          const next = chain.told.indexOf(null)
          const level = policy.levels[next]
          const rest = level === undefined ? {} : { level: next + 1, names: level.names }
          const events = eventsOf(chain, alerts, { what: 'ended', by: answer.by, ...rest })
          start(chain, () => rows.save(chain, deps.eventChanges(events)))
        } else if (chain.acknowledged === undefined) quiet.add(chain.id)
      } else start(chain, () => end(chain, policy))
    }
    paused = quiet
  }

  /** The last acknowledgement, when each of its alerts that fires has one. */
  function answerOf(chain: Chain, firing: ReadonlyMap<string, Alert>): Chain['acknowledged'] {
    const answers = chain.members.filter((one) => firing.has(one)).map(deps.acknowledgement)
    if (answers.some((answer) => answer === undefined)) return undefined
    const last = answers.reduce((a, b) => ((b?.atMs ?? 0) > (a?.atMs ?? 0) ? b : a))
    return last === undefined ? undefined : { by: last.by, atMs: last.atMs }
  }

  /** One piece of work a chain at a time; what is not done is found again at the next look. */
  function start(chain: Chain, work: () => Promise<void>): void {
    if (busy.has(chain.id)) return
    const done = work()
      .catch((error) => log.error({ error, policy: chain.policy }, 'an escalation failed; it is tried again'))
      .then(() => {
        busy.delete(chain.id)
      })
    busy.set(chain.id, done)
  }

  async function climb(chain: Chain, policy: EscalationPolicy, waiting: readonly Alert[]): Promise<void> {
    const known = new Set(chain.members)
    const fresh = waiting.map(({ fingerprint }) => fingerprint).filter((one) => !known.has(one))
    if (fresh.length > 0 && chain.members.length < MAX_MEMBERS) {
      chain.members = [...chain.members, ...fresh].slice(0, MAX_MEMBERS)
      await rows.save(chain)
    }
    for (const [n, level] of policy.levels.entries()) {
      if (clock.now() < chain.startedAtMs + level.afterMs) break
      const alerts = waiting.filter(({ labels }) => matchesAll(level.matchers, labels))
      if (alerts.length === 0 || !isDue(chain, policy, n)) continue
      if (!(await tell(chain, policy, n, alerts))) return
      chain.told[n] = clock.now()
      const events = eventsOf(chain, alerts, { what: 'told', level: n + 1, names: level.names })
      await rows.save(chain, deps.eventChanges(events))
    }
  }

  /** The same for each alert of the chain, of the first of very many. */
  function eventsOf(
    chain: Chain,
    alerts: readonly Alert[],
    event: Pick<CareEvent, 'what' | 'by' | 'level' | 'names'>,
  ): readonly CareEvent[] {
    const atMs = clock.now()
    return alerts.slice(0, MAX_MEMBERS).map(({ fingerprint, labels }) => ({
      ...{ id: deps.newId(), atMs, fingerprint, labels, kind: 'escalation', ref: chain.policy },
      ...event,
    }))
  }

  function isDue(chain: Chain, { repeatMs }: EscalationPolicy, n: number): boolean {
    const toldAtMs = chain.told[n] ?? null
    if (toldAtMs === null) return true
    const isHighest = chain.told.slice(n + 1).every((later) => later === null || later === undefined)
    return repeatMs !== undefined && isHighest && clock.now() > toldAtMs + repeatMs
  }

  async function end(chain: Chain, policy: EscalationPolicy): Promise<void> {
    const ended: Alert[] = []
    const members = new Set(chain.members)
    for (const alert of deps.alerts()) if (members.has(alert.fingerprint)) ended.push(alert)
    if (ended.length === 0) return forget(chain)
    // Of all levels: a crash may have come before it was noted that one was told. Who was not told hears of no end either.
    for (const n of policy.levels.keys()) {
      if (!(await tell(chain, policy, n, ended))) return
    }
    await forget(chain)
  }

  async function forget(chain: Chain): Promise<void> {
    await rows.remove(chain.id)
    chains.delete(chain.id)
  }

  async function tell(chain: Chain, policy: EscalationPolicy, n: number, alerts: readonly Alert[]): Promise<boolean> {
    if (config === undefined) return false
    const { targetsOf, root } = config
    const level = policy.levels[n]!
    const note = noteOf(policy, n)
    const nowMs = clock.now()
    const signal = retire.signal
    const marked = sortAlerts(
      alerts.map((alert) => Object.freeze({ ...alert, annotations: withNote(alert.annotations, note) })),
    )
    const groupKey = `escalation/${policy.name}/${n + 1}:${formatLabelSet(chain.labels)}@${chain.id}`
    const told = await Promise.all(
      level.receivers.flatMap((receiver) =>
        targetsOf(receiver).map((target) =>
          deliverer.deliver(target, {
            route: { ...root, receiver, repeatIntervalMs: policy.repeatMs ?? NEVER_MS },
            groupKey,
            groupLabels: chain.labels,
            alerts: marked,
            nowMs,
            deadlineMs: clock.monotonic() + TELL_MS,
            retire: signal,
          }),
        ),
      ),
    )
    return told.every(Boolean)
  }

  const viewOf = (chain: Chain, levels: readonly EscalationLevel[]): EscalationView => ({
    id: chain.id,
    policy: chain.policy,
    labels: chain.labels,
    startedAtMs: chain.startedAtMs,
    state: chain.acknowledged !== undefined ? 'acknowledged' : paused.has(chain.id) ? 'paused' : 'climbing',
    ...(chain.acknowledged === undefined ? {} : { acknowledged: chain.acknowledged }),
    levels: levels.map(({ names, afterMs }, n) => ({
      names,
      dueAtMs: chain.startedAtMs + afterMs,
      ...((chain.told[n] ?? null) === null ? {} : { toldAtMs: chain.told[n]! }),
    })),
    alerts: chain.members,
  })

  return {
    everyMs: EVERY_MS,
    async load() {
      for (const chain of await rows.load()) chains.set(chain.id, chain)
    },
    apply(next) {
      retire.abort(new Error('the configuration was replaced'))
      retire = new AbortController()
      config = next
    },
    look() {
      looking ??= lookOnce().finally(() => {
        looking = undefined
      })
      return looking
    },
    view() {
      const levelsOf = (name: string) => config?.policies.find((policy) => policy.name === name)?.levels ?? []
      return [...chains.values()]
        .sort((a, b) => a.startedAtMs - b.startedAtMs)
        .map((chain) => viewOf(chain, levelsOf(chain.policy)))
    },
    async stop() {
      stopped = true
      retire.abort(new Error('stopped'))
      await looking?.catch(() => {})
      await Promise.all(busy.values())
    },
  }
}

/** What a message of a level says about itself; templates see it as the annotation `escalation`. */
function noteOf({ name, levels }: EscalationPolicy, n: number): string {
  const { afterMs } = levels[n]!
  const since = afterMs === 0 ? 'begins' : `not acknowledged for ${formatDurationMs(afterMs)}`
  return `level ${n + 1} of ${levels.length} (${name}): ${since}`
}

function withNote(annotations: Labels, note: string): Labels {
  return labelsOf([['escalation', note], ...labelPairs(annotations)])
}
