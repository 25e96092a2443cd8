import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeParts, startHttp } from '../testkit/index.ts'

const judges = process.env.JUDGES_DIR
let ours: Awaited<ReturnType<typeof startHttp>>
let theirs: string
let end: () => Promise<void>

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

// Requests that must fail in the same words, with the same status and headers, whatever data there is.
const WRONG = [
  'GET query',
  'GET query?query=',
  'GET query?query=rate(up)',
  'GET query?query=up&time=yesterday',
  'GET query?query=up&timeout=soon',
  'GET query?query=up&limit=-1',
  'GET query?query=up&limit=x',
  'GET query?query=up&lookback_delta=x',
  'GET query_range?query=up',
  'GET query_range?query=up&start=1',
  'GET query_range?query=up&start=2&end=1&step=1',
  'GET query_range?query=up&start=1&end=2',
  'GET query_range?query=up&start=1&end=2&step=0',
  'GET query_range?query=up&start=1&end=2&step=-5s',
  'GET query_range?query=up&start=1&end=2&step=abc',
  'GET query_range?query=up&start=0&end=11001&step=1',
  'POST query?query=up&time=yesterday',
  'GET series',
  'GET series?match[]={}',
  'GET series?match[]={job=~".*"}',
  'GET series?match[]=up&start=x',
  'GET series?match[]=up&limit=-3',
  'GET labels?match[]={a=""}',
  'GET labels?end=x',
  'GET label/job/values?limit=1.5',
  'GET metadata?limit=x',
  'GET metadata?limit_per_metric=x',
  'GET targets/metadata?limit=x',
  'GET status/tsdb?limit=0',
  'GET query_exemplars?query=up&start=2&end=1',
  'GET query_exemplars?query=up&start=x',
  'GET query?query=1&timeout=1e30',
  'GET query?query=1&lookback_delta=-1e11',
  'GET query_range?query=1&start=0&end=1&step=1e30',
  'GET query_range?query=1&start=0x1&end=1&step=1',
  'GET query?query=1&time=0x10',
  'GET series?match[]=up&limit=1e3',
  'GET status/tsdb?limit=x',
  'GET status/tsdb?limit=-1',
  'PUT query?query=1',
  'PATCH series?match[]=up',
  'POST label/job/values',
  'POST targets',
  'GET write',
  'GET read',
  'GET admin/tsdb/snapshot',
  'POST admin/tsdb/snapshot',
  'PUT admin/tsdb/clean_tombstones',
  'POST admin/tsdb/delete_series?match[]=up',
  'GET nothing/at/all',
]

// What the parser says of wrong text is its own tests' matter: here everything before its words must be the same.
const WRONG_TEXT = [
  'GET query?query=up{',
  'GET query?query=sum(',
  'GET series?match[]=',
  'GET labels?match[]={',
  'GET label/job/values?match[]=sum(up)',
  'GET targets/metadata?match_target=up(',
  'GET parse_query?query=up{',
  'GET query_exemplars?query=up{',
]

// Requests whose answers have the same fields and types (values differ).
const SHAPES = [
  'targets',
  'targets?state=active',
  'targets?state=dropped',
  'scrape_pools',
  'rules',
  'alerts',
  'alertmanagers',
  'status/config',
  'status/runtimeinfo',
  'status/buildinfo',
  'status/tsdb',
  'status/walreplay',
  'labels',
  'label/job/values',
  'label/nothing/values?match[]=nothing',
  'series?match[]=up',
  'metadata?metric=nothing_at_all',
  'targets/metadata?metric=up',
  'query?query=up',
  'query?query=up&time=1e20',
  'query?query=up&time=-292273086-05-16T16:47:06Z',
  'query?query=up&time=292277025-08-18T07:12:54.999999999Z',
  'query?query=up&lookback_delta=-5',
  'query_range?query=up&start=-1e11&end=-1e11&step=1',
  'series?match[]=up&start=-9223309901257974&end=9223309901257974',
  'labels?match[]=up&start=2&end=1',
  'label/a%20b/values',
  'notifications',
  'query_exemplars?query=up',
  'status/tsdb?limit=10001',
]

/** Trees that must be equal to the last field. */
const TREES = [
  'up',
  'sum by (job) (rate(http_requests_total{code=~"5..",path!="/"}[5m] offset 1m)) / 2',
  'topk(3, a) and on (x) b',
  'a * on (x, y) group_left (z) b',
  'a > bool 1e-9',
  'max_over_time(up[1h:1m] @ start())',
  'vector(1) + 123456789012345678901234567890',
  '-foo @ 1.5',
  'label_replace(up, "a", "$1", "b", "(.*)")',
  'histogram_quantile(0.9, x)',
  '"text"',
  'count without () (up)',
  'NaN + Inf',
]

describe.skipIf(judges === undefined)('beside Prometheus 3.5 (JUDGES_DIR names where it is)', () => {
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-judge-'))
    const port = await freePort()
    const config = 'scrape_configs:\n- job_name: self\n  static_configs:\n  - targets: ["127.0.0.1:1"]\n'
    writeFileSync(join(folder, 'prometheus.yml'), config)
    const process = spawn(
      join(judges ?? '', 'root/usr/bin/prometheus'),
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    theirs = `http://127.0.0.1:${port}`
    end = async () => {
      const gone = new Promise((resolve) => process.once('exit', resolve))
      process.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true })
    }
    for (let i = 0; i < 100; i++) {
      const ready = await fetch(`${theirs}/-/ready`).catch(() => undefined)
      if (ready?.ok) break
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const parts = fakeParts()
    // A wrong query reaches the querier; in the program it parses with the same parser as the routes do.
    const { parseExpr, PromqlError } = await import('@binnacle/promql')
    const { BinnacleError } = await import('../../config/index.ts')
    const check = (query: string) => {
      try {
        parseExpr(query)
      } catch (error) {
        throw error instanceof PromqlError ? new BinnacleError('promql.parse', error.message) : error
      }
    }
    ours = await startHttp({
      ...parts,
      admin: undefined,
      querier: {
        ...parts.querier,
        instant: async (query, signal) => {
          check(query.query)
          return parts.querier.instant(query, signal)
        },
        range: async (query, signal) => {
          check(query.query)
          return parts.querier.range(query, signal)
        },
        labelValues: async () => ({ items: [], truncated: false }),
      },
    })
  })
  afterAll(async () => {
    await ours?.stop()
    await end?.()
  })

  async function both(line: string) {
    const [method = 'GET', path = ''] = line.split(/ (.*)/s)
    const ask = async (base: string) => {
      const answer = await fetch(`${base}/api/v1/${path.replaceAll('{', '%7B').replaceAll('}', '%7D')}`, { method })
      const text = await answer.text()
      let body: unknown = text
      try {
        body = JSON.parse(text)
      } catch {}
      return { status: answer.status, type: answer.headers.get('content-type'), body }
    }
    return Promise.all([ask(ours.url), ask(theirs)])
  }

  test.for(WRONG)('%s fails in the same words', async (line) => {
    const [mine, judge] = await both(line)
    expect(mine).toEqual(judge)
    expect(judge.status).toBeGreaterThanOrEqual(400)
  })

  test.for(WRONG_TEXT)('%s fails in the same shape', async (line) => {
    const shapes = (await both(line)).map(({ status, type, body }) => {
      const { errorType, error } = body as { errorType: string; error: string }
      const before = error.slice(0, error.indexOf('parse error:')).replace(/(\d+:\d+|unknown position): $/, '')
      return { status, type, errorType, before }
    })
    expect(shapes[0]).toEqual(shapes[1])
  })

  test.for(SHAPES)('%s has the same fields of the same types', async (path) => {
    const [mine, judge] = await both(`GET ${path}`)
    expect([mine.status, mine.type]).toEqual([judge.status, judge.type])
    expect(missing(judge.body, mine.body, '')).toEqual([])
  })

  test.for(TREES)('the tree of %s is the same', async (query) => {
    const [mine, judge] = await both(`GET parse_query?query=${encodeURIComponent(query)}`)
    expect(mine.body).toEqual(judge.body)
  })

  test.for(TREES)('%s is formatted the same', async (query) => {
    const [mine, judge] = await both(`GET format_query?query=${encodeURIComponent(query)}`)
    expect(mine.body).toEqual(judge.body)
  })
})

/** Paths that the judge's answer has and ours has not, or has with another type. Lists are compared by first entry. */
function missing(judge: unknown, mine: unknown, path: string): string[] {
  if (typeof judge !== typeof mine || Array.isArray(judge) !== Array.isArray(mine)) return [path]
  if (Array.isArray(judge)) {
    return judge.length > 0 && (mine as unknown[]).length > 0
      ? missing(judge[0], (mine as unknown[])[0], `${path}[]`)
      : []
  }
  if (judge === null || typeof judge !== 'object') return []
  // Maps from data to data: their keys are no fields.
  if (/\.(labels|discoveredLabels|droppedTargetCounts|metric)$/.test(path)) return []
  return Object.entries(judge).flatMap(([key, value]) =>
    key in (mine as object)
      ? missing(value, (mine as Record<string, unknown>)[key], `${path}.${key}`)
      : [`${path}.${key}`],
  )
}
