// What does a small request cost the watch, and how long does it take?
// A built Binnacle with 1,000 series over 40 minutes answers the same request again and again on one kept connection;
// the CPU time is that of the whole process (all threads) by request, so what it does beside (its own metrics, a write of
// the log each second) is in it: "idle" says how much that is in as long a time.
// Run: npm run build, then node scripts/bench.mjs bench/http/requests.bench.ts [requests, default 2000] [other clone ...]
// With further clones (built ones) each question goes to all of them in turns. --profile DIR writes a CPU profile each.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { encodeRemoteWrite } from '../../packages/server/src/metrics/intake/remote-write/testkit/index.ts'
import { ask } from '../system/http-client.ts'
import { cpuSeconds } from '../system/process-usage.ts'
import { recipes, sleep, startSystem } from '../system/systems.ts'
import { createWorkload, INTERVAL_MS } from '../system/workload.ts'
import { openRawClient } from './raw-client.ts'

const ROUNDS = 2
const args = process.argv.slice(2)
const profileAt = args.indexOf('--profile')
const profile = profileAt < 0 ? undefined : resolve(args.splice(profileAt, 2)[1] ?? '.')
const requests = Number(args[0] ?? 2000)
const clones = [process.cwd(), ...args.slice(1).map((path) => resolve(path))]

const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-'))
const count = 160
const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - INTERVAL_MS
const startMs = endMs - (count - 1) * INTERVAL_MS
const V1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' }

const systems = []
for (const [at, clone] of clones.entries()) {
  const nodeArgs = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, String(at))}`]
  const recipe = recipes(clone, undefined).get('Binnacle')!
  const system = await startSystem('Binnacle', recipe, { folder: join(folder, String(at)), nodeArgs })
  await createWorkload(5, 200).past(startMs, count, async (body) => {
    const { status, body: text } = await ask(`${system.url}/api/v1/write`, { method: 'POST', body, headers: V1 })
    if (status !== 204) throw new Error(`remote write was answered ${status}: ${text.toString()}`)
  })
  const client = await openRawClient(system.url)
  systems.push({ ...system, name: at === 0 ? 'this' : clone, pid: system.pids()[0]!, client })
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n`
const form = (path: string, fields: Record<string, string>) => {
  const body = new URLSearchParams(fields).toString()
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}
const time = String(endMs / 1000)
const one = 'app_load_0_ratio{instance="host-01:9100",core="0"}'
const range = { start: String(endMs / 1000 - 1800), end: time, step: '15' }
const hour = `start=${endMs / 1000 - 3600}&end=${time}`
const written = encodeRemoteWrite([{ labels: ['__name__', 'bench_write'], ts: [endMs], values: [1] }])
const questions: [string, string | Buffer][] = [
  ['/-/healthy', get('/-/healthy')],
  ['labels of an hour', get(`/api/v1/labels?${hour}`)],
  ['labels of all times', get('/api/v1/labels')],
  ['values of instance', get(`/api/v1/label/instance/values?${hour}`)],
  ['values of job of one series', get(`/api/v1/label/job/values?match[]=${encodeURIComponent(one)}&${hour}`)],
  ['series of one name (5)', get(`/api/v1/series?match[]=app_load_0_ratio&${hour}`)],
  ['instant, a number', get(`/api/v1/query?query=1&time=${time}`)],
  ['instant, one series', get(`/api/v1/query?query=${encodeURIComponent(one)}&time=${time}`)],
  ['instant, one series, form', form('/api/v1/query', { query: one, time })],
  ['range, one series, 121 steps, form', form('/api/v1/query_range', { query: one, ...range })],
  ['/metrics', get('/metrics')],
  [
    'remote write that is refused at once',
    `POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc`,
  ],
  [
    'remote write of one sample (waits for the engine)',
    Buffer.concat([
      Buffer.from(
        `POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nContent-Length: ${written.length}\r\n\r\n`,
      ),
      written,
    ]),
  ],
]

const rows: Record<string, string | number>[] = []
for (const [what, request] of questions) {
  const times = what.includes('waits') ? Math.ceil(requests / 50) : requests
  const best = systems.map(() => ({ cpuUs: Infinity, medianUs: Infinity, bytes: 0, status: 0 }))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, { client, pid }] of systems.entries()) {
      const took = new Float64Array(times)
      const from = cpuSeconds([pid])
      let answer = { status: 0, bodyBytes: 0 }
      for (let i = 0; i < times; i++) {
        const began = performance.now()
        answer = await client.ask(request)
        took[i] = performance.now() - began
      }
      const cpuUs = ((cpuSeconds([pid]) - from) / times) * 1e6
      const medianUs = took.sort()[times >> 1]! * 1000
      const entry = best[at]!
      entry.bytes = answer.bodyBytes
      entry.status = answer.status
      // The first round warms up.
      if (round === 0) continue
      entry.cpuUs = Math.min(entry.cpuUs, cpuUs)
      entry.medianUs = Math.min(entry.medianUs, medianUs)
    }
  }
  for (const [at, { name }] of systems.entries()) {
    const { cpuUs, medianUs, bytes, status } = best[at]!
    rows.push({ what, of: name, status, bytes, 'CPU, µs': cpuUs.toFixed(0), 'median, µs': medianUs.toFixed(0) })
  }
}
for (const { name, pid } of systems) {
  const from = cpuSeconds([pid])
  await sleep(3000)
  rows.push({ what: 'idle, for each second', of: name, 'CPU, µs': (((cpuSeconds([pid]) - from) / 3) * 1e6).toFixed(0) })
}
console.log(`Node ${process.version}, ${requests} requests, best of ${ROUNDS} rounds`)
console.table(rows)
for (const system of systems) {
  system.client.close()
  await system.stop()
}
rmSync(folder, { recursive: true, force: true })
