import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startWebhookRecorder, type WebhookRecorder } from '../src/alerting/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * The whole way, from a value on a target's page to the receiver, under kill -9: of the whole program, or of its engine
 * host alone. Each start finds the rule file elsewhere, so its alerts move each time. Stories side by side;
 * ALERTING_KILL_STORIES makes it more of them.
 */

const STORIES = Number(process.env.ALERTING_KILL_STORIES ?? 10)
const LEAST_KILLS = 4
const KILL_AFTER_MS = [0, 4_000] as const
const PATIENCE_MS = 60_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const between = ([low, high]: readonly [number, number]) => low + Math.random() * (high - low)

/** A target with a gauge for each story. */
async function startTarget(): Promise<AsyncDisposable & { address: string; trouble: number[] }> {
  const trouble = Array.from({ length: STORIES }, () => 0)
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(trouble.map((value, story) => `trouble{story="${story}"} ${value}\n`).join(''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const RULES = `groups:
  - name: stories
    interval: 500ms
    rules:
      - {alert: Trouble, expr: trouble > 0}
      - {alert: LastingTrouble, expr: trouble > 0, for: 1s}
`

const ROUTING = (url: string) => `route:
  receiver: recorder
  group_by: [alertname, story]
  group_wait: 200ms
  group_interval: 400ms
  repeat_interval: 1h
receivers:
  - name: recorder
    webhook_configs: [{url: "${url}/"}]
`

/** Kills and starts again until `stop`, which leaves it running no longer. */
function startUnderFire(start: () => Promise<RunningBinnacle>) {
  let over = false
  const kills = { program: 0, engine: 0 }
  const killing = (async () => {
    for (let running = await start(); ; ) {
      await pause(between(KILL_AFTER_MS))
      if (over) return running.kill()
      const engine = running.enginePid()
      if (Math.random() < 0.3 && engine !== undefined) {
        process.kill(engine, 'SIGKILL')
        kills.engine++
        continue
      }
      await running.kill()
      kills.program++
      running = await start()
    }
  })()
  // Whoever waits for the stories hears of it sooner than of what nobody was told.
  const failed = killing.then(() => new Promise<never>(() => {}))
  return {
    kills,
    failed,
    async stop(): Promise<void> {
      over = true
      await killing
    },
  }
}

/** What the receiver heard of each group: each notification once, however often it was sent again under its own key. */
function heardBy(recorder: WebhookRecorder): Map<string, string[]> {
  const keys = new Set<string | undefined>()
  const heard = new Map<string, string[]>()
  for (const { answered, groupKey, idempotencyKey, status } of recorder.calls) {
    if (answered !== 200 || keys.has(idempotencyKey)) continue
    keys.add(idempotencyKey)
    heard.set(groupKey, [...(heard.get(groupKey) ?? []), status])
  }
  return heard
}

const groupKey = (alert: string, story: number) => `{}:{alertname="${alert}", story="${story}"}`

test('kill -9 of everything on the way from a target to a receiver: each change is told once, in its order', {
  timeout: 300_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'binnacle-kill-whole-'))
  await using target = await startTarget()
  await using recorder = await startWebhookRecorder()
  recorder.answer = () => (Math.random() < 0.15 ? 503 : 200)
  const fire = startUnderFire(() =>
    startBinnacle({
      dataDir,
      config: 'collectors: {host: {enabled: false}, process: {enabled: false}}\n',
      prometheusConfig: `global: {scrape_interval: 500ms, scrape_timeout: 500ms}
rule_files: [rules.yml]
scrape_configs: [{job_name: stories, static_configs: [{targets: ['${target.address}']}]}]
`,
      files: { 'rules.yml': RULES, 'alertmanager.yml': ROUTING(recorder.url) },
      args: ['--alertmanager-config', 'alertmanager.yml'],
    }),
  )

  async function hear(story: number, count: number): Promise<void> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const heard = heardBy(recorder)
      const lacks = ['Trouble', 'LastingTrouble'].filter(
        (alert) => (heard.get(groupKey(alert, story))?.length ?? 0) < count,
      )
      if (lacks.length === 0) return
      if (Date.now() > end) throw new Error(`story ${story}: ${lacks.join(' and ')} told fewer than ${count} times`)
      await pause(50)
    }
  }

  async function tell(story: number): Promise<void> {
    for (const [i, value] of [1, 0, 1, 0].entries()) {
      await pause(between([0, 1_500]))
      target.trouble[story] = value
      await hear(story, i + 1)
    }
  }

  try {
    await Promise.race([Promise.all(Array.from({ length: STORIES }, (_, story) => tell(story))), fire.failed])
    while (fire.kills.program < LEAST_KILLS) await Promise.race([pause(50), fire.failed])
    // Time for what should not come.
    await pause(1_500)
  } finally {
    await fire.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const expected = Array.from({ length: STORIES }, (_, story) =>
    ['Trouble', 'LastingTrouble'].map(
      (alert) => [groupKey(alert, story), ['firing', 'resolved', 'firing', 'resolved']] as const,
    ),
  ).flat()
  expect(Object.fromEntries(heardBy(recorder))).toEqual(Object.fromEntries(expected))
})
