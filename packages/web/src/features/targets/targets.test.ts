import { expect, test } from 'vitest'
import type { ActiveTarget, Targets } from '../../api/index.ts'
import { changesOf, groupTargets, scrapedAt } from './group-targets.ts'
import { toListRows } from './list-rows.ts'

const target = (job: string, instance: string, health: ActiveTarget['health'], lastError = ''): ActiveTarget => ({
  discoveredLabels: { __address__: instance, job },
  labels: { instance, job },
  scrapePool: job,
  scrapeUrl: `http://${instance}/metrics`,
  lastError,
  lastScrape: '2026-11-20T10:00:00Z',
  lastScrapeDuration: 0.01,
  health,
  scrapeInterval: '15s',
  scrapeTimeout: '10s',
})
const all: Targets = {
  activeTargets: [
    target('api', 'a:1', 'up'),
    target('web', 'w10:1', 'up'),
    target('web', 'w2:1', 'up'),
    target('web', 'w3:1', 'down', 'connection refused'),
  ],
  droppedTargets: [{ discoveredLabels: { job: 'api', __address__: 'a:2' }, droppedBy: 'rule 1' }],
}

test('a job with something down comes first, and in it what is down', () => {
  const groups = groupTargets(all, {})
  expect(groups.map((g) => g.job)).toEqual(['web', 'api'])
  expect(groups[0]!.active.map((t) => t.labels.instance)).toEqual(['w3:1', 'w2:1', 'w10:1'])
})

test('a filter leaves the counts of the job as they are', () => {
  const [web] = groupTargets(all, { state: 'down' })
  expect([web!.active.length, web!.up, web!.total]).toEqual([1, 2, 3])
})

test.for([
  ['refused', 1],
  ['job="web" w2', 1],
  ['nowhere', 0],
  ['a:2', 1],
] as const)('the text "%s" finds %i', ([text, count]) => {
  expect(groupTargets(all, { text }).reduce((sum, g) => sum + g.active.length + g.dropped.length, 0)).toBe(count)
})

test('labels before and after relabelling stand side by side', () => {
  expect(changesOf({ a: '1', b: '2' }, { b: '3', c: '4' })).toEqual([
    { name: 'a', before: '1', after: undefined },
    { name: 'b', before: '2', after: '3' },
    { name: 'c', before: undefined, after: '4' },
  ])
})

test("Go's zero time means never", () => {
  expect(scrapedAt('0001-01-01T00:00:00Z')).toBeUndefined()
  expect(scrapedAt('2026-11-20T10:00:00Z')).toBe(Date.UTC(2026, 10, 20, 10))
})

test('a job without targets is listed where its discovery file cannot be read', () => {
  const problem = { pool: 'files', message: 'expected a list', file: 'sd/broken.json', line: 2 }
  const jobs = (search: Parameters<typeof groupTargets>[1]) => groupTargets(all, search, [problem]).map((g) => g.job)
  expect(jobs({})).toEqual(['files', 'web', 'api'])
  expect(jobs({ text: 'files' })).toEqual(['files'])
  expect(jobs({ state: 'down' })).toEqual(['web'])
})

test('one list holds jobs, targets, what is open and what was dropped', () => {
  const groups = groupTargets(all, {})
  const kinds = (open: Parameters<typeof toListRows>[1]) => toListRows(groups, open).map((row) => row.kind)
  expect(kinds({ target: undefined, dropped: new Set() })).toEqual(
    'job target target target job target dropped'.split(' '),
  )
  expect(kinds({ target: 'web http://w3:1/metrics', dropped: new Set(['api']) })).toEqual(
    'job target detail target target job target dropped dropped-target'.split(' '),
  )
})
