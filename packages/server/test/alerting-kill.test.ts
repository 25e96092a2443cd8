import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startWebhookRecorder, type WebhookCall } from '../src/alerting/testkit/index.ts'

// Stories side by side in one process that is killed at random moments. ALERTING_KILL_STORIES makes it more of them.
const STORIES = Number(process.env.ALERTING_KILL_STORIES ?? 10)
const KILL_AFTER_MS = [150, 1_200] as const
const PATIENCE_MS = 60_000

const CONFIG = (url: string) => `
route:
  receiver: recorder
  group_by: [story]
  group_wait: 200ms
  group_interval: 400ms
  repeat_interval: 1h
receivers:
  - name: recorder
    webhook_configs: [{url: "${url}/"}]
`

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const between = (low: number, high: number) => low + Math.random() * (high - low)

/** A process that is started again whenever it is killed. `send` resolves once the alerts were taken by one that lived. */
function startUnderFire(folder: string, configFile: string) {
  let child: ChildProcess | undefined
  let ready: Promise<void>
  let nextId = 0
  let over = false
  let kills = 0
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()

  function start(): Promise<void> {
    const mine = fork(
      fileURLToPath(new URL('./alerting-child.mjs', import.meta.url)),
      [join(folder, 'state.db'), configFile],
      {
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    )
    child = mine
    return new Promise((resolve, reject) => {
      mine.on('message', (message: { ready?: true; id?: number; error?: string }) => {
        if (message.ready) resolve()
        const one = waiting.get(message.id ?? -1)
        waiting.delete(message.id ?? -1)
        if (message.error === undefined) one?.resolve()
        else one?.reject(new Error(message.error))
      })
      mine.on('exit', (code) => {
        if (code !== null && code !== 0) reject(new Error(`the process ended with ${code}`))
        for (const { reject } of waiting.values()) reject(new Error('killed'))
        waiting.clear()
        resolve()
      })
    })
  }

  ready = start()
  const killing = (async () => {
    while (!over) {
      await ready
      await pause(between(...KILL_AFTER_MS))
      if (over) break
      const old = child!
      old.kill('SIGKILL')
      kills++
      await once(old, 'exit')
      ready = start()
    }
  })()

  return {
    get kills() {
      return kills
    },
    async send(alerts: unknown): Promise<void> {
      for (;;) {
        await ready
        const id = nextId++
        try {
          await new Promise<void>((resolve, reject) => {
            waiting.set(id, { resolve, reject })
            child!.send({ id, alerts }, (error) => error && reject(error))
          })
          return
        } catch (error) {
          // As every sender of alerts does: it was not answered, so it sends again.
          if (!/killed|closed|EPIPE|disconnected/i.test(String(error))) throw error
          await pause(20)
        }
      }
    },
    async stop(): Promise<void> {
      over = true
      await killing
      await ready
      child?.kill('SIGKILL')
    },
  }
}

test('kill -9 at random moments loses no notification and repeats none', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-kill-'))
  await using recorder = await startWebhookRecorder()
  // A receiver that is not always well.
  recorder.answer = async () => {
    if (Math.random() < 0.2) await pause(between(10, 150))
    return Math.random() < 0.15 ? 503 : 200
  }
  const configFile = join(folder, 'alertmanager.yml')
  writeFileSync(configFile, CONFIG(recorder.url))
  const process = startUnderFire(folder, configFile)

  const told = (story: number) =>
    recorder.calls.filter(({ answered, groupKey }) => answered === 200 && groupKey === `{}:{story="${story}"}`)

  async function heard(story: number, what: string): Promise<void> {
    const end = Date.now() + PATIENCE_MS
    while (!told(story).some(({ alerts }) => alerts.includes(what))) {
      if (Date.now() > end) throw new Error(`story ${story}: nobody was told "${what}"`)
      await pause(20)
    }
  }

  async function tell(story: number): Promise<void> {
    const alert = (name: string, more: object) => [
      { labels: ['alertname', name, 'story', String(story)], annotations: [], generatorUrl: '', ...more },
    ]
    const begin = async (name: string) => {
      await pause(between(0, 600))
      await process.send(alert(name, { startsAtMs: Date.now(), endsAtMs: Date.now() + 3_600_000 }))
    }
    const end = async (name: string) => {
      await pause(between(0, 600))
      await process.send(alert(name, { endsAtMs: Date.now() }))
    }
    await begin('A')
    await heard(story, `firing A{story="${story}"}`)
    await begin('B')
    await heard(story, `firing B{story="${story}"}`)
    await end('A')
    await heard(story, `resolved A{story="${story}"}`)
    await end('B')
    await heard(story, `resolved B{story="${story}"}`)
  }

  try {
    await Promise.all(Array.from({ length: STORIES }, (_, story) => tell(story)))
    // However quick the stories were: the fire goes on until it was one.
    while (process.kills <= 3) await pause(20)
    // Time for what should not come.
    await pause(1_500)
  } finally {
    await process.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const repeated = Array.from({ length: STORIES }, (_, story) => repetitions(told(story))).flat()
  expect(repeated).toEqual([])
  expect(process.kills).toBeGreaterThan(3)
})

/** Notifications with the content of the one before and another key: the receiver cannot know that it has them already. */
function repetitions(calls: readonly WebhookCall[]): string[] {
  const first = new Map<string | undefined, WebhookCall>()
  for (const call of calls) if (!first.has(call.idempotencyKey)) first.set(call.idempotencyKey, call)
  const distinct = [...first.values()]
  return distinct.flatMap((call, i) => {
    const before = distinct[i - 1]
    return before !== undefined && before.alerts.join() === call.alerts.join()
      ? [`${call.groupKey}: ${call.alerts.join()} (${before.idempotencyKey}, ${call.idempotencyKey})`]
      : []
  })
}
