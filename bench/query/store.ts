// A real store in this process: the engine's host, the head, query workers, all of the built code. The data is that of the
// system benchmark (../system/workload.ts), put straight into the store, whose clock stands at the end of the data.

import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as engineFace from '../../packages/server/src/engine/index.ts'
import type * as queryFace from '../../packages/server/src/metrics/query/index.ts'
import type * as storeFace from '../../packages/server/src/metrics/store/index.ts'
import type * as telemetryFace from '../../packages/server/src/telemetry/index.ts'
import { createWorkload, INTERVAL_MS } from '../system/workload.ts'

const BUCKET_MS = 7_200_000
/** The data ends an hour into a bucket: the head holds three hours, the engine what is before them. */
const END_MS = Math.floor(Date.UTC(2026, 5, 1) / BUCKET_MS) * BUCKET_MS + BUCKET_MS / 2

/** Node runs no TypeScript, and workers are files: everything comes from `npm run build`. */
function built<Face>(root: string, path: string): Promise<Face> {
  const dist = join(resolve(root), 'packages', 'server', 'dist')
  return import(pathToFileURL(join(dist, path)).href) as Promise<Face>
}

export type LoadedStore = {
  readonly endMs: number
  readonly querier: queryFace.QuerierPart
  readonly enginePid: number | undefined
  /** Goes on by one interval: every series gets its next sample. Returns the new time, Unix ms. */
  step(): number
  stop(): Promise<void>
}

export type LoadOptions = {
  /** Folder of the workspace whose build is used. */
  readonly root: string
  /** Kept and used again when the data is there already. */
  readonly dataDir: string
  readonly hosts: number
  readonly hours: number
  readonly workers: number
  readonly headMaxBytes: number
  /** None: each question costs what it costs the first time. */
  readonly resultCacheBytes?: number
}

export async function loadStore({
  root,
  dataDir,
  hosts,
  hours,
  workers,
  headMaxBytes,
  resultCacheBytes = 0,
}: LoadOptions): Promise<LoadedStore> {
  const { createEngine, createBatchWriter, migrate } = await built<typeof engineFace>(root, 'engine/index.js')
  const { createMetricsStore, metricsMigrations } = await built<typeof storeFace>(root, 'metrics/store/index.js')
  const { createQuerier } = await built<typeof queryFace>(root, 'metrics/query/index.js')
  const {
    createRegistry,
    silentLogger: log,
    systemClock,
  } = await built<typeof telemetryFace>(root, 'telemetry/index.js')
  const signal = new AbortController().signal
  const registry = createRegistry()
  let now = END_MS
  const clock = { ...systemClock, now: () => now }
  const engine = createEngine({ clock: systemClock, log, registry }, { dataDir })
  await engine.start(signal)
  await migrate({ client: engine.client, clock: systemClock, log }, 'metrics', metricsMigrations, signal)
  const writer = createBatchWriter(
    { client: engine.client, clock: systemClock, log, registry },
    { name: 'metrics', maxPendingBytes: 64 << 20 },
  )
  const options = { retentionMs: 3650 * 86_400_000, headMaxBytes, maxPendingBytes: 256 << 20, flushMs: 1000 }
  const create = () =>
    createMetricsStore({ client: engine.client, writer, clock, log, registry: createRegistry() }, options)

  const marker = join(dataDir, 'loaded')
  if (!existsSync(marker)) {
    now = END_MS - hours * 3_600_000
    const store = create()
    await store.start(signal)
    const workload = createWorkload(hosts, 1000)
    const refs = Uint32Array.from(workload.labels, (labels) => store.refOf(labels))
    const ts = new Float64Array(refs.length)
    for (let step = 0; now < END_MS; step++, now += INTERVAL_MS) {
      store.append({ length: refs.length, refs, ts: ts.fill(now), values: workload.values() })
      workload.step()
      if (step % 8 === 0) {
        await store.flushed(signal)
        await store.tidy(signal)
      }
    }
    await store.flushed(signal)
    await store.cutNow(signal)
    await store.stop()
    writeFileSync(marker, `${hosts} hosts, ${hours} h\n`)
  }
  now = END_MS
  const store = create()
  await store.start(signal)
  const querier = createQuerier(
    { view: store.view, client: engine.client, endpoint: engine.endpoint, clock, log, registry },
    {
      timeoutMs: 120_000,
      maxSamples: 50_000_000,
      maxSteps: 11_000,
      lookbackMs: 300_000,
      maxResponseBytes: 64 << 20,
      maxConcurrency: 20,
      chunkCacheBytes: 16 << 20,
      workers,
      features: [],
      resultCacheBytes,
    },
  )
  let ahead: { workload: ReturnType<typeof createWorkload>; refs: Uint32Array; ts: Float64Array } | undefined
  return {
    endMs: END_MS,
    querier,
    enginePid: engine.pid,
    step() {
      if (ahead === undefined) {
        const workload = createWorkload(hosts, 1000)
        const refs = Uint32Array.from(workload.labels, (labels) => store.refOf(labels))
        ahead = { workload, refs, ts: new Float64Array(refs.length) }
      }
      const { workload, refs, ts } = ahead
      now += INTERVAL_MS
      workload.step()
      store.append({ length: refs.length, refs, ts: ts.fill(now), values: workload.values() })
      return now
    },
    async stop() {
      await querier.stop()
      await store.stop()
      await engine.stop()
    },
  }
}
