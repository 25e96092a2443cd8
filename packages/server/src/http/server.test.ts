import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createRegistry, silentLogger, systemClock } from '../telemetry/index.ts'
import { createHttpServer } from './server.ts'
import { fakeParts, startHttp } from './testkit/index.ts'

function slowParts(ms: number) {
  const parts = fakeParts()
  const labelNames: typeof parts.querier.labelNames = async (_query, { signal }) => {
    await systemClock.sleep(ms, signal)
    return { items: ['slow'], truncated: false }
  }
  return { ...parts, querier: { ...parts.querier, labelNames } }
}

test('a taken port is an error that names the flag', async () => {
  await using first = await startHttp(fakeParts())
  const second = createHttpServer(
    { parts: fakeParts(), log: silentLogger, registry: createRegistry(), clock: systemClock },
    { listen: { host: '127.0.0.1', port: first.port } },
  )
  await expect(second.start()).rejects.toMatchObject({
    code: 'http.address_in_use',
    message: `127.0.0.1:${first.port} is already in use`,
    hint: expect.stringContaining('--listen'),
  })
  await second.stop()
})

test('a stop lets requests in flight finish and takes no new ones', async () => {
  const server = await startHttp(slowParts(200))
  const asked = fetch(`${server.url}/api/v1/labels`)
  await systemClock.sleep(50)
  const stopped = server.stop()
  await expect(fetch(`${server.url}/-/healthy`)).rejects.toThrow()
  expect(await (await asked).json()).toEqual({ status: 'success', data: ['slow'] })
  await stopped
  await server.stop()
})

test('a stop ends what does not finish in time', async () => {
  const server = await startHttp(slowParts(60_000), { limits: { stopDeadlineMs: 100 } })
  const asked = fetch(`${server.url}/api/v1/labels`).then(
    () => 'answered',
    () => 'cut',
  )
  await systemClock.sleep(50)
  const began = performance.now()
  await server.stop()
  expect(performance.now() - began).toBeLessThan(2000)
  expect(await asked).toBe('cut')
})

test('a client that sends its header slowly is cut off', async () => {
  await using server = await startHttp(fakeParts(), { limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } })
  const socket = connect(server.port, '127.0.0.1')
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    socket.on('close', () => resolve(text))
    socket.write('GET /-/healthy HTTP/1.1\r\nHost: local')
  })
  expect(answer).toContain('408')
})
