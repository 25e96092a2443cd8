import { expect, onTestFinished, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../telemetry/index.ts'
import type { HttpParts } from './parts.ts'
import { REHEARSAL_HEADER } from './rehearsal.ts'
import { createHttpServer } from './server.ts'
import { type FakeCall, fakeParts } from './testkit/index.ts'

/** Nobody waits, but everybody else has a turn. */
const hurried: Clock = {
  ...systemClock,
  async sleep(_, signal) {
    await new Promise((resolve) => setImmediate(resolve))
    if (signal?.aborted) throw signal.reason
  },
}

async function startRehearsing(clock: Clock, parts?: HttpParts) {
  const calls: FakeCall[] = []
  const registry = createRegistry()
  const server = createHttpServer(
    { parts: parts ?? fakeParts(calls), log: silentLogger, registry, clock },
    { listen: { host: '127.0.0.1', port: 0 } },
  )
  onTestFinished(() => server.stop())
  const { url } = await server.start()
  const counted = () =>
    registry
      .render('text')
      .split('\n')
      .filter((line) => line.startsWith('binnacle_http_requests_total{'))
  return { server, url, calls, counted }
}

const until = async (what: () => boolean) => {
  for (let i = 0; i < 1_000 && !what(); i++) await systemClock.sleep(10)
  expect(what()).toBe(true)
}

test('common questions are asked before anybody does, a bounded number of them, and none counts', async () => {
  const { server, calls, counted } = await startRehearsing(hurried)
  server.rehearse()
  server.rehearse()
  const asked = (name: string) => calls.filter((call) => call.name === name).length
  await until(() => asked('instant') === 60 * 19 && asked('series') === 60 * 3)
  await systemClock.sleep(50)
  expect([asked('instant'), asked('range'), asked('labelNames'), asked('labelValues'), asked('series')]).toEqual(
    [19, 3, 3, 4, 3].map((kind) => kind * 60),
  )
  const queries = calls.filter(({ name }) => name === 'instant' || name === 'range')
  expect(queries.every(({ args }) => (args as { isRehearsal?: boolean }).isRehearsal === true)).toBe(true)
  expect(counted()).toEqual([])
})

test('only this process can ask without being counted', async () => {
  const { url, calls, counted } = await startRehearsing(systemClock)
  const answer = await fetch(`${url}/api/v1/query?query=up`, { headers: { [REHEARSAL_HEADER]: 'guessed' } })
  expect(answer.status).toBe(200)
  await answer.arrayBuffer()
  expect(calls[0]!.args).toMatchObject({ isRehearsal: false })
  await until(() => counted().length === 1)
})

test('a stop ends it at once, whether it waits or asks', async () => {
  const waiting = await startRehearsing(systemClock)
  waiting.server.rehearse()
  const asking = await startRehearsing(hurried)
  asking.server.rehearse()
  await until(() => asking.calls.length > 10)
  const from = performance.now()
  await Promise.all([waiting.server.stop(), asking.server.stop()])
  expect(performance.now() - from).toBeLessThan(1_000)
  const { length } = asking.calls
  await systemClock.sleep(50)
  expect([asking.calls.length, waiting.calls.length]).toEqual([length, 0])
})

test('while somebody else’s question is being answered none is asked, and at last none any more', async () => {
  const calls: FakeCall[] = []
  const parts = fakeParts(calls)
  let answerIt = () => {}
  const held = new Promise<void>((resolve) => {
    answerIt = resolve
  })
  const instant: typeof parts.querier.instant = async (query, signal) => {
    if (query.isRehearsal !== true) await held
    return parts.querier.instant(query, signal)
  }
  const { server, url } = await startRehearsing(hurried, { ...parts, querier: { ...parts.querier, instant } })
  const asking = fetch(`${url}/api/v1/query?query=up`)
  await systemClock.sleep(50)
  server.rehearse()
  await systemClock.sleep(200)
  expect(calls.length).toBe(1)
  answerIt()
  expect((await asking).status).toBe(200)
  await systemClock.sleep(50)
  expect(calls.length).toBe(2)
})
