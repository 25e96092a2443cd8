import { connect, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { systemClock } from '../telemetry/index.ts'
import { fakeParts, startHttp } from './testkit/index.ts'

const PIECE = 256 * 1024

/** A query whose answer is made piece by piece: how many were asked for, and whether somebody let go of it. */
function streamingParts(pieces: number, fail?: Error) {
  const state = { made: 0, ended: false }
  const text = (at: number) => (at === 0 ? '{"resultType":"string","result":[1,"' : 'x'.repeat(PIECE))
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      if (state.ended) return { done: true, value: undefined }
      if (fail && state.made === pieces) {
        // Node's own client takes a reset right behind data for an orderly end, which others do not.
        await systemClock.sleep(100)
        throw fail
      }
      if (state.made === pieces) {
        state.ended = true
        return { done: false, value: Buffer.from('"]}') }
      }
      return { done: false, value: Buffer.from(text(state.made++)) }
    },
    async return() {
      state.ended = true
      return { done: true, value: undefined }
    },
  }
  const parts = fakeParts()
  const instant: typeof parts.querier.instant = async (query, signal) => ({
    ...(await parts.querier.instant(query, signal)),
    dataJson: { [Symbol.asyncIterator]: () => iterator },
    warnings: ['a warning'],
  })
  return { state, parts: { ...parts, querier: { ...parts.querier, instant } } }
}

const until = async (what: () => boolean) => {
  for (let i = 0; i < 200 && !what(); i++) await systemClock.sleep(10)
  expect(what()).toBe(true)
}

/** Sends a request and reads nothing until `resume`. */
async function openPaused(port: number, path = '/api/v1/query?query=up'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  return socket
}

test('an answer that is still being made is sent as it comes, compressed or not', async () => {
  for (const encoding of ['identity', 'gzip']) {
    const { parts, state } = streamingParts(9)
    await using server = await startHttp(parts)
    const answer = await fetch(`${server.url}/api/v1/query?query=up`, { headers: { 'accept-encoding': encoding } })
    expect(answer.headers.get('content-length')).toBe(null)
    expect(answer.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
    const { data, warnings } = (await answer.json()) as { data: { result: [number, string] }; warnings: string[] }
    expect(data.result[1]).toHaveLength(8 * PIECE)
    expect(warnings).toEqual(['a warning'])
    expect(state.ended).toBe(true)
  }
})

test('the stats of a query stand in its object even when that is still being made', async () => {
  const { parts } = streamingParts(3)
  await using server = await startHttp(parts)
  const answer = await (await fetch(`${server.url}/api/v1/query?query=up&stats=all`)).json()
  expect(answer).toMatchObject({ data: { resultType: 'string', stats: { samples: { totalQueryableSamples: 7 } } } })
})

test('a client that reads slowly holds the answer back, and gets all of it in the end', async () => {
  const { parts, state } = streamingParts(400)
  await using server = await startHttp(parts)
  const socket = await openPaused(server.port)
  await until(() => state.made > 0)
  await systemClock.sleep(300)
  // What the system's socket buffers take, at most some MB, of 100 MB.
  const { made } = state
  expect(made).toBeLessThan(60)
  await systemClock.sleep(200)
  expect(state.made).toBe(made)
  let bytes = 0
  socket.on('data', (piece) => {
    bytes += piece.length
  })
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  expect(bytes).toBeGreaterThan(399 * PIECE)
})

test('a client that goes away ends the making of its answer', async () => {
  for (const path of ['/api/v1/query?query=up', '/api/v1/query?query=up&stats=all']) {
    const { parts, state } = streamingParts(400)
    await using server = await startHttp(parts)
    const socket = await openPaused(server.port, path)
    await until(() => state.made > 0)
    socket.destroy()
    await until(() => state.ended)
    expect(state.made).toBeLessThan(60)
  }
})

test('a client that takes nothing for too long is cut off', async () => {
  const { parts, state } = streamingParts(400)
  await using server = await startHttp(parts, { limits: { stallTimeoutMs: 200 } })
  await openPaused(server.port)
  await until(() => state.ended)
  expect(state.made).toBeLessThan(60)
})

test('HEAD lets go of an answer that it does not read', async () => {
  const { parts, state } = streamingParts(400)
  await using server = await startHttp(parts)
  expect((await fetch(`${server.url}/api/v1/query?query=up&stats=all`, { method: 'HEAD' })).status).toBe(200)
  await until(() => state.ended)
  expect(state.made).toBe(0)
})

test('an answer that fails on its way never looks whole', async () => {
  for (const encoding of ['identity', 'gzip']) {
    const { parts } = streamingParts(5, new Error('too large after all'))
    await using server = await startHttp(parts)
    const asked = fetch(`${server.url}/api/v1/query?query=up`, { headers: { 'accept-encoding': encoding } })
    await expect(asked.then((answer) => answer.text())).rejects.toThrow()
    // The next one is not harmed.
    expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200)
  }
})

test('an answer that fails on its way does not look whole to a client of HTTP/1.0 either', async () => {
  const { parts } = streamingParts(5, new Error('too large after all'))
  await using server = await startHttp(parts)
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  socket.write('GET /api/v1/query?query=up HTTP/1.0\r\nHost: localhost\r\n\r\n')
  let bytes = 0
  const reading = async () => {
    for await (const piece of socket) bytes += (piece as Buffer).length
  }
  await expect(reading()).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(bytes).toBeGreaterThan(0)
})

test('large answers in hand are compressed as they leave', async () => {
  const parts = fakeParts()
  const items = Array.from({ length: 100_000 }, (_, i) => `label_${i}_of_many`)
  const querier = { ...parts.querier, labelNames: async () => ({ items, truncated: false }) }
  await using server = await startHttp({ ...parts, querier })
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  socket.write(
    'GET /api/v1/labels HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\nTE: x\r\n\r\n',
  )
  const all: Buffer[] = []
  for await (const piece of socket) all.push(piece as Buffer)
  const whole = Buffer.concat(all)
  const at = whole.indexOf('\r\n\r\n')
  expect(whole.subarray(0, at).toString().toLowerCase()).toContain('transfer-encoding: chunked')
  expect(JSON.parse(gunzipSync(withoutChunks(whole.subarray(at + 4))).toString())).toMatchObject({ data: items })
})

/** The content of a chunked body. Source: RFC 9112 §7.1 */
function withoutChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, end), 16)
    if (size === 0) return Buffer.concat(pieces)
    pieces.push(body.subarray(end + 2, end + 2 + size))
    at = end + 4 + size
  }
}
