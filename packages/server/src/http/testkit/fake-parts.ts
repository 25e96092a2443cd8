import { labelsOf } from '@binnacle/promql'
import type { NodeExplanation, Querier, QueryAnswer } from '../../metrics/query/index.ts'
import { createRegistry, type Registry, silentLogger, systemClock } from '../../telemetry/index.ts'
import type { HttpParts } from '../parts.ts'
import { createHttpServer, type HttpServerOptions } from '../server.ts'

export type FakeCall = { readonly name: string; readonly args: unknown }

function answer(data: unknown, more: Partial<QueryAnswer> = {}): QueryAnswer {
  return {
    dataJson: [new TextEncoder().encode(JSON.stringify(data))],
    warnings: [],
    infos: [],
    stats: {
      elapsedMs: 20,
      queueMs: 4,
      resolveMs: 3,
      sortMs: 1,
      seriesRead: 1,
      samplesRead: 3,
      sources: ['head'],
      peakSamples: 5,
      queryableSamples: Float64Array.of(3, 4),
    },
    ...more,
  }
}

const EXPLAINED: NodeExplanation = {
  start: 0,
  end: 2,
  kind: 'selector',
  value: 'vector',
  title: 'up',
  evaluated: true,
  series: 1,
  values: 1,
  steps: 1,
  ownMs: 1,
  totalMs: 1,
  remarks: [],
  children: [],
}

/** Parts with one target and one series; every call is noted in `calls`. */
export function fakeParts(calls: FakeCall[] = []): HttpParts {
  const note = (name: string, args: unknown) => void calls.push({ name, args })
  const querier: Querier = {
    instant: async (query) => {
      note('instant', query)
      const metric = { __name__: 'up', job: 'node' }
      if (query.query.endsWith(']')) {
        return answer({ resultType: 'matrix', result: [{ metric, values: [[999.5, '1']] }] })
      }
      return answer({ resultType: 'vector', result: [{ metric, value: [query.timeMs / 1000, '1'] }] })
    },
    range: async (query) => {
      note('range', query)
      return answer({ resultType: 'matrix', result: [] }, { warnings: ['a warning'], infos: ['an info'] })
    },
    explain: async (query) => {
      note('explain', query)
      return { query: query.query, elapsedMs: 2, series: 1, samples: 3, sources: ['head'], tree: EXPLAINED }
    },
    series: async (query) => {
      note('series', query)
      async function* slices() {
        yield [labelsOf({ __name__: 'up', 'my.label': 'a "b"\n' })]
      }
      return { count: 1, truncated: query.limit === 1, slices: slices() }
    },
    labelNames: async (query) => {
      note('labelNames', query)
      return { items: ['__name__', 'job'], truncated: false }
    },
    labelValues: async (label, query) => {
      note('labelValues', { label, ...query })
      return { items: ['node'], truncated: false }
    },
  }
  return {
    heartbeat: () => ({ configured: false }),
    alertIntake: undefined,
    querier,
    exemplars: {
      maxExemplars: 2,
      select: async (query) => {
        note('exemplars', query)
        const exemplars = [{ labels: labelsOf({ trace_id: 'abc' }), value: Number.POSITIVE_INFINITY, ts: 1500 }]
        return { series: [{ seriesLabels: labelsOf({ __name__: 'up' }), exemplars }], truncated: query.toMs === 2000 }
      },
    },
    series: {
      lookbackMs: 300_000,
      labelSets: async () => [],
      async *read(query) {
        note('read', query)
        const labels = [labelsOf({ __name__: 'up', job: 'node' })]
        yield {
          count: 1,
          labels,
          starts: Uint32Array.of(0, 1),
          ts: Float64Array.of(999_500),
          values: Float64Array.of(1),
        }
      },
    },
    readLimits: { maxConcurrent: 2, maxSamples: 1000, maxFrameBytes: 4096 },
    write: {
      receive: async (body) => note('write', body.toString('utf8')),
      receiveV2: async (body) => {
        note('write v2', body.toString('utf8'))
        return { samples: 3, histograms: 2, exemplars: 1, problem: undefined }
      },
    },
    targets: {
      active: () => [
        {
          id: 't1',
          discoveredLabels: labelsOf({ __address__: '127.0.0.1:9100', job: 'node' }),
          labels: labelsOf({ instance: '127.0.0.1:9100', job: 'node' }),
          scrapePool: 'node',
          scrapeUrl: 'http://127.0.0.1:9100/metrics',
          globalUrl: 'http://host:9100/metrics',
          lastError: '',
          lastScrapeMs: 1_700_000_000_120,
          lastScrapeDurationMs: 12.5,
          health: 'up',
          scrapeInterval: '15s',
          scrapeTimeout: '10s',
          lastSamples: 700,
        },
      ],
      dropped: () => [
        {
          discoveredLabels: labelsOf({ __address__: 'x:1' }),
          scrapePool: 'node',
          droppedBy: 'relabel_configs.0: drop',
        },
      ],
      droppedCounts: () => ({ node: 1 }),
      pools: () => ['node', 'empty'],
      metadata: () => [
        {
          labels: labelsOf({ instance: '127.0.0.1:9100', job: 'node' }),
          families: () => [{ metric: 'up', type: 'gauge', help: 'Is it up?', unit: '' }],
        },
      ],
      scrapeNow: async (id) => {
        note('scrapeNow', id)
        return { status: 200, durationMs: 3, contentType: 'text/plain', body: 'up 1\n', truncated: false }
      },
    },
    admin: {
      deleteSeries: async (query) => note('delete', query),
      cleanTombstones: async () => note('clean', undefined),
      snapshot: async (options) => {
        note('snapshot', options)
        return { name: '20260102T030405Z-0123456789abcdef' }
      },
    },
    metadata: {
      find: async (query) => {
        note('metadata', query)
        return new Map([['up', [{ type: 'gauge', help: 'Is it up?', unit: '' }]]])
      },
    },
    storage: {
      report: async () => ({
        dataDir: '/data',
        tables: [{ name: 'chunks', rows: 10, bytes: 2048, oldest: 1_700_000_000_000, newest: null }],
        samples: 1000,
        bytesPerSample: 0.63,
        head: { series: 5, samples: 100, bytes: 1024, budgetBytes: 67_108_864 },
      }),
      cut: async () => {
        note('cut', undefined)
        return { chunks: 3 }
      },
    },
    lifecycle: { notReadyReasons: () => [], reload: async () => note('reload', undefined) },
    status: {
      version: '0.1.0',
      startedAtMs: 1_700_000_000_000,
      configYaml: () => 'global: {}\n',
      flags: () => ({ 'retention.metrics': '30d' }),
      retention: () => '30d',
      lastReload: () => ({ ok: true, atMs: 1_700_000_000_000 }),
      head: async (limit) => ({
        series: 5,
        chunks: 6,
        labelPairs: 7,
        minTimeMs: 1,
        maxTimeMs: 2,
        seriesByMetric: [{ name: 'up', value: 5 }].slice(0, limit),
        valuesByLabel: [],
        bytesByLabel: [],
        seriesByLabelPair: [],
      }),
      workingDirectory: '/srv',
    },
    rules: undefined,
    alerting: undefined,
    alertmanagers: () => ({ active: [], dropped: [] }),
    checks: undefined,
    doctor: undefined,
    features: new Set(),
    self: () => ({
      version: '0.1.0',
      startedAt: 1,
      now: 2,
      starting: false,
      host: { name: 'ship' },
      ingest: { samplesPerSecond: 10 },
      series: 5,
      storage: { bytesPerSample: 0.63, bytes: 1, samples: 2 },
      memory: { rssBytes: 1, pssBytes: null, watchBytes: 1, engineBytes: null },
      queue: { pendingSamples: 0, maxPendingSamples: 10 },
      engine: { state: 'up' },
      promqlFeatures: [],
      config: { warnings: [], errors: [], lastReload: { ok: true, at: 1 }, problems: [] },
    }),
  }
}

/** A real server on a free loopback port; ends with the test (`await using`). */
export async function startHttp(
  parts: HttpParts,
  options: Partial<Omit<HttpServerOptions, 'listen'>> = {},
): Promise<{ url: string; port: number; registry: Registry; stop(): Promise<void> } & AsyncDisposable> {
  const registry = createRegistry()
  const server = createHttpServer(
    { parts, log: silentLogger, registry, clock: systemClock },
    { listen: { host: '127.0.0.1', port: 0 }, ...options },
  )
  const { url, port } = await server.start()
  return { url, port, registry, stop: server.stop, [Symbol.asyncDispose]: server.stop }
}
