import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FloatHistogram, labelsOf } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import { createBatchWriter, createEngine, type Engine, type EngineClient, migrate } from '../../../engine/index.ts'
import { startTestHost } from '../../../engine/testkit/test-host.ts'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import {
  createEngineReader,
  createMetricsStore,
  createSampleBuffer,
  keyColumns,
  lateByRow,
  type MetricsStoreOptions,
  type MetricsStorePart,
  metricsMigrations,
  readHeadSeries,
  withoutDeleted,
} from '../index.ts'

export type StoreUnderTest = {
  readonly engine: Engine
  readonly store: MetricsStorePart
  /** Stops the store in good order and starts another on the same engine. */
  restart(): Promise<void>
  /** From now on the engine takes only so many more writes of this store: what comes after them fails, as if it died. */
  allowWrites(count: number): void
  /** Drops the store as a crash would, without a word to the engine, and starts another. */
  crash(): Promise<void>
  append(
    samples: readonly { labels: Readonly<Record<string, string>>; ts: number; value: number | FloatHistogram }[],
  ): void
  /** All samples of a series, as the query wing would read them. */
  read(
    labels: Readonly<Record<string, string>>,
    fromMs?: number,
    toMs?: number,
  ): Promise<{ ts: number[]; values: (number | FloatHistogram)[] }>
  stop(): Promise<void>
}

/** Where the store's engine is: our own child process, or a server on a TCP port that asks for a password. */
export type EnginePlace = 'embedded' | 'remote'

/** The real engine in a folder of its own, and a store on it whose wall clock the test may move. */
export async function startStore(
  clock: Clock,
  options: Partial<MetricsStoreOptions> = {},
  place: EnginePlace = 'embedded',
): Promise<StoreUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'binnacle-store-'))
  const never = new AbortController().signal
  const server = place === 'remote' ? await startTestHost('tcp') : undefined
  const remote = server?.endpoint.kind === 'url' ? server.endpoint : undefined
  const engine = createEngine(
    { clock: systemClock, log: silentLogger, registry: createRegistry() },
    { dataDir, ...(remote === undefined ? {} : { remote }) },
  )
  await engine.start(never)
  await migrate({ client: engine.client, clock: systemClock, log: silentLogger }, 'metrics', metricsMigrations, never)

  let allowed = Number.POSITIVE_INFINITY
  let life = new AbortController()

  async function start(): Promise<MetricsStorePart> {
    allowed = Number.POSITIVE_INFINITY
    life = new AbortController()
    const { signal } = life
    const spend = () => {
      if (allowed-- > 0) return
      throw new BinnacleError('engine.query_failed', 'the test ends this store here')
    }
    const client: EngineClient = {
      ...engine.client,
      insert: async (options) => {
        spend()
        await engine.client.insert(options)
      },
      command: async (statement, options) => {
        spend()
        await engine.client.command(statement, options)
      },
    }
    const registry = createRegistry()
    const log = silentLogger
    const writer = createBatchWriter(
      { client, clock: systemClock, log, registry },
      { name: 'metrics', maxPendingBytes: 64_000_000 },
    )
    const store = createMetricsStore(
      { client, writer, clock, log, registry },
      { retentionMs: 30 * 86_400_000, headMaxBytes: 1 << 26, maxPendingBytes: 1 << 25, flushMs: 50, ...options },
    )
    await store.start(signal)
    return store
  }

  let store = await start()
  return {
    engine,
    get store() {
      return store
    },
    async restart() {
      await store.stop()
      store = await start()
    },
    allowWrites(count) {
      allowed = count
    },
    async crash() {
      allowed = 0
      life.abort(new Error('crashed'))
      store = await start()
    },
    append(samples) {
      const refs = Uint32Array.from(samples, ({ labels }) => store.refOf(labelsOf(labels)))
      store.append({
        length: samples.length,
        refs,
        ts: Float64Array.from(samples, ({ ts }) => ts),
        values: Float64Array.from(samples, ({ value }) => (typeof value === 'number' ? value : 0)),
        ...(samples.some(({ value }) => typeof value !== 'number') && {
          histograms: samples.map(({ value }) => (typeof value === 'number' ? undefined : value)),
        }),
      })
    },
    async read(labels, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER) {
      const { view } = store
      const ref = view.index.find(labelsOf(labels))
      if (ref === undefined) return { ts: [], values: [] }
      const out = createSampleBuffer()
      const { completeFromMs } = view.head
      const snapshot = view.head.snapshot(Uint32Array.of(ref), Math.max(fromMs, completeFromMs), toMs)
      if (fromMs < completeFromMs) {
        const engineTo = Math.min(toMs, completeFromMs - 1)
        const found = await createEngineReader(engine.client).read(
          { series: keyColumns([view.keyOf(ref)]), fromMs, toMs: engineTo, rowsOf: view.rowsOf(fromMs, engineTo) },
          never,
        )
        found.appendTo(0, out)
      }
      readHeadSeries(view.head.views, snapshot, lateByRow(snapshot), 0, Math.max(fromMs, completeFromMs), toMs, out)
      const deleted = view.tombstones.of(view.keyOf(ref))
      if (deleted) withoutDeleted(out, 0, deleted)
      return {
        ts: [...out.ts.subarray(0, out.length)],
        values: Array.from({ length: out.length }, (_, i) => out.histograms?.[i] ?? out.values[i]!),
      }
    },
    async stop() {
      await store.stop()
      await engine.stop()
      await server?.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
