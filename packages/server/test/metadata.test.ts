import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'
import { type RunningPrometheus, startPrometheus } from './start-prometheus.ts'

// Two ships that agree on one family, differ on two, and have one each of their own.
const PAGES = [
  `# HELP draft_metres Depth "under" the \\\\ water.
# TYPE draft_metres gauge
draft_metres 3
# HELP miles_total Miles.
# TYPE miles_total counter
miles_total 1
# TYPE bells untyped
bells 8
only_here 1
`,
  `# HELP draft_metres Depth "under" the \\\\ water.
# TYPE draft_metres gauge
draft_metres 4
# HELP miles_total Nautical miles.
# TYPE miles_total counter
miles_total 2
# TYPE bells gauge
bells 8
# HELP docking_seconds Time to dock.
# TYPE docking_seconds histogram
docking_seconds_bucket{le="+Inf"} 1
docking_seconds_sum 1
docking_seconds_count 1
`,
]
const OPEN_METRICS = `# HELP hold_bytes Cargo.
# TYPE hold_bytes gauge
# UNIT hold_bytes bytes
hold_bytes 1
# EOF
`

let servers: Server[]
let ours: RunningBinnacle
let theirs: RunningPrometheus | undefined
let config: string

beforeAll(async () => {
  servers = [...PAGES, OPEN_METRICS].map((page) =>
    createServer((_, response) => {
      const open = page === OPEN_METRICS ? 'application/openmetrics-text; version=1.0.0' : 'text/plain; version=0.0.4'
      response.writeHead(200, { 'content-type': `${open}; charset=utf-8` }).end(page)
    }).listen(0, '127.0.0.1'),
  )
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const jobs = servers.map(
    (server, i) =>
      `- job_name: ship-${i}\n  scrape_interval: 1s\n  static_configs: [{targets: ["127.0.0.1:${(server.address() as AddressInfo).port}"]}]\n`,
  )
  config = `scrape_configs:\n${jobs.join('')}`
  ours = await startBinnacle({
    prometheusConfig: config,
    config: 'collectors:\n  host: {enabled: false}\n  process: {enabled: false}\n',
  })
  if (process.env.JUDGES_DIR !== undefined) theirs = await startPrometheus({ config })
  await Promise.all([ours, theirs].map((one) => one && scraped(one.url)))
})
afterAll(async () => {
  await ours?.[Symbol.asyncDispose]()
  await theirs?.[Symbol.asyncDispose]()
  for (const server of servers) server.close()
})

async function get(base: string, path: string): Promise<unknown> {
  const answer = (await (await fetch(`${base}/api/v1/${path}`)).json()) as { data: unknown }
  return answer.data
}

async function scraped(base: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { activeTargets } = (await get(base, 'targets')) as { activeTargets: { health: string }[] }
      expect(activeTargets.map(({ health }) => health)).toEqual(['up', 'up', 'up'])
    },
    { timeout: 20_000, interval: 100 },
  )
}

test('a family that two targets describe in two ways has two entries, in the order of the targets', async () => {
  expect(await get(ours.url, 'metadata?metric=miles_total')).toEqual({
    miles_total: [
      { type: 'counter', help: 'Miles.', unit: '' },
      { type: 'counter', help: 'Nautical miles.', unit: '' },
    ],
  })
  const one = (await get(ours.url, 'metadata?limit_per_metric=1')) as Record<string, unknown[]>
  expect(Object.values(one).map((entries) => entries.length)).toEqual([1, 1, 1, 1, 1])
  expect(Object.keys((await get(ours.url, 'metadata?limit=2')) as object)).toHaveLength(2)
  expect(await get(ours.url, 'metadata?limit=0')).toEqual({})
})

test('the limit of target metadata is looked at between targets', async () => {
  expect(await get(ours.url, 'targets/metadata?limit=1')).toHaveLength(3)
  expect(await get(ours.url, 'targets/metadata?limit=0')).toEqual([])
})

describe.skipIf(process.env.JUDGES_DIR === undefined)('beside Prometheus 3.5 (JUDGES_DIR names where it is)', () => {
  test.for([
    'metadata',
    'metadata?metric=bells',
    'metadata?metric=hold_bytes',
    'metadata?metric=docking_seconds_bucket',
    'metadata?metric=only_here',
    'targets/metadata',
    'targets/metadata?metric=draft_metres',
    'targets/metadata?metric=only_here',
    'targets/metadata?match_target={job="ship-1"}',
    'targets/metadata?match_target={job=~"ship-.",job!="ship-0"}&metric=bells',
    'targets/metadata?limit=100',
  ])('%s has the same entries', async (path) => {
    const [mine, judge] = await Promise.all([get(ours.url, path), get(theirs!.url, path)])
    expect(sorted(mine)).toEqual(sorted(judge))
    if (!path.includes('only_here') && !path.includes('_bucket')) {
      expect(Object.keys(judge as object).length).toBeGreaterThan(0)
    }
  })
})

/** Go's maps have no order, so Prometheus's lists have none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}
