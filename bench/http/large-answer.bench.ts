// How much memory does Binnacle take while a large answer is fetched, quickly and slowly?
// 2,000 series over an hour, asked for every 3 s of it: 2.4 million points, some 55 MB of JSON. Watched is the resident
// memory of the watch's process (its query threads are in it) every 20 ms: before, and at most while an answer is read at
// full speed, at 10 MB/s, and by four clients at once. Between them it rests for some seconds.
// Run: npm run build, then node scripts/bench.mjs bench/http/large-answer.bench.ts [other clone ...]

import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ask } from '../system/http-client.ts'
import { rssBytes } from '../system/process-usage.ts'
import { recipes, sleep, startSystem } from '../system/systems.ts'
import { createWorkload, INTERVAL_MS } from '../system/workload.ts'

const REST_MS = 5_000
const clones = [process.cwd(), ...process.argv.slice(2).map((path) => resolve(path))]
const V1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' }
const count = 260
const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - INTERVAL_MS
const startMs = endMs - (count - 1) * INTERVAL_MS
const query = new URLSearchParams({
  query: '{__name__=~"app_(requests|load|ready).*"}',
  start: String((endMs - 3_600_000) / 1000),
  end: String(endMs / 1000),
  step: '3',
})

/** Reads an answer, at most so many bytes a second; gives back how many it was. */
function read(url: string, bytesPerSecond: number): Promise<number> {
  return new Promise((done, failed) => {
    get(url, (response) => {
      let bytes = 0
      const began = performance.now()
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
        const ahead = (bytes / bytesPerSecond) * 1000 - (performance.now() - began)
        if (ahead < 20) return
        response.pause()
        setTimeout(() => response.resume(), ahead)
      })
      response.once('end', () => (response.complete ? done(bytes) : failed(new Error('the answer was cut off'))))
      response.once('error', failed)
    }).once('error', failed)
  })
}

const rows: Record<string, string | number>[] = []
for (const clone of clones) {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-'))
  const system = await startSystem('Binnacle', recipes(clone, undefined).get('Binnacle')!, { folder })
  const watch = system.pids()[0]!
  await createWorkload(34, 100).past(startMs, count, async (body) => {
    const { status, body: text } = await ask(`${system.url}/api/v1/write`, { method: 'POST', body, headers: V1 })
    if (status !== 204) throw new Error(`remote write was answered ${status}: ${text.toString()}`)
  })
  const url = `${system.url}/api/v1/query_range?${query}`
  const ways: [string, () => Promise<number[]>][] = [
    ['first, full speed', async () => [await read(url, Infinity)]],
    ['again, full speed', async () => [await read(url, Infinity)]],
    ['10 MB/s', async () => [await read(url, 10e6)]],
    ['four at once, 10 MB/s each', () => Promise.all([1, 2, 3, 4].map(() => read(url, 10e6)))],
  ]
  for (const [how, fetchAll] of ways) {
    await sleep(REST_MS)
    const before = rssBytes([watch])
    let most = before
    const timer = setInterval(() => {
      most = Math.max(most, rssBytes([watch]))
    }, 20)
    const from = performance.now()
    const bytes = await fetchAll()
    const seconds = (performance.now() - from) / 1000
    clearInterval(timer)
    const mb = (value: number) => (value / 1e6).toFixed(0)
    rows.push({
      of: clone === clones[0] ? 'this' : clone,
      how,
      'answer, MB': mb(Math.max(...bytes)),
      s: seconds.toFixed(1),
      'before, MB': mb(before),
      'most, MB': mb(most),
      'more, MB': mb(most - before),
    })
  }
  await system.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`Node ${process.version}`)
console.table(rows)
