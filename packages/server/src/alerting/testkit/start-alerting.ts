import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Labels, labelValue } from '@binnacle/promql'
import { ConfigErrors, formatDurationMs, parseDurationMs } from '../../config/index.ts'
import { createDrivenClock, type DrivenClock } from '../../metrics/intake/scrape/testkit/driven-clock.ts'
import type { IncomingAlert } from '../../rules/index.ts'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { createRegistry, type Logger, type Registry, silentLogger } from '../../telemetry/index.ts'
import { type Alert, isResolvedAt } from '../alert.ts'
import { checkAlertmanagerConfig } from '../config/index.ts'
import { createAlerting, type RunningAlerting } from '../create-alerting.ts'
import { type EscalationInput, readPolicies } from '../escalation/index.ts'
import { fingerprintOf, formatLabelSet } from '../fingerprint.ts'
import type { AlertingLimits } from '../limits.ts'
import { parseMatchers } from '../matcher/index.ts'
import { createTemplates, type Delivery } from '../notify/index.ts'
import { toAlertingConfig } from '../to-alerting-config.ts'
import { type Answer, type Attempt, recorderKind } from './recorder-kind.ts'

export type StoryOptions = {
  /** Unix ms; default 2026-01-05T10:00:00Z, a Monday. */
  readonly startMs?: number
  /** What receivers answer; default: they take everything. */
  readonly answer?: Answer
  readonly limits?: Partial<AlertingLimits>
  readonly log?: Logger
  /** Section `escalation` of binnacle.yml, durations in ms. */
  readonly escalation?: EscalationInput
}

/** Real routing, grouping, state and history on a clock that the test moves; receivers are recorded (`webhook_configs`). */
export type Story = AsyncDisposable & {
  readonly clock: DrivenClock
  readonly alerting: RunningAlerting
  readonly registry: Registry
  /** Every attempt that receivers took, oldest first, also from before a restart. */
  readonly taken: readonly Attempt[]
  /** Every attempt. */
  readonly attempts: readonly Attempt[]
  /** Fires alerts, written as `Name{label="value"}`, for as long as they are not resolved. */
  push(...alerts: string[]): Promise<void>
  resolve(...alerts: string[]): Promise<void>
  /** Moves the time on by a duration such as `30s`. */
  advance(duration: string): Promise<void>
  /**
   * What was taken since the last call, a line a notification: time since the start, receiver, status, then firing and
   * resolved alerts, such as `+30s team firing A{x="1"} B resolved C`.
   */
  told(): string[]
  /** Silences what the matchers say from now on for a duration; the id. */
  silence(matchers: string, duration: string, startsIn?: string): Promise<string>
  /** Somebody cares for these alerts now. */
  acknowledge(by: string, ...alerts: string[]): Promise<void>
  /** Another alertmanager.yml. */
  apply(yaml: string, escalation?: EscalationInput): Promise<void>
  /** Ends it and starts it again on the same state. With `crash` nothing is waited for: what is under way has no end. */
  restart(options?: { readonly crash?: boolean; readonly yaml?: string }): Promise<void>
  /** From now on receivers answer so. */
  answer(next: Answer): void
  /** From now on the disk takes nothing, or everything again. */
  diskIsFull(full: boolean): void
  /** From now on commits have no end, or all of them go on. A crash loses those that wait. */
  diskHangs(hangs: boolean): void
}

const START_MS = Date.UTC(2026, 0, 5, 10)
const FAR_MS = 30 * 86_400_000

export const refuse = (status: number, more: Partial<Delivery> = {}): Delivery => ({
  ok: false,
  status,
  answer: `status ${status}`,
  retry: status >= 500 || status === 429,
  ...more,
})

export async function startAlerting(yaml: string, options: StoryOptions = {}): Promise<Story> {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-alerting-'))
  const startMs = options.startMs ?? START_MS
  const clock = createDrivenClock(startMs)
  const log = options.log ?? silentLogger
  const attempts: Attempt[] = []
  const taken: Attempt[] = []
  let answer: Answer = options.answer ?? (() => undefined)
  let told = 0
  let full = false
  let hanging: { readonly until: Promise<void>; readonly end: () => void } | undefined
  let ids = 0
  let life = 0
  let current = yaml
  let escalation = options.escalation ?? { people: {}, policies: [] }
  const kind = (mine: number) =>
    recorderKind(
      () => clock.now(),
      async (attempt, signal) => {
        attempts.push(attempt)
        const delivery = await answer(attempt, signal)
        // What a process that crashed would have heard does not count.
        if (delivery === undefined || delivery.ok) taken.push(attempt)
        if (mine !== life) return new Promise(() => {})
        return delivery
      },
    )
  let running = await start()

  async function start() {
    const registry = createRegistry()
    const state = createInlineState(join(folder, 'state.db'), {
      isFull: () => full,
      untilAnswers: () => hanging?.until,
    })
    const alerting = createAlerting(
      { state, clock, log, registry, newId: () => `id-${String(++ids).padStart(6, '0')}`, random: () => 0.5 },
      options.limits,
    )
    await state.start(new AbortController().signal)
    await alerting.apply(read(current))
    await alerting.start(new AbortController().signal)
    return { state, alerting, registry }
  }

  function read(text: string) {
    const { config, errors } = checkAlertmanagerConfig(text, 'alertmanager.yml', {
      environment: {},
      kinds: [kind(life)],
    })
    if (config === undefined) throw new ConfigErrors(errors)
    const templates = createTemplates({ files: [], externalUrl: 'http://binnacle' }, clock)
    const { policies, errors: wrong } = readPolicies(escalation, {
      receivers: config.receivers.map(({ name }) => name),
    })
    if (wrong.length > 0) throw new ConfigErrors([...wrong])
    const alerting = toAlertingConfig(config, {
      clock,
      log,
      templates,
      userAgent: 'test',
      hostname: 'test',
      environment: {},
    })
    return { ...alerting, escalation: policies }
  }

  const ms = (duration: string): number => {
    const found = parseDurationMs(duration)
    if (found === undefined) throw new Error(`"${duration}" is no duration`)
    return found
  }

  function send(texts: readonly string[], more: Partial<IncomingAlert>): Promise<void> {
    const alerts = texts.map((text) => ({ labels: parseAlert(text), annotations: [], generatorUrl: '', ...more }))
    return running.alerting.receive(alerts)
  }

  return {
    clock,
    attempts,
    taken,
    get alerting() {
      return running.alerting
    },
    get registry() {
      return running.registry
    },
    push: (...alerts) => send(alerts, { startsAtMs: clock.now(), endsAtMs: clock.now() + FAR_MS }),
    resolve: (...alerts) => send(alerts, { endsAtMs: clock.now() }),
    advance: (duration) => clock.advance(ms(duration)),
    told() {
      const lines = taken.slice(told).map((attempt) => line(attempt, startMs))
      told = taken.length
      return lines
    },
    silence: (matchers, duration, startsIn = '0s') =>
      running.alerting.silences.set({
        matchers: parseMatchers(matchers),
        startsAtMs: clock.now() + ms(startsIn),
        endsAtMs: clock.now() + ms(startsIn) + ms(duration),
        createdBy: 'test',
        comment: 'test',
        annotations: {},
      }),
    acknowledge: (by, ...alerts) =>
      running.alerting.acknowledge(
        alerts.map((text) => fingerprintOf(parseAlert(text))),
        { by, comment: '' },
      ),
    async apply(next, policies = escalation) {
      current = next
      escalation = policies
      await running.alerting.apply(read(next))
    },
    async restart({ crash = false, yaml: next = current } = {}) {
      current = next
      life++
      if (!crash) await running.alerting.stop()
      if (hanging === undefined) await running.state.stop()
      clock.dropTimers()
      running = await start()
    },
    answer(next) {
      answer = next
    },
    diskIsFull(next) {
      full = next
    },
    diskHangs(hangs) {
      hanging?.end()
      hanging = undefined
      if (!hangs) return
      let end = () => {}
      const until = new Promise<void>((resolve) => {
        end = resolve
      })
      hanging = { until, end }
    },
    async [Symbol.asyncDispose]() {
      life++
      clock.dropTimers()
      hanging?.end()
      await running.state.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** `Name{a="b", c="d"}` */
export function parseAlert(text: string): Labels {
  const [, name = '', rest = ''] = /^([^{]*)(?:\{(.*)\})?$/s.exec(text) ?? []
  const pairs = parseMatchers(`{${rest}}`).map((matcher) => [matcher.name, matcher.value] as const)
  const labels = [...pairs, ['alertname', name] as const].sort((a, b) => (a[0] < b[0] ? -1 : 1))
  return labels.flat()
}

/** The same the other way round. */
export function formatAlert({ labels }: Pick<Alert, 'labels'>): string {
  const rest: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (labels[i] !== 'alertname') rest.push(labels[i]!, labels[i + 1]!)
  return `${labelValue(labels, 'alertname')}${rest.length === 0 ? '' : formatLabelSet(rest)}`
}

function line({ atMs, notification }: Attempt, startMs: number): string {
  const { receiver, status, alerts, nowMs } = notification
  const of = (resolved: boolean) =>
    alerts.filter((alert) => isResolvedAt(alert, nowMs) === resolved).map((alert) => ` ${formatAlert(alert)}`)
  const firing = of(false)
  const resolved = of(true)
  const parts = status === 'firing' ? ['firing', ...firing] : []
  if (resolved.length > 0) parts.push(`${parts.length > 0 ? ' ' : ''}resolved`, ...resolved)
  return `+${formatDurationMs(atMs - startMs)} ${receiver} ${parts.join('')}`
}
