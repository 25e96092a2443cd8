import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Labels, labelValue } from '@binnacle/promql'
import { type AlertmanagerConfig, checkAlertmanagerConfig } from '../src/alerting/config/index.ts'
import {
  createAlerting,
  createExternalAlertmanagers,
  createTemplates,
  parseMatchers,
  readPolicies,
  readTemplateFiles,
  toAlertingConfig,
} from '../src/alerting/index.ts'
import {
  type Notification,
  type Notifier,
  type ReceiverKind,
  type RenderedMessage,
  receiverKinds,
} from '../src/alerting/notify/index.ts'
import { parseAlert } from '../src/alerting/testkit/index.ts'
import { readSettings } from '../src/cli/up.ts'
import {
  createAlertIntakePart,
  createConfigState,
  createRules,
  externalAlertmanagersOf,
  readRules,
} from '../src/composition/index.ts'
import { ConfigErrors, formatDurationMs, parseDurationMs } from '../src/config/index.ts'
import { createScrapeManager, createScrapePlaces } from '../src/metrics/intake/scrape/index.ts'
import { createDrivenClock } from '../src/metrics/intake/scrape/testkit/driven-clock.ts'
import type { RulesConfig } from '../src/rules/index.ts'
import { createMemoryMetrics } from '../src/rules/testkit/memory-metrics.ts'
import { createInlineState } from '../src/state/testkit/test-state.ts'
import { createRegistry, silentLogger } from '../src/telemetry/index.ts'

/** One message that a receiver was sent. */
export type Told = {
  /** Since the start, ms. */
  readonly atMs: number
  readonly receiver: string
  /** `email`, `slack`, `pagerduty`, `webhook` ... */
  readonly kind: string
  readonly index: number
  readonly status: 'firing' | 'resolved'
  readonly sendResolved: boolean
  /** Their names. */
  readonly alerts: readonly string[]
  /** A mail's recipients, a chat's channel, otherwise empty. */
  readonly address: string
  readonly title: string
  /** Lines of the text that the team wrote; those of built-in forms (mails, webhooks) are not told. */
  readonly text: readonly string[]
}

export type StoryService = {
  readonly troubles: readonly string[]
  readonly families: readonly unknown[]
  readonly environment: (ports: { httpPort: number; smtpPort: number }) => Record<string, string>
  readonly messageOf?: (alarm: string, state: string, now: string) => unknown
}

/**
 * An example whole, on a clock that the test moves: what its stand-in says is scraped, its own files are read as `binnacle up`
 * reads them, rules, routing, inhibition, escalation and the state on disk are the real ones. Receivers render what they would
 * send, and take it.
 */
export type ExampleStory = AsyncDisposable & {
  /** Since the start, ms. */
  readonly nowMs: number
  readonly service: StoryService
  readonly config: AlertmanagerConfig
  readonly rules: RulesConfig
  begin(...troubles: string[]): void
  end(...troubles: string[]): void
  advance(duration: string): Promise<void>
  /** Messages since the last call. */
  told(): Told[]
  /** Alerts that fire, such as `HighErrorRate`, and whether others mute them (`HighErrorRate (muted)`), sorted. */
  firing(): Promise<string[]>
  /** Alerts that rules hold pending. */
  pending(): string[]
  acknowledge(by: string, alertname: string): Promise<void>
  silence(matchers: string, duration: string): Promise<void>
  /** Alerts written as `Name{label="value"}` fire until they are resolved, as if rules had found them. */
  push(...alerts: string[]): Promise<void>
  resolve(...alerts: string[]): Promise<void>
  /** An alarm of CloudWatch comes in as the intake gets it. */
  alarm(name: string, state: string): Promise<void>
}

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url))
/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5, 10)
const FAR_MS = 30 * 86_400_000
/** Of alerts that are pushed. */
const ANNOTATIONS = ['description', '5 of 7', 'summary', 'Something is wrong']

type Metrics = {
  step(seconds: number, is: (trouble: string) => boolean): void
  render(is: (trouble: string) => boolean, job: string, nowMs: number): string
}

export type StoryOptions = {
  /** In place of the example's intervals of scraping and evaluating, so that hours cost less. Default 30s. */
  readonly every?: string
  /** Whether the stand-in is scraped and rules are evaluated; otherwise alerts come from `push` only. Default true. */
  readonly rules?: boolean
}

export async function startExampleStory(name: string, options: StoryOptions = {}): Promise<ExampleStory> {
  const { every = '30s', rules: withRules = true } = options
  const folder = join(EXAMPLES, name)
  const service: StoryService = await import(join(folder, 'service.mjs'))
  const kit: { createMetrics(families: readonly unknown[]): Metrics } = await import(join(EXAMPLES, 'kit/service.mjs'))
  const environment = service.environment({ httpPort: 7171, smtpPort: 7172 })
  const scratch = mkdtempSync(join(tmpdir(), 'binnacle-story-'))
  const clock = createDrivenClock(START_MS)
  const everyMs = durationOf(every)
  const log = silentLogger
  const registry = createRegistry()
  const never = new AbortController().signal
  const troubles = new Set<string>()
  const is = (trouble: string) => troubles.has(trouble)
  const told: Told[] = []

  const loaded = readSettings({ config: join(folder, 'binnacle.yml') }, environment, folder)
  const { settings } = loaded
  const prometheus = createConfigState(clock).read(settings.prometheus_config)
  const ruleFiles = readRules(
    prometheus,
    { ...settings, packs: { ...settings.packs, enabled: [] } },
    {
      settingsFile: loaded.file,
      externalUrl: 'http://binnacle',
    },
  )
  const rulesConfig: RulesConfig = {
    ...ruleFiles.config,
    slowestScrapeMs: everyMs,
    files: ruleFiles.config.files.map(({ file, groups }) => ({
      // When a group's turn comes depends on its file's name, and must not on where the clone lies.
      file: relative(folder, file),
      groups: groups.map((group) => ({ ...group, intervalMs: everyMs })),
    })),
  }
  const routing = settings.alertmanager_config!
  const { config, errors } = checkAlertmanagerConfig(readFileSync(routing, 'utf8'), routing, {
    environment,
    kinds: receiverKinds.map((kind) => recorded(kind, (one) => told.push({ ...one, atMs: clock.now() - START_MS }))),
  })
  if (config === undefined) throw new ConfigErrors([...errors])
  const { policies, errors: wrong } = readPolicies(settings.escalation, {
    receivers: config.receivers.map((receiver) => receiver.name),
  })
  if (wrong.length > 0) throw new ConfigErrors([...wrong])

  const state = createInlineState(join(scratch, 'state.db'))
  let ids = 0
  const alerting = createAlerting({ state, clock, log, registry, newId: () => `id-${++ids}`, random: () => 0.5 })
  const memory = createMemoryMetrics()
  const external = createExternalAlertmanagers({ clock, log, registry, userAgent: 'story', environment })
  external.apply(externalAlertmanagersOf(prometheus, settings).config)
  const places = createScrapePlaces({ seed: 'story' })
  const rules = createRules(
    {
      store: memory.store,
      queries: {
        prepare(_text, expr) {
          const query = memory.queryOf(expr)
          const evaluate = async (atMs: number, signal: AbortSignal) => ({
            ...(await query.evaluate(atMs, signal)),
            warnings: [],
            infos: [],
          })
          return { ...query, evaluate }
        },
      },
      // Nothing from before a start: the story begins with it.
      series: { lookbackMs: 0, async *read() {}, labelSets: async () => [] },
      state,
      alerting,
      external,
      windowEnd: places.windowEnd,
      clock,
      log,
      registry,
    },
    settings,
  )
  const scrape = createScrapeManager({ store: memory.store, clock, log, registry }, { places })
  const metrics = kit.createMetrics(service.families)
  let steppedMs = clock.now()
  for (const { jobName, metricsPath, staticGroups } of prometheus.scrapeConfigs) {
    const job = metricsPath.split('/')[2] ?? ''
    scrape.addInternal({
      job: jobName,
      instance: `${jobName}:1`,
      intervalMs: everyMs,
      labels: staticGroups[0]?.labels ?? {},
      async collect(nowMs) {
        metrics.step(Math.max(0, nowMs - steppedMs) / 1000, is)
        steppedMs = Math.max(nowMs, steppedMs)
        if (is(`${job}-down`)) throw new Error(`${job} is down`)
        return metrics.render(is, job, nowMs)
      },
    })
  }
  const intake = createAlertIntakePart(
    {
      clock,
      log,
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      receive: (alerts) => alerting.receive(alerts),
    },
    settings,
  )

  await state.start(never)
  const templates = createTemplates(
    { files: await readTemplateFiles(config.templates), externalUrl: 'http://binnacle' },
    clock,
  )
  const deps = { clock, log, templates, userAgent: 'story', hostname: 'story', environment }
  await alerting.apply({ ...toAlertingConfig(config, deps), escalation: policies })
  await alerting.start(never)
  if (withRules) {
    await rules.apply(rulesConfig)
    scrape.start(never)
    await rules.start(never)
  }
  const send = (texts: readonly string[], more: { startsAtMs?: number; endsAtMs: number }) =>
    alerting.receive(
      external.relabelled(
        texts.map((text) => ({ labels: parseAlert(text), annotations: ANNOTATIONS, generatorUrl: '', ...more })),
      ),
    )

  const alertsOf = (state: 'firing' | 'pending') =>
    rules
      .groups()
      .flatMap((group) => group.rules.flatMap((rule) => rule.alerts.filter((alert) => alert.state === state)))
  const named = async (alertname: string) =>
    (await alerting.alerts({})).filter(({ labels }) => labelValue(labels, 'alertname') === alertname)

  return {
    get nowMs() {
      return clock.now() - START_MS
    },
    service,
    config,
    rules: rulesConfig,
    begin: (...names) => {
      for (const trouble of names) troubles.add(trouble)
    },
    end: (...names) => {
      for (const trouble of names) troubles.delete(trouble)
    },
    advance: (duration) => clock.advance(durationOf(duration)),
    told: () => told.splice(0),
    firing: async () =>
      (await alerting.alerts({}))
        .map((alert) => `${nameOf(alert.labels)}${alert.inhibitedBy.length > 0 ? ' (muted)' : ''}`)
        .sort(),
    pending: () => alertsOf('pending').map(({ labels }) => nameOf(labels)),
    acknowledge: async (by, alertname) =>
      alerting.acknowledge(
        (await named(alertname)).map(({ fingerprint }) => fingerprint),
        { by, comment: '' },
      ),
    async silence(matchers, duration) {
      await alerting.silences.set({
        matchers: parseMatchers(matchers),
        startsAtMs: clock.now(),
        endsAtMs: clock.now() + durationOf(duration),
        createdBy: 'story',
        comment: 'story',
        annotations: {},
      })
    },
    push: (...alerts) => send(alerts, { startsAtMs: clock.now(), endsAtMs: clock.now() + FAR_MS }),
    resolve: (...alerts) => send(alerts, { endsAtMs: clock.now() }),
    async alarm(alarm, to) {
      await intake.sns(JSON.stringify(service.messageOf!(alarm, to, new Date(clock.now()).toISOString())), never)
    },
    async [Symbol.asyncDispose]() {
      clock.dropTimers()
      await state.stop()
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

/** A line of a message: `+1m10s firing team/slack #channel: title`, and its text in lines of their own. */
export function lineOf(told: Told, sinceMs = 0): string {
  const { atMs, status, receiver, kind, address, title, text } = told
  const head = `+${formatDurationMs(atMs - sinceMs)} ${status} ${receiver}/${kind}${address === '' ? '' : ` ${address}`}: ${title}`
  return [head, ...text.map((line) => `    ${line}`)].join('\n')
}

/** The kind, but what it would send is kept in place of being sent, and taken. */
function recorded(kind: ReceiverKind, tell: (told: Omit<Told, 'atMs'>) => void): ReceiverKind {
  return {
    ...kind,
    check(given, context) {
      const checked = kind.check(given, context)
      if (checked === undefined) return undefined
      return {
        ...checked,
        create(deps, index) {
          const real = checked.create(deps, index)
          return {
            kind: real.kind,
            index: real.index,
            sendResolved: real.sendResolved,
            render: (notification) => real.render(notification),
            async send(notification) {
              const message = await real.render(notification)
              tell(toldOf(real, notification, message))
              return { ok: true, status: 200, answer: 'recorded' }
            },
            stop: () => real.stop(),
          }
        },
      }
    },
  }
}

function toldOf(
  { kind, index, sendResolved }: Notifier,
  { receiver, status, alerts }: Notification,
  { title, text, request }: RenderedMessage,
): Omit<Told, 'atMs'> {
  const { to, body = {} } = request as { to?: string; body?: Body }
  const [attachment] = body.attachments ?? []
  return {
    receiver,
    kind,
    index,
    sendResolved,
    status,
    alerts: alerts.map(({ labels }) => nameOf(labels)),
    address: to ?? body.channel ?? body.event_action ?? '',
    title: body.text ?? title,
    text:
      kind === 'pagerduty'
        ? detailsOf(text)
        : [
            ...linesOf(attachment?.text ?? ''),
            ...(attachment?.fields ?? []).map((field) => `${field.title}: ${field.value}`),
            ...(body.text === undefined ? [] : [`(${attachment?.color})`]),
          ],
  }
}

/** Of messages to Slack and events to PagerDuty. */
type Body = {
  readonly channel?: string
  readonly text?: string
  readonly event_action?: string
  readonly attachments?: readonly {
    readonly text?: string
    readonly color?: string
    readonly fields?: readonly { readonly title: string; readonly value: string }[]
  }[]
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')

/** Details of an event that the team's own templates make; none where they are Alertmanager's. */
function detailsOf(text: string): string[] {
  const details = JSON.parse(text) as Record<string, unknown>
  return 'alerts' in details ? [JSON.stringify(details)] : []
}

const nameOf = (labels: Labels) => labelValue(labels, 'alertname') ?? ''

function durationOf(text: string): number {
  const ms = parseDurationMs(text)
  if (ms === undefined) throw new Error(`"${text}" is no duration`)
  return ms
}
