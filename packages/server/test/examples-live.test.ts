import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
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
}

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** The example's folder with other ports and times, its service and a recorder, and the real program with its files. */
async function run(name: string, shorten: (text: string, file: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-example-'))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  cpSync(join(EXAMPLES, name), folder, { recursive: true })
  const example: Example = await import(join(EXAMPLES, name, 'service.mjs'))
  const { startRecorder }: Kit = await import(join(EXAMPLES, 'kit', 'recorder.mjs'))
  const { startService }: Kit = await import(join(EXAMPLES, 'kit', 'service.mjs'))
  const recorder = await startRecorder()
  endings.push(() => recorder.close())
  const service = await startService({ families: example.families, troubles: example.troubles })
  endings.push(() => service.close())
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.yml') || entry.startsWith('tests')) continue
    const file = join(folder, entry)
    const text = readFileSync(file, 'utf8').replaceAll(`127.0.0.1:${example.port}`, `127.0.0.1:${service.port}`)
    writeFileSync(file, shorten(text, entry))
  }
  const named = ['prometheus', 'alertmanager'].flatMap((part) => {
    const file = join(folder, `${part}.yml`)
    return existsSync(file) ? [`--${part}-config`, file] : []
  })
  const binnacle = await startBinnacle({
    args: ['--config', join(folder, 'binnacle.yml'), ...named],
    env: example.environment(recorder),
  })
  endings.push(() => binnacle.stop())
  return { example, recorder, service, binnacle }
}

const is = (channel: string, title: string) => (message: Message) =>
  message.channel.startsWith(channel) && message.title.includes(title)

/** The first message that fits; fails with what came instead. */
async function arrival({ messages }: Recorder, fits: (message: Message) => boolean): Promise<Message> {
  await expect.poll(() => messages.some(fits) || titles(messages), { timeout: 40_000, interval: 200 }).toBe(true)
  return messages.find(fits)!
}

const titles = (messages: readonly Message[]) => messages.map(({ channel, title }) => `${channel} ${title}`)

/** Scrapes and groups every second, and no alert waits longer. */
const quickly = (text: string, file: string) =>
  text
    .replace(/(scrape|evaluation)_interval: 5s/g, '$1_interval: 1s')
    .replace(/^( +)interval: 5s/gm, '$1interval: 1s')
    .replace(/^( +)for: \d+m/gm, '$1for: 1s')
    // Of two alerts of one symptom the critical one speaks first, and the warning soon.
    .replace(/\[(1m|5m)\]/g, (range, of) => (file.startsWith('rules') ? (of === '1m' ? '[10s]' : '[2m]') : range))
    .replace(/(group_wait|group_interval): \d+[sm]/g, '$1: 1s')

describe('an example at work', () => {
  test('Catalytic Computing: a brute force arrives by mail, in Slack and at PagerDuty, and so does its end', {
    timeout: 90_000,
  }, async () => {
    const { recorder, service, binnacle } = await run('catalytic', quickly)
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
    await expect.poll(() => inhibited(binnacle, 'HighFailedLoginRate'), { timeout: 30_000 }).toEqual([true])
    expect(titles(recorder.messages).filter((title) => title.includes('#security-alerts'))).toEqual([])

    service.end('brute-force')
    const end = await arrival(recorder, is('/pagerduty', 'resolve'))
    expect(end.body).toMatchObject({ dedup_key: (event.body as { dedup_key: string }).dedup_key })
  })

  test('DIVE V3: an alert is muted by one of another name, with which it shares no label', {
    timeout: 90_000,
  }, async () => {
    const { recorder, service, binnacle } = await run('dive-v3', quickly)
    service.begin('mongo-down')
    await arrival(recorder, is('/pagerduty', 'trigger MongoDBDown'))
    await expect.poll(() => inhibited(binnacle, 'DecisionLoggingFailures'), { timeout: 30_000 }).toEqual([true])
    // Another trouble is told meanwhile.
    service.begin('tampering')
    const slack = await arrival(recorder, is('/slack', 'FIRING: MetadataTamperingDetected'))
    expect(slack.text).toMatch(/^Metadata was tampered with\. \d+ signatures \(STANAG 4778\) did not hold/)
    await arrival(recorder, is('/audit', 'firing critical'))
  })

  test('Trust Service: an outage climbs to the team lead and the manager, and an acknowledgement ends the climb', {
    timeout: 90_000,
  }, async () => {
    const { recorder, service, binnacle } = await run('trust-service', (text, file) =>
      quickly(text, file)
        .replace('after: 15m', 'after: 3s')
        .replace('after: 30m', 'after: 6s')
        .replace('after: 1h', 'after: 20s'),
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
    timeout: 60_000,
  }, async () => {
    const { recorder, binnacle, example } = await run('threat-compass', (text) =>
      text.replace('group_interval: 10s', 'group_interval: 1s'),
    )
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
    await expect.poll(() => shapes().at(-1)?.color, { timeout: 20_000 }).toBe('good')
    await arrival(recorder, is('mail admin@yourdomain.com', `OK: "${critical}" (critical)`))

    await tell(binnacle, example.messageOf!('threatcompass-production-rds-cpu', 'INSUFFICIENT_DATA'))
    await expect
      .poll(() => shapes().at(-1), { timeout: 20_000 })
      .toMatchObject({
        channel: '#threatcompass',
        color: 'warning',
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
