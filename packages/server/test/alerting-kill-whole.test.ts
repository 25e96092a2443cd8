import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startWebhookRecorder, type WebhookRecorder } from '../src/alerting/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * The whole way, from a value on a target's page to the receiver, under kill -9 of the whole program or of its engine host
 * alone, ordinary stops, and reloads of changed rules. Each start finds the rule file elsewhere, so its alerts move each
 * time. Stories side by side; ALERTING_KILL_STORIES makes it more of them.
 */

const STORIES = Number(process.env.ALERTING_KILL_STORIES ?? 10)
/** Of these every other one is acknowledged. */
const OUTAGES = 6
const LEAST_STARTS = 4
const AFTER_MS = [0, 8_000] as const
const PATIENCE_MS = 60_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const between = ([low, high]: readonly [number, number]) => low + Math.random() * (high - low)

/** A target with a gauge for each story: trouble that comes and goes, and outages that last. */
async function startTarget(): Promise<AsyncDisposable & { address: string; trouble: number[]; outage: number[] }> {
  const trouble = Array.from({ length: STORIES }, () => 0)
  const outage = Array.from({ length: OUTAGES }, () => 0)
  const page = (name: string, values: readonly number[]) =>
    values.map((value, story) => `${name}{story="${story}"} ${value}\n`).join('')
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(page('trouble', trouble) + page('outage', outage))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble,
    outage,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A text of an alert that changes: its group is built anew by a reload, and its alerts go on. */
const rulesWith = (text: string) => `groups:
  - name: stories
    interval: 500ms
    rules:
      - {alert: Trouble, expr: trouble > 0}
      - {alert: LastingTrouble, expr: trouble > 0, for: 1s, annotations: {text: ${text}}}
      - {alert: Maintenance, expr: 'outage{story="0"} >= 0'}
      # Nobody is told of these.
      - {alert: Silenced, expr: trouble > 0}
      - {alert: Inhibited, expr: trouble > 0}
      - {alert: Outage, expr: outage > 0}
`

const ROUTING = (url: string) => `route:
  receiver: recorder
  group_by: [alertname, story]
  group_wait: 200ms
  group_interval: 400ms
  repeat_interval: 1h
  routes:
    - {matchers: [alertname = Outage], receiver: nobody}
inhibit_rules:
  - {source_matchers: [alertname = Maintenance], target_matchers: [alertname = Inhibited]}
receivers:
  - name: nobody
  - name: recorder
    webhook_configs: [{url: "${url}/"}]
  - name: level-1
    webhook_configs: [{url: "${url}/level-1"}]
  - name: level-2
    webhook_configs: [{url: "${url}/level-2"}]
`

const SETTINGS = `collectors: {host: {enabled: false}, process: {enabled: false}}
escalation:
  policies:
    - name: outages
      matchers: [alertname = Outage]
      group_by: [alertname, story]
      levels: [{after: 0s, notify: level-1}, {after: 6s, notify: level-2}]
`

/** Kills, stops, reloads and starts again until `stop`, which leaves it running no longer. */
function startUnderFire(start: () => Promise<RunningBinnacle>) {
  let over = false
  const done = { killed: 0, engine: 0, stopped: 0, reloaded: 0 }
  let latest: RunningBinnacle | undefined
  const launch = async () => {
    latest = await start()
    return latest
  }
  const first = launch()
  const disturbing = (async () => {
    for (let running = await first; ; ) {
      await pause(between(AFTER_MS))
      if (over) return running.kill()
      const dice = Math.random()
      if (dice < 0.2) {
        const engine = running.enginePid()
        if (engine !== undefined) process.kill(engine, 'SIGKILL')
        done.engine++
      } else if (dice < 0.4) {
        await writeFile(join(running.folder, 'rules.yml'), rulesWith(`version ${done.reloaded}`))
        running.signal('SIGHUP')
        done.reloaded++
      } else {
        if (dice < 0.6) {
          await running.stop()
          done.stopped++
        } else {
          await running.kill()
          done.killed++
        }
        await running[Symbol.asyncDispose]()
        running = await launch()
      }
    }
  })()
  // Whoever waits for the stories hears of it sooner than of what nobody was told.
  const failed = disturbing.then(() => new Promise<never>(() => {}))
  return {
    done,
    first,
    /** Of the one that runs, or ran last. */
    url: () => latest!.url,
    failed,
    async stop(): Promise<void> {
      over = true
      await disturbing
    },
  }
}

/**
 * What was heard of each alert, such as `/level-1 Outage 3`: each notification once, however often it was sent again under
 * its own key.
 */
function heardBy(recorder: WebhookRecorder): Map<string, string[]> {
  const keys = new Set<string | undefined>()
  const heard = new Map<string, string[]>()
  for (const { path, alerts, answered, idempotencyKey, status } of recorder.calls) {
    if (answered !== 200 || keys.has(idempotencyKey)) continue
    keys.add(idempotencyKey)
    for (const alert of alerts) {
      const [, name, story] = /^\w+ (\w+)\{.*story="(\d+)"/.exec(alert)!
      const what = `${path} ${name} ${story}`
      heard.set(what, [...(heard.get(what) ?? []), status])
    }
  }
  return heard
}

test('whatever is killed, stopped or reloaded between a target and a receiver: each change is told once, in its order', {
  timeout: 300_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'binnacle-kill-whole-'))
  await using target = await startTarget()
  await using recorder = await startWebhookRecorder()
  recorder.answer = () => (Math.random() < 0.15 ? 503 : 200)
  const fire = startUnderFire(() =>
    startBinnacle({
      dataDir,
      config: SETTINGS,
      prometheusConfig: `global: {scrape_interval: 500ms, scrape_timeout: 500ms}
rule_files: [rules.yml]
scrape_configs: [{job_name: stories, static_configs: [{targets: ['${target.address}']}]}]
`,
      files: { 'rules.yml': rulesWith('first'), 'alertmanager.yml': ROUTING(recorder.url) },
      args: ['--alertmanager-config', 'alertmanager.yml'],
    }),
  )

  async function hear(what: readonly string[], count: number): Promise<void> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const heard = heardBy(recorder)
      const lacks = what.filter((one) => (heard.get(one)?.length ?? 0) < count)
      if (lacks.length === 0) return
      if (Date.now() > end) throw new Error(`${lacks.join(' and ')} told fewer than ${count} times`)
      await pause(50)
    }
  }

  /** Until it is answered, by whoever runs then. */
  async function ask(path: string, body?: unknown): Promise<unknown> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      try {
        const answer = await fetch(`${fire.url()}${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await answer.text()
        if (answer.ok) return JSON.parse(text)
        if (answer.status < 500) throw new Error(`${path}: ${text}`)
      } catch (error) {
        // There is nobody, or it was killed while it answered.
        if (Date.now() > end || !(error instanceof TypeError)) throw error
      }
      await pause(50)
    }
  }

  async function acknowledge(story: number): Promise<void> {
    const filter = new URLSearchParams([
      ['filter', 'alertname="Outage"'],
      ['filter', `story="${story}"`],
    ])
    const alerts = (await ask(`/api/v2/alerts?${filter}`)) as { fingerprint: string }[]
    await ask('/api/app/alerts/acknowledge', {
      fingerprints: alerts.map(({ fingerprint }) => fingerprint),
      by: 'test',
      comment: '',
    })
  }

  async function tell(story: number): Promise<void> {
    for (const [i, value] of [1, 0, 1, 0].entries()) {
      await pause(between([0, 1_500]))
      target.trouble[story] = value
      await hear([`/ Trouble ${story}`, `/ LastingTrouble ${story}`], i + 1)
    }
  }

  /** Of these level 2 was told: nobody had acknowledged them before. */
  const climbed = new Set<number>()

  async function climb(story: number): Promise<void> {
    await pause(between([0, 5_000]))
    target.outage[story] = 1
    await hear([`/level-1 Outage ${story}`], 1)
    if (story % 2 === 1) {
      await acknowledge(story)
      // What was under way by then arrives.
      await pause(1_000)
      if (heardBy(recorder).has(`/level-2 Outage ${story}`)) climbed.add(story)
      else await pause(11_000)
    } else {
      await hear([`/level-2 Outage ${story}`], 1)
      climbed.add(story)
    }
    target.outage[story] = 0
    await hear([`/level-1 Outage ${story}`, ...(climbed.has(story) ? [`/level-2 Outage ${story}`] : [])], 2)
  }

  try {
    await fire.first
    await hear(['/ Maintenance 0'], 1)
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await ask('/api/v2/silences', {
      matchers: [{ name: 'alertname', value: 'Silenced', isRegex: false }],
      startsAt: new Date().toISOString(),
      endsAt: until,
      createdBy: 'test',
      comment: 'nobody is told',
    })
    const stories = Array.from({ length: STORIES }, (_, story) => tell(story))
    const climbs = Array.from({ length: OUTAGES }, (_, story) => climb(story))
    await Promise.race([Promise.all([...stories, ...climbs]), fire.failed])
    while (fire.done.killed + fire.done.stopped < LEAST_STARTS) await Promise.race([pause(50), fire.failed])
    // Time for what should not come.
    await pause(1_500)
  } finally {
    await fire.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const expected = new Map([['/ Maintenance 0', ['firing']]])
  for (let story = 0; story < STORIES; story++) {
    for (const alert of ['Trouble', 'LastingTrouble']) {
      expected.set(`/ ${alert} ${story}`, ['firing', 'resolved', 'firing', 'resolved'])
    }
  }
  for (let story = 0; story < OUTAGES; story++) {
    expected.set(`/level-1 Outage ${story}`, ['firing', 'resolved'])
    if (climbed.has(story)) expected.set(`/level-2 Outage ${story}`, ['firing', 'resolved'])
  }
  expect(Object.fromEntries(heardBy(recorder))).toEqual(Object.fromEntries(expected))
})
