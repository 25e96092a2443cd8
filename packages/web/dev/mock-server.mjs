// Development only: the built pages in front of a Prometheus, so that they can be worked on without a Binnacle.
//
//   node dev/mock-server.mjs --prometheus http://127.0.0.1:9090 [--port 7070] [--demo 19091]
//
// /api/v1 goes to the Prometheus (let it scrape a node exporter as job "host" and this server as job "binnacle");
// /api/app is made up here, with Binnacle's shapes; everything else is dist/ under the CSP that the server sends.
// --demo also opens a small service with request metrics on that port, for something to look at.

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({
  options: { prometheus: { type: 'string' }, port: { type: 'string', default: '7070' }, demo: { type: 'string' } },
})
if (args.prometheus === undefined) {
  console.error('--prometheus URL is needed')
  process.exit(1)
}

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const startedAt = Date.now()
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const served = { count: 0, seconds: 0, buckets: new Map([0.001, 0.005, 0.02, 0.1, 0.5, 2].map((le) => [le, 0])) }

const ask = async (path) => (await fetch(args.prometheus + path)).json()
const scalar = async (expr) =>
  Number((await ask(`/api/v1/query?query=${encodeURIComponent(expr)}`)).data?.result?.[0]?.value?.[1] ?? 0)

async function self() {
  const series = await scalar('sum(scrape_samples_post_metric_relabeling)')
  return {
    version: '0.1.0-mock',
    startedAt,
    now: Date.now(),
    host: { name: 'localhost' },
    ingest: { samplesPerSecond: series / 5 },
    series,
    storage: { bytesPerSample: 0.63, bytes: 0.63 * 1.2e6, samples: 1_200_000 },
    memory: { rssBytes: 402e6, pssBytes: 388e6, watchBytes: 121e6, engineBytes: 267e6 },
    queue: { pendingSamples: 0, maxPendingSamples: 2_000_000 },
    engine: { state: 'ready' },
    config: {
      warnings: [
        {
          file: 'prometheus.yml',
          line: 12,
          column: 3,
          message: '"rule_files" is not used yet: rules come in a later version',
        },
      ],
      errors: [],
      lastReload: { ok: true, at: startedAt },
    },
  }
}

async function targets() {
  const answer = await ask('/api/v1/targets')
  for (const target of answer.data.activeTargets) {
    target.id = Buffer.from(target.scrapeUrl).toString('hex').slice(-16)
    target.lastSamples =
      target.health === 'up'
        ? await scalar(`scrape_samples_scraped{job="${target.labels.job}",instance="${target.labels.instance}"}`)
        : 0
  }
  for (const target of answer.data.droppedTargets) target.droppedBy = 'relabel_configs[0] of "shop": action drop'
  return answer
}

async function scrape(id) {
  const target = (await targets()).data.activeTargets.find((t) => t.id === id)
  const began = performance.now()
  try {
    const response = await fetch(target.scrapeUrl)
    const body = (await response.text()).slice(0, 20_000)
    return {
      status: response.status,
      durationMs: performance.now() - began,
      contentType: response.headers.get('content-type'),
      body,
      truncated: false,
    }
  } catch (error) {
    return {
      status: 0,
      durationMs: performance.now() - began,
      contentType: '',
      body: '',
      truncated: false,
      error: String(error.cause ?? error),
    }
  }
}

function metrics() {
  let text =
    '# HELP binnacle_http_request_duration_seconds Time from request to answer, by route.\n# TYPE binnacle_http_request_duration_seconds histogram\n'
  for (const [le, n] of served.buckets)
    text += `binnacle_http_request_duration_seconds_bucket{handler="/api/v1/query_range",le="${le}"} ${n}\n`
  text += `binnacle_http_request_duration_seconds_bucket{handler="/api/v1/query_range",le="+Inf"} ${served.count}\n`
  text += `binnacle_http_request_duration_seconds_sum{handler="/api/v1/query_range"} ${served.seconds}\nbinnacle_http_request_duration_seconds_count{handler="/api/v1/query_range"} ${served.count}\n`
  text += `# TYPE binnacle_log_samples_written_total counter\nbinnacle_log_samples_written_total ${Math.floor(((Date.now() - startedAt) / 1000) * 260)}\n`
  return `${text}# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes ${process.memoryUsage.rss()}\n`
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock')
  const json = (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  try {
    if (url.pathname === '/metrics')
      return response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics())
    if (url.pathname === '/api/app/self') return json(await self())
    const id = /^\/api\/app\/targets\/(.+)\/scrape$/.exec(url.pathname)?.[1]
    if (id !== undefined) return json(await scrape(id))
    if (url.pathname === '/api/v1/targets') return json(await targets())
    if (url.pathname.startsWith('/api/')) return await proxy(request, response, url)
    await page(response, url.pathname)
  } catch (error) {
    response.writeHead(502).end(String(error))
  }
}).listen(Number(args.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${args.port}`))

async function proxy(request, response, url) {
  const began = performance.now()
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const answer = await fetch(args.prometheus + url.pathname + url.search, {
    method: request.method,
    ...(chunks.length > 0 && {
      body: Buffer.concat(chunks),
      headers: { 'content-type': request.headers['content-type'] },
    }),
  })
  const body = Buffer.from(await answer.arrayBuffer())
  const seconds = (performance.now() - began) / 1000
  served.count++
  served.seconds += seconds
  for (const [le, n] of served.buckets) if (seconds <= le) served.buckets.set(le, n + 1)
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
}

async function page(response, path) {
  const file = extname(path) === '' ? '/index.html' : path
  const nonce = randomBytes(16).toString('base64')
  const body = await readFile(join(dist, file)).catch(() => undefined)
  if (body === undefined) return response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': `default-src 'self'; style-src 'self' 'nonce-${nonce}'; script-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`,
  })
  response.end(file === '/index.html' ? body.toString().replaceAll('__BINNACLE_NONCE__', nonce) : body)
}

if (args.demo !== undefined) {
  const total = new Map()
  const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
  const latency = { count: 0, sum: 0, le: buckets.map(() => 0) }
  setInterval(() => {
    const wave = 1 + 0.6 * Math.sin(Date.now() / 240_000)
    for (const [route, code, rate] of [
      ['/', '200', 40],
      ['/cart', '200', 22],
      ['/checkout', '200', 9],
      ['/checkout', '500', 0.3],
      ['/search', '200', 31],
    ]) {
      const key = `method="GET",route="${route}",code="${code}"`
      total.set(key, (total.get(key) ?? 0) + Math.round(rate * wave * (0.8 + Math.random() * 0.4)))
    }
    for (let i = 0; i < 80; i++) {
      const seconds = 0.012 * wave * Math.exp(1.1 * (Math.random() + Math.random() + Math.random() - 1.2))
      latency.count++
      latency.sum += seconds
      for (const [b, le] of buckets.entries()) if (seconds <= le) latency.le[b]++
    }
  }, 1000)
  createServer((_request, response) => {
    let text = '# HELP http_requests_total Requests answered.\n# TYPE http_requests_total counter\n'
    for (const [labels, n] of total) text += `http_requests_total{${labels}} ${n}\n`
    text += '# HELP http_request_duration_seconds Time to answer.\n# TYPE http_request_duration_seconds histogram\n'
    for (const [b, le] of buckets.entries())
      text += `http_request_duration_seconds_bucket{le="${le}"} ${latency.le[b]}\n`
    text += `http_request_duration_seconds_bucket{le="+Inf"} ${latency.count}\nhttp_request_duration_seconds_sum ${latency.sum}\nhttp_request_duration_seconds_count ${latency.count}\n`
    text +=
      '# HELP nodejs_version_info Node.js version info.\n# TYPE nodejs_version_info gauge\nnodejs_version_info{version="v20.20.0"} 1\n'
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text)
  }).listen(Number(args.demo), '127.0.0.1')
}
