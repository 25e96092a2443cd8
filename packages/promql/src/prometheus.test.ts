// The same questions to a real Prometheus and to us, over the same data: the same answers to nine digits, the same errors.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  evaluateInstant,
  evaluateRange,
  type InstantResult,
  labelsOf,
  type MatrixResult,
  PromqlError,
  type PromqlFeature,
  parseExpr,
} from './index.ts'
import { compareAnswers } from './testkit/compare-answers.ts'
import { createMemorySource, type MemorySeries } from './testkit/memory-source.ts'
import { type Prometheus, startPrometheus } from './testkit/prometheus.ts'
import { mutatedQueries, queries } from './testkit/queries.ts'

const bin = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin')
const present = process.env.JUDGES_DIR !== undefined && existsSync(join(bin, 'prometheus'))
const T0 = 1_700_000_000_000
const features = new Set<PromqlFeature>(['promql-experimental-functions'])
const signal = { aborted: false, reason: undefined }

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

/** Counters with resets, gauges with gaps and NaN, histograms whose buckets lag; two hours, about every 15 s. */
function makeSeries(): MemorySeries[] {
  const next = random(3)
  const make = (labels: Record<string, string>, value: (k: number) => number | undefined): MemorySeries => {
    const ts: number[] = []
    const values: number[] = []
    for (let k = 0; k < 480; k++) {
      const one = value(k)
      if (one === undefined) continue
      ts.push(T0 + k * 15_000 + Math.floor(next() * 30))
      values.push(one)
    }
    return { labels: labelsOf(labels), ts, values: Float64Array.from(values) }
  }
  const out: MemorySeries[] = []
  for (const instance of ['a', 'b', 'c']) {
    let total = 0
    for (const job of ['x', 'y']) {
      out.push(
        make({ __name__: 'http_requests_total', job, instance }, () => {
          total = next() < 0.01 ? 0 : total + next() * 10
          return next() < 0.03 ? undefined : total
        }),
      )
    }
  }
  for (const instance of ['a', 'b', 'c', 'd']) {
    let gap = 0
    out.push(
      make({ __name__: 'up', job: instance < 'c' ? 'x' : 'y', instance }, () => {
        if (next() < 0.01) gap = 40
        if (gap-- > 0) return undefined
        return next() < 0.02 ? Number.NaN : Math.round(next() * 20) / 4 - 2.5
      }),
    )
  }
  for (const job of ['x', 'y']) {
    const counts = [0, 0, 0, 0, 0]
    const bounds = ['0.1', '0.5', '1', '5', '+Inf']
    const rows = Array.from({ length: 480 }, () => {
      for (let i = 0, n = Math.floor(next() * 4); i < n; i++)
        for (let b = Math.floor(next() * 5); b < 5; b++) counts[b]!++
      return counts.map((count) => (next() < 0.02 ? count - 1 : count))
    })
    for (const [b, le] of bounds.entries()) {
      out.push(make({ __name__: 'latency_seconds_bucket', job, le }, (k) => rows[k]![b]!))
    }
  }
  return out
}

const CURATED = `
up
up @ 1700003600
up offset 7m
-up
up[3m]
up > 0
up == bool 1
rate(http_requests_total[5m])
rate(http_requests_total[1m])
rate(http_requests_total[40s] offset -1m)
increase(http_requests_total[10m])
irate(http_requests_total[2m])
delta(up[5m])
idelta(up[5m])
deriv(up[10m])
predict_linear(up[10m], 600)
changes(up[10m])
resets(http_requests_total[30m])
sum_over_time(http_requests_total[10m])
avg_over_time(http_requests_total[10m])
avg_over_time(up[10m])
min_over_time(up[10m])
max_over_time(up[10m])
count_over_time(up[10m])
last_over_time(up[2m])
present_over_time(up[1m])
absent_over_time(up{instance="d"}[2m])
stddev_over_time(http_requests_total[10m])
stdvar_over_time(up[10m])
quantile_over_time(0.37, http_requests_total[10m])
quantile_over_time(0.37, up[10m])
mad_over_time(http_requests_total[10m])
double_exponential_smoothing(http_requests_total[10m], 0.3, 0.6)
sum(rate(http_requests_total[5m]))
sum by (job) (rate(http_requests_total[5m]))
avg without (instance) (up)
min by (job) (up)
max by (job) (up)
count by (job) (up)
group by (job) (up)
stddev by (job) (http_requests_total)
stdvar(http_requests_total)
topk(2, http_requests_total)
bottomk by (job) (1, up)
quantile by (job) (0.4, http_requests_total)
count_values("v", up)
limit_ratio(0.4, http_requests_total)
limit_ratio(-0.6, latency_seconds_bucket)
histogram_quantile(0.9, rate(latency_seconds_bucket[5m]))
histogram_quantile(0.5, sum by (le) (rate(latency_seconds_bucket[5m])))
histogram_quantile(0.99, latency_seconds_bucket)
histogram_fraction(0.2, 2, rate(latency_seconds_bucket[5m]))
http_requests_total / on (job, instance) http_requests_total
http_requests_total * on (instance) group_left () up
up + on (job) up
up * on (job) group_right () sum by (job) (up)
up and http_requests_total
up and on (instance) http_requests_total > 100
up or http_requests_total
up unless on (instance) (http_requests_total > 500)
rate(http_requests_total[5m])[10m:1m]
max_over_time(rate(http_requests_total[2m])[20m:])
avg_over_time(sum(up)[10m:30s] offset 3m)
sum_over_time(up[10m:1m] @ end())
label_replace(up, "n", "$1-x", "instance", "(.)")
label_join(up, "n", "/", "job", "instance")
absent(up{instance="zz"})
absent(up)
scalar(sum(up)) * 2
vector(time())
time() - 5
timestamp(up)
hour() + minute(vector(1700000000))
day_of_year(http_requests_total * 1e6)
clamp(up, -1, 1)
clamp_min(up, 0.3)
round(up, 0.2)
exp(up) + ln(up) + sqrt(up)
sin(up) atan2 cos(up)
up ^ 2 % 3
1 / 0
sort(up)
sort_desc(http_requests_total)
2 ^ up
up{instance=~"a|b"}
up{instance!~"[ab]"}
{job="x", instance=~".+"}
rate({job="x"}[5m])
sum(rate(latency_seconds_bucket{le="+Inf"}[5m])) / sum(rate(latency_seconds_bucket{le="0.5"}[5m]))
limitk(2, up)
-1 ^ 2
"text"
`
  .trim()
  .split('\n')

describe.skipIf(!present)(
  present ? 'beside a real Prometheus' : 'beside a real Prometheus (absent: JUDGES_DIR)',
  () => {
    const series = makeSeries()
    const source = createMemorySource(series)
    let prometheus: Prometheus
    beforeAll(async () => {
      prometheus = await startPrometheus(bin, series)
    })
    afterAll(() => prometheus?.stop())

    /** Says where the two differ, or nothing. */
    async function difference(query: string, instant: boolean): Promise<string | undefined> {
      const startMs = T0 + 1_200_000
      const endMs = T0 + 6_000_000
      const stepMs = 47_000
      let ours: InstantResult | MatrixResult | PromqlError
      try {
        ours = instant
          ? await evaluateInstant(query, { timeMs: endMs, source, signal, features })
          : await evaluateRange(query, { startMs, endMs, stepMs, source, signal, features })
      } catch (error) {
        if (!(error instanceof PromqlError)) throw error
        ours = error
      }
      const theirs = instant
        ? await prometheus.query('query', { query, time: String(endMs / 1000) })
        : await prometheus.query('query_range', {
            query,
            start: String(startMs / 1000),
            end: String(endMs / 1000),
            step: String(stepMs / 1000),
          })
      return compareAnswers(ours, theirs)
    }

    test.for(CURATED)('%s', async (query) => {
      expect(await difference(query, true)).toBeUndefined()
      expect(await difference(query, false)).toBeUndefined()
    })

    test('broken queries are refused in the same words at the same place', async () => {
      // What 3.5 does not know yet, or reads otherwise than its successors do (letters inside of brackets as colons, its
      // own name of `@`), and text that is no text.
      const newer =
        /<\/|>\/|fill|\b(step|range|start|end|min_of|max_of|anchored)\b\s*\(?|\ud800|histogram_quantiles|ts_of_|first_over_time|start_timestamp/i
      const theirOwn = /<Item \d+>|unexpected error|unexpected colon|duration expression|in subquery selector/
      const sample = fc
        .sample(mutatedQueries, { seed: 12, numRuns: 1200 })
        .filter((query) => !newer.test(query) && !/\[[^\]]*[^\]\d\s.:smhdwy]/.test(query))
      expect(sample.length).toBeGreaterThan(400)
      const differences: string[] = []
      for (const query of sample) {
        let ours = 'taken'
        try {
          parseExpr(query, { features })
        } catch (error) {
          ours = error instanceof PromqlError ? error.message : `no PromqlError: ${error}`
        }
        const theirs = await prometheus.parse(query)
        if (ours !== theirs && !theirOwn.test(theirs)) differences.push(`${query}\n    ${ours}\n    ${theirs}`)
      }
      expect(differences.join('\n')).toBe('')
    })

    test('random queries get the same answers and fail alike', async () => {
      // Newer than 3.5, or other than it.
      const newer =
        /histogram_quantiles|ts_of_|first_over_time|start_timestamp|histogram_(avg|count|sum|stddev|stdvar)|info\(|mad_over/
      const sample = fc
        .sample(fc.oneof(queries.vector, queries.vector, queries.scalar), { seed: 11, numRuns: 500 })
        .filter((query) => !newer.test(query))
      const differences: string[] = []
      for (const query of sample) {
        const found = await difference(query, false)
        if (found !== undefined) differences.push(`${query}\n    ${found}`)
      }
      expect(differences.join('\n')).toBe('')
    })
  },
)
