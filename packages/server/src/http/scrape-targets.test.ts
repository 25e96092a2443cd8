import { labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { BinnacleError } from '../config/index.ts'
import { checkPrometheusConfig } from '../metrics/intake/prometheus-config/index.ts'
import type { ScrapeManager } from '../metrics/intake/scrape/index.ts'
import { scrapeTargets } from './scrape-targets.ts'

const rules = checkPrometheusConfig(
  'scrape_configs:\n- job_name: a\n  relabel_configs:\n  - {action: drop, source_labels: [env, zone], regex: "dev;.*"}\n',
  'p.yml',
).config!.scrapeConfigs[0]!.relabelRules

const state = {
  lastError: '',
  lastDurationMs: 0,
  samplesScraped: 0,
  samplesKept: 0,
  seriesAdded: 0,
  bodyBytes: 0,
  samplesRejected: 0,
}

function managerOf(scrapeNow: ScrapeManager['scrapeNow']): Pick<ScrapeManager, 'targets' | 'scrapeNow'> {
  const labels = labelsOf({ job: 'a' })
  return {
    scrapeNow,
    targets: () => ({
      active: [
        {
          ...state,
          id: 'x',
          health: 'unknown',
          lastScrapeMs: 0,
          scrapePool: 'a',
          labels,
          discoveredLabels: labels,
          scrapeUrl: 'http://x/metrics',
          globalUrl: 'http://x/metrics',
          intervalMs: 90_000,
          timeoutMs: 10_000,
          internal: false,
        },
      ],
      dropped: [
        { scrapePool: 'a', discoveredLabels: labels, rule: rules[0], ruleIndex: 0 },
        { scrapePool: 'a', discoveredLabels: labels, rule: undefined, ruleIndex: undefined },
      ],
      pools: [{ name: 'a', activeCount: 1, droppedCount: 7, problems: [] }],
    }),
  }
}

test('a target before its first scrape has no time, and durations as Prometheus writes them', () => {
  const targets = scrapeTargets(managerOf(async () => Promise.reject(new Error('unused'))))
  expect(targets.active()[0]).toMatchObject({ lastScrapeMs: undefined, scrapeInterval: '1m30s', scrapeTimeout: '10s' })
  expect(targets.droppedCounts()).toEqual({ a: 7 })
})

test('a dropped target tells which rule dropped it', () => {
  const targets = scrapeTargets(managerOf(async () => Promise.reject(new Error('unused'))))
  expect(targets.dropped().map((target) => target.droppedBy)).toEqual([
    'relabel_configs[0]: drop on env, zone by dev;.*',
    'no labels were left',
  ])
})

test('a scrape by hand that fails is an answer; an unknown target is not', async () => {
  const { signal } = new AbortController()
  const refused = scrapeTargets(managerOf(async () => Promise.reject(new Error('connection refused'))))
  expect(await refused.scrapeNow('x', signal)).toMatchObject({ status: 0, error: 'connection refused' })
  const missing = new BinnacleError('scrape.unknown_target', 'no target', { kind: 'missing' })
  const unknown = scrapeTargets(managerOf(async () => Promise.reject(missing)))
  await expect(unknown.scrapeNow('y', signal)).rejects.toBe(missing)
})
