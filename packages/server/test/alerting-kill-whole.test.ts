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
 * alone, ordinary stops, and reloads of changed rules. Each start finds the rule file elsewhere, so its alerts move each time. Stories side by side;
 * ALERTING_KILL_STORIES makes it more of them.
 */

const STORIES = Number(process.env.ALERTING_KILL_STORIES ?? 10)
const LEAST_STARTS = 4
const AFTER_MS = [0, 4_000] as const
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

/** A text of an alert that changes: its group is built anew by a reload, and its alerts go on. */
const rulesWith = (text: string) => `groups:
  - name: stories
    interval: 500ms
    rules:
      - {alert: Trouble, expr: trouble > 0}
      - {alert: LastingTrouble, expr: trouble > 0, for: 1s, annotations: {text: ${text}}}
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

/** Kills, stops, reloads and starts again until `stop`, which leaves it running no longer. */
function startUnderFire(start: () => Promise<RunningBinnacle>) {
  let over = false
  const done = { killed: 0, engine: 0, stopped: 0, reloaded: 0 }
  const disturbing = (async () => {
    for (let running = await start(); ; ) {
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
        running = await start()
      }
    }
  })()
  // Whoever waits for the stories hears of it sooner than of what nobody was told.
  const failed = disturbing.then(() => new Promise<never>(() => {}))
  return {
    done,
    failed,
    async stop(): Promise<void> {
      over = true
      await disturbing
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
      config: 'collectors: {host: {enabled: false}, process: {enabled: false}}\n',
      prometheusConfig: `global: {scrape_interval: 500ms, scrape_timeout: 500ms}
rule_files: [rules.yml]
scrape_configs: [{job_name: stories, static_configs: [{targets: ['${target.address}']}]}]
`,
      files: { 'rules.yml': rulesWith('first'), 'alertmanager.yml': ROUTING(recorder.url) },
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
    while (fire.done.killed + fire.done.stopped < LEAST_STARTS) await Promise.race([pause(50), fire.failed])
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
