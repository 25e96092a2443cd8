import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { runCli } from './run-cli.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url))

type Message = {
  readonly channel: string
  readonly title: string
  readonly text: string
  readonly body: unknown
}
type Recorder = {
  readonly httpPort: number
  readonly smtpPort: number
  readonly messages: Message[]
  close(): Promise<void>
}
type Service = { readonly port: number; begin(name: string): void; end(name: string): void; close(): Promise<void> }
type Example = {
  readonly port: number
  readonly troubles: readonly string[]
  readonly families: readonly unknown[]
  readonly environment: (recorder: Recorder) => Record<string, string>
  readonly messageOf?: (alarm: string, state: string) => unknown
}
type Kit = {
  startRecorder(): Promise<Recorder>
  startService(options: { families: readonly unknown[]; troubles: readonly string[] }): Promise<Service>
  /** The text of a file with seconds in place of minutes. */
  quickly(text: string, file: string): string
}
type OnEnd = (end: () => Promise<void>) => void

let lastStart: Promise<unknown> = Promise.resolve()

/** The example's folder with other ports and times, its service and a recorder, and the real program with its files. */
async function run(name: string, onEnd: OnEnd, more: (text: string) => string = (text) => text) {
  const { quickly }: Kit = await import(join(EXAMPLES, 'kit', 'quickly.mjs'))
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-example-'))
  onEnd(() => rm(folder, { recursive: true, force: true }))
  cpSync(join(EXAMPLES, name), folder, { recursive: true })
  const example: Example = await import(join(EXAMPLES, name, 'service.mjs'))
  const { startRecorder }: Kit = await import(join(EXAMPLES, 'kit', 'recorder.mjs'))
  const { startService }: Kit = await import(join(EXAMPLES, 'kit', 'service.mjs'))
  const recorder = await startRecorder()
  onEnd(() => recorder.close())
  const service = await startService({ families: example.families, troubles: example.troubles })
  onEnd(() => service.close())
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.yml') || entry.startsWith('tests')) continue
    const file = join(folder, entry)
    const text = readFileSync(file, 'utf8').replaceAll(`127.0.0.1:${example.port}`, `127.0.0.1:${service.port}`)
    writeFileSync(file, more(quickly(text, entry)))
  }
  const named = ['prometheus', 'alertmanager'].flatMap((part) => {
    const file = join(folder, `${part}.yml`)
    return existsSync(file) ? [`--${part}-config`, file] : []
  })
  const start = () =>
    startBinnacle({
      args: ['--config', join(folder, 'binnacle.yml'), ...named],
      env: example.environment(recorder),
      timeoutMs: 120_000,
    })
  // One after the other: starting is the part that keeps a machine busy.
  const starting = lastStart.then(start)
  lastStart = starting.catch(() => {})
  const binnacle = await starting
  onEnd(async () => {
    await binnacle.stop()
  })
  return { example, recorder, service, binnacle }
}

const is = (channel: string, title: string) => (message: Message) =>
  message.channel.startsWith(channel) && message.title.includes(title)

/** The first message that fits; fails with what came instead. */
async function arrival({ messages }: Recorder, fits: (message: Message) => boolean): Promise<Message> {
  await becomes(() => messages.some(fits) || titles(messages), true)
  return messages.find(fits)!
}

/** Waits for what will be; `expect.poll` knows no tests side by side. */
async function becomes(look: () => unknown, expected: unknown): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (isDeepStrictEqual(await look(), expected)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  expect(await look()).toEqual(expected)
}

const titles = (messages: readonly Message[]) => messages.map(({ channel, title }) => `${channel} ${title}`)

// Side by side: what takes time is waiting.
describe.concurrent('an example at work, seconds in place of minutes', () => {
  test('Catalytic Computing: a brute force arrives by mail, in Slack and at PagerDuty, and so does its end', {
    timeout: 300_000,
  }, async ({ onTestFinished }) => {
    const { recorder, service, binnacle } = await run('catalytic', onTestFinished)
    service.begin('brute-force')
    const mail = await arrival(recorder, is('mail security-team@', 'CriticalFailedLoginRate'))
    expect(mail.title).toBe('[CRITICAL SECURITY] CriticalFailedLoginRate')
    const slack = await arrival(recorder, is('/slack', '#security-critical'))
    expect(slack.title).toBe('#security-critical 🚨 CRITICAL SECURITY ALERT')
    expect(slack.text).toMatch(/^Logins fail very often\n[\d.]+ failed logins per minute \(more than 50\)/)
    const event = await arrival(recorder, is('/pagerduty', 'trigger CriticalFailedLoginRate'))
    expect(event.title).toBe('trigger CriticalFailedLoginRate: Logins fail very often')
    expect(event.body).toMatchObject({ routing_key: 'of-the-example', payload: { severity: 'critical' } })
    // "Also to the default", which the original only meant to do.
    await arrival(recorder, is('mail ops-team@', '[ALERT] CriticalFailedLoginRate'))
    // The warning of the same symptom fires as well, and nobody is told.
    await becomes(() => inhibited(binnacle, 'HighFailedLoginRate'), [true])
    expect(titles(recorder.messages).filter((title) => title.includes('#security-alerts'))).toEqual([])

    service.end('brute-force')
    const end = await arrival(recorder, is('/pagerduty', 'resolve'))
    expect(end.body).toMatchObject({ dedup_key: (event.body as { dedup_key: string }).dedup_key })
  })

  test('DIVE V3: an alert is muted by one of another name, with which it shares no label', {
    timeout: 300_000,
  }, async ({ onTestFinished }) => {
    const { recorder, service, binnacle } = await run('dive-v3', onTestFinished)
    service.begin('mongo-down')
    await arrival(recorder, is('/pagerduty', 'trigger MongoDBDown'))
    await becomes(() => inhibited(binnacle, 'DecisionLoggingFailures'), [true])
    // Another trouble is told meanwhile.
    service.begin('tampering')
    const slack = await arrival(recorder, is('/slack', 'FIRING: MetadataTamperingDetected'))
    expect(slack.text).toMatch(/^Metadata was tampered with\. \d+ signatures \(STANAG 4778\) did not hold/)
    await arrival(recorder, is('/audit', 'firing critical'))
  })

  test('Threat modelling: errors page and are seen in the channel, the slowness is muted, 15 minutes make an incident', {
    timeout: 300_000,
  }, async ({ onTestFinished }) => {
    const { recorder, service, binnacle } = await run('threat-modelling', onTestFinished, (text) =>
      text.replaceAll('[1m]', '[15s]'),
    )
    service.begin('errors')
    service.begin('forbidden')
    const event = await arrival(recorder, is('/pagerduty', 'trigger HighErrorRate: api fails'))
    expect(event.text).toMatch(/^firing: 1\nresolved: 0/)
    const chat = await arrival(recorder, is('/slack', '#alerts Alert: HighErrorRate'))
    expect(chat.text).toBe('api fails\n')
    const security = await arrival(recorder, is('/slack', '#security-alerts 🚨 Security Alert: UnauthorizedAPIAccess'))
    expect(security.text).toMatch(/^\*Alert:\* UnauthorizedAPIAccess\n\*Description:\* [\d.]+ answers 403 per second/)
    expect(security.text).toMatch(/\n\*Time:\* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n$/)
    await arrival(recorder, is('mail security-team@threatmodel.io', 'Security Alert: UnauthorizedAPIAccess'))
    service.begin('slow')
    await becomes(() => inhibited(binnacle, 'HighResponseTime'), [true])
    await arrival(recorder, is('/slack', '#incidents 🚨 Incident: HighErrorRate'))
    await arrival(recorder, is('/status-page', 'firing incident'))

    service.end('errors')
    service.end('forbidden')
    await arrival(recorder, is('/slack', '#security-alerts ✅ Resolved: UnauthorizedAPIAccess'))
    const end = await arrival(recorder, is('/pagerduty', 'resolve HighErrorRate'))
    expect(end.body).toMatchObject({ dedup_key: (event.body as { dedup_key: string }).dedup_key })
    expect(
      titles(recorder.messages).filter((title) => title.includes('HighResponseTime') && title.includes('Resolved')),
    ).toEqual([])
  })

  test('Trust Service: an outage climbs to the team lead and the manager, and an acknowledgement ends the climb', {
    timeout: 300_000,
  }, async ({ onTestFinished }) => {
    const { recorder, service, binnacle } = await run('trust-service', onTestFinished, (text) =>
      text.replace('after: 15s', 'after: 3s').replace('after: 30s', 'after: 6s').replace('after: 60s', 'after: 20s'),
    )
    service.begin('vault')
    await arrival(recorder, is('/slack/security', '#trust-security 🔒 VaultFailure'))
    await arrival(recorder, is('mail security@marty.com', '[CRITICAL SECURITY] VaultFailure'))
    const page = await arrival(recorder, is('/pagerduty', 'trigger level 1 of 3'))
    expect(page.body).toMatchObject({ routing_key: 'escalation' })
    await arrival(recorder, is('mail escalation@marty.com', '[ESCALATION] VaultFailure: level 2 of 3'))
    const response = await fetch(`${binnacle.url}/api/v2/alerts?filter=alertname="VaultFailure"`)
    const [alert] = (await response.json()) as { fingerprint: string }[]
    const { code, stderr } = await runCli(['alert', 'ack', '--url', binnacle.url, '--by', 'ann', alert!.fingerprint])
    expect(code, stderr).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 25_000))
    expect(titles(recorder.messages).filter((title) => title.includes('executives@'))).toEqual([])
  })

  test('ThreatCompass: an alarm of CloudWatch has its three states in Slack and by mail', {
    timeout: 300_000,
  }, async ({ onTestFinished }) => {
    const { recorder, binnacle, example } = await run('threat-compass', onTestFinished)
    const critical = 'threatcompass-production-flask-no-tasks'
    const shapes = () =>
      recorder.messages
        .filter(({ channel }) => channel === '/slack')
        .map(({ body }) => body as { channel: string; text: string; attachments: [{ color: string; fields: unknown }] })
        .map(({ channel, text, attachments: [{ color, fields }] }) => ({ channel, text, color, fields }))
    await tell(binnacle, example.messageOf!(critical, 'ALARM'))
    await arrival(recorder, is('/slack', '🚨'))
    const field = (title: string, value: string, short: boolean) => ({ title, value, short })
    expect(shapes()).toEqual([
      {
        channel: '#threatcompass-critical',
        text: `🚨 ThreatCompass Alert: ${critical}`,
        color: 'danger',
        fields: [
          field('Alarm', critical, true),
          field('State', 'ALARM', true),
          field('Description', 'No task of the Flask service is running', false),
          field('Reason', 'Threshold Crossed: 1 datapoint [0.0] was less than the threshold (1.0).', false),
        ],
      },
    ])
    await arrival(recorder, is('mail admin@yourdomain.com', `ALARM: "${critical}" (critical)`))

    await tell(binnacle, example.messageOf!(critical, 'OK'))
    await becomes(() => shapes().at(-1)?.color, 'good')
    await arrival(recorder, is('mail admin@yourdomain.com', `OK: "${critical}" (critical)`))

    await tell(binnacle, example.messageOf!('threatcompass-production-rds-cpu', 'INSUFFICIENT_DATA'))
    await becomes(() => shapes().at(-1)?.color, 'warning')
    expect(shapes().at(-1)).toMatchObject({
      channel: '#threatcompass',
      fields: expect.arrayContaining([
        field('State', 'INSUFFICIENT_DATA', true),
        field('Reason', 'No datapoints.', false),
      ]),
    })
  })
})

/** Of each alert of that name, whether another one mutes it. */
async function inhibited({ url }: RunningBinnacle, name: string): Promise<boolean[]> {
  const response = await fetch(`${url}/api/v2/alerts?filter=${encodeURIComponent(`alertname="${name}"`)}`)
  const alerts = (await response.json()) as { status: { inhibitedBy: string[] } }[]
  return alerts.map(({ status }) => status.inhibitedBy.length > 0)
}

async function tell({ url }: RunningBinnacle, message: unknown): Promise<void> {
  const response = await fetch(`${url}/api/alerts/sns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer of-the-example' },
    body: JSON.stringify(message),
  })
  expect(response.status, await response.text()).toBe(200)
}
