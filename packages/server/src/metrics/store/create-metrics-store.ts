import { randomBytes } from 'node:crypto'
import type { Labels } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { BatchWriter, EngineClient } from '../../engine/index.ts'
import { sql } from '../../engine/index.ts'
import type { Clock, Logger, Registry } from '../../telemetry/index.ts'
import { bucketOf } from './bucket.ts'
import { createChanges } from './changes/index.ts'
import { type CutRecord, createCutRecord } from './cut/cut-record.ts'
import { createMaintenance, type Maintenance } from './cut/maintenance.ts'
import { createExemplarBook } from './exemplars/index.ts'
import { type DeletionQuery, findDeletions } from './find-deletions.ts'
import { createHead, DUPLICATE, type Head, LOG_ONLY, OUT_OF_BOUNDS, REPEATED, TAKEN_LATE } from './head/index.ts'
import { bytesOfHistograms, recordsOf } from './histogram-records.ts'
import { createLabelIndex } from './label-index/index.ts'
import {
  hasOlderSeries,
  loadMetadata,
  loadRecord,
  loadSeries,
  loadTombstones,
  MAX_METADATA,
  refillHead,
} from './load/load.ts'
import { createSampleLog, type SampleLog } from './log/sample-log.ts'
import { createMetadataBook } from './metadata-book.ts'
import type { MetricsReadView } from './metrics-read-view.ts'
import type { AppendResult, Deletion, MetricsStore } from './metrics-store.ts'
import { createMetricsTables, type MetricsTables } from './metrics-tables.ts'
import type { SeriesKey } from './read/index.ts'
import type { SampleBatch, SeriesRef } from './sample-batch.ts'
import { createTombstones } from './tombstones/index.ts'

export type MetricsStoreDeps = {
  readonly client: EngineClient
  readonly writer: BatchWriter
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type MetricsStoreOptions = {
  /** How long samples are kept, ms. */
  readonly retentionMs: number
  /** Budget of the head, bytes (`head.max_bytes`). */
  readonly headMaxBytes: number
  /** Bound of samples waiting for the engine, bytes (`head.max_pending`). */
  readonly maxPendingBytes: number
  /** Time between writes of the log, ms. */
  readonly flushMs: number
}

/** Label sets without samples for so long leave the index in memory; the engine still knows them. */
export const INDEX_KEEPS_MS = 24 * 3_600_000
/** `last_seen` moves with each cut only: a margin of two buckets. */
const SEEN_MARGIN_MS = 4 * 3_600_000
/** Samples further ahead of the clock are refused (Prometheus: 10 minutes for remote write). */
const MAX_AHEAD_MS = 600_000
const MAX_WAITING_EXEMPLARS = 10_000
/** The engine drops older ones (tables.ts), and takes no insert of exemplars of more than a hundred days. */
const EXEMPLARS_KEPT_MS = 7 * 86_400_000

export type MetricsStoreStats = {
  readonly series: number
  readonly indexBytes: number
  readonly head: { readonly usedBytes: number; readonly maxBytes: number; readonly completeFromMs: number }
  readonly log: {
    readonly pendingSamples: number
    readonly maxPendingSamples: number
    /** Why the engine, though it answers, does not take samples. */
    readonly problem: string | undefined
  }
  readonly samplesAppended: number
}

export type MetricsStorePart = MetricsStore & {
  /**
   * Loads what the engine has and begins to log and to cut. Resolves when the store can be read and written. When the
   * signal aborts later, all background work ends where it is, as if the process had died; `stop` ends it in order.
   */
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
  readonly view: MetricsReadView
  stats(): MetricsStoreStats
  /** Deletes samples. Resolves once that is durable; from then on no read finds them. */
  deleteSamples(deletions: readonly Deletion[], signal: AbortSignal): Promise<void>
  /**
   * Deletes the samples that the selected series have in the range now (later ones of the same time stay visible);
   * resolves with the number of series, once that is durable.
   */
  deleteMatching(query: DeletionQuery, signal: AbortSignal): Promise<number>
  /**
   * Takes deleted samples out of all that is stored, except what the head holds: the newest two to four hours keep their
   * tombstones. One at a time: who asks meanwhile gets the same. Goes on whoever waits for it.
   */
  cleanTombstones(): Promise<{ buckets: number; series: number }>
  /**
   * Runs while all that was accepted before is in the engine and no cut, cleaning or deletion is under way, so that its
   * tables fit each other; samples go on coming into the log.
   */
  undisturbed<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** What background work does every few seconds, done now: due cuts, evictions, the budget of the head. */
  tidy(signal: AbortSignal): Promise<void>
  /** Cuts all open buckets now and merges the tables. */
  cutNow(signal: AbortSignal): Promise<{ series: number; samples: number }>
}

const STOP_DEADLINE_MS = 5_000

export function createMetricsStore(deps: MetricsStoreDeps, options: MetricsStoreOptions): MetricsStorePart {
  const { client, writer, clock, log, registry } = deps
  const tokenPrefix = randomBytes(6).toString('hex')
  const index = createLabelIndex()
  const record: CutRecord = createCutRecord()
  const metadata = createMetadataBook(MAX_METADATA)
  const tombstones = createTombstones()
  const exemplars = createExemplarBook({ maxWaiting: MAX_WAITING_EXEMPLARS, tokenPrefix })
  const changes = createChanges()

  let head: Head | undefined
  let sampleLog: SampleLog | undefined
  let maintenance: Maintenance | undefined
  let own: AbortController | undefined
  let epoch = 0
  let headBeganMs = Number.NEGATIVE_INFINITY
  let cleaning: Promise<{ buckets: number; series: number }> | undefined
  let deleting: Promise<unknown> = Promise.resolve()
  /** Whether the engine knows series that the index does not. */
  let leftOut = true

  /** Series whose label set is in the engine. */
  let durable = new Uint8Array(1024)
  let newSeries: SeriesRef[] = []
  let seriesTokens = 0
  let verdicts = new Uint8Array(1024)

  const appended = registry.counter('binnacle_head_samples_appended_total', 'Samples taken into the head.')
  const late = registry.counter('binnacle_head_samples_late_total', 'Samples older than the newest of their series.')
  const refused = registry.counters('binnacle_head_samples_refused_total', 'Samples not taken in, by reason.', [
    'reason',
  ])
  const duplicates = refused.with('duplicate')
  const outOfBounds = refused.with('out_of_bounds')
  const seriesRefused = registry.counter('binnacle_head_series_refused_total', 'Series not taken in: head.max_bytes.')
  const droppedExemplars = registry.counter(
    'binnacle_exemplars_dropped_total',
    'Exemplars dropped: too old, too far ahead, or the engine away for long.',
  )
  registry.observe('binnacle_head_series', 'Series in the label index.', 'gauge', [], () => [[[], index.size]])
  registry.observe('binnacle_head_bytes', 'Memory of the head.', 'gauge', [], () => [[[], head?.usedBytes ?? 0]])
  registry.observe('binnacle_head_max_bytes', 'Budget of the head.', 'gauge', [], () => [[[], options.headMaxBytes]])
  registry.observe('binnacle_label_index_bytes', 'Memory of the label index.', 'gauge', [], () => [
    [[], index.memoryBytes],
  ])

  const keyOf = (ref: SeriesRef): SeriesKey => {
    const { metric, lo, hi } = index.columns()
    return { metric: metric[ref]!, idLo: lo[ref]!, idHi: hi[ref]! }
  }

  const tables: MetricsTables = createMetricsTables({
    client,
    writer,
    clock,
    tokenPrefix,
    facts: index,
    onRows: (bucket, gen, histograms) => record.logged(bucket, gen, clock.monotonic(), histograms),
  })

  /** Deletions and the end of a cleaning come one after the other. */
  function amongDeletions<T>(run: () => Promise<T>): Promise<T> {
    const next = deleting.then(run, run)
    deleting = next.catch(() => {})
    return next
  }

  function markDurable(ref: SeriesRef, value: 0 | 1): void {
    if (ref >= durable.length) {
      const wider = new Uint8Array(Math.max(ref + 1, durable.length * 2))
      wider.set(durable)
      durable = wider
    }
    durable[ref] = value
  }

  function ready(): { head: Head; sampleLog: SampleLog } {
    if (head && sampleLog) return { head, sampleLog }
    throw new BinnacleError('store.starting', 'the metrics store is still loading', {
      kind: 'unavailable',
      retryAfterMs: 1000,
    })
  }

  /** Series first: a row's series is durable before the row is. */
  async function writeSeriesFirst(signal: AbortSignal): Promise<void> {
    while (newSeries.length > 0) {
      const refs = newSeries
      newSeries = []
      try {
        await tables.insertSeries(refs, `${tokenPrefix}-series-${seriesTokens++}`, signal)
      } catch (error) {
        newSeries = [...refs, ...newSeries]
        throw error
      }
      for (const ref of refs) markDurable(ref, 1)
    }
  }

  async function writeAside(signal: AbortSignal): Promise<void> {
    const changed = metadata.takeChanged()
    if (changed.length > 0) {
      try {
        await tables.insertMetadata(changed, signal)
      } catch (error) {
        metadata.putBack(changed)
        throw error
      }
    }
    await exemplars.write((rows, token) => tables.insertExemplars(rows, token, signal))
  }

  const store: MetricsStorePart = {
    get epoch() {
      return epoch
    },
    refOf(labels: Labels) {
      ready()
      if (maintenance?.isShort() === true) {
        const known = index.find(labels)
        if (known !== undefined) return known
        seriesRefused.inc()
        throw new BinnacleError('head.max_bytes', 'the head has no room for another series', {
          kind: 'limit',
          hint: `raise head.max_bytes (now ${options.headMaxBytes} bytes), or scrape fewer series`,
        })
      }
      const before = index.size
      const ref = index.add(labels)
      if (index.size === before) return ref
      markDurable(ref, 0)
      newSeries.push(ref)
      return ref
    },
    labelsOf: (ref) => index.labelsOf(ref),
    append(batch) {
      const { head, sampleLog } = ready()
      if (batch.length > verdicts.length) verdicts = new Uint8Array(batch.length * 2)
      const now = clock.now()
      const records = batch.histograms && recordsOf(batch)
      const others = head.append(batch, verdicts, now - options.retentionMs, now + MAX_AHEAD_MS, records)
      const result: AppendResult = {
        accepted: batch.length,
        late: 0,
        duplicates: 0,
        repeated: 0,
        outOfBounds: 0,
        outOfBoundsHistograms: 0,
      }
      if (others > 0) {
        for (let i = 0; i < batch.length; i++) {
          const verdict = verdicts[i]
          if (verdict === TAKEN_LATE || verdict === LOG_ONLY) result.late++
          else if (verdict === DUPLICATE) result.duplicates++
          else if (verdict === REPEATED) {
            result.duplicates++
            result.repeated++
          } else if (verdict === OUT_OF_BOUNDS) {
            result.outOfBounds++
            if (records?.[i] !== undefined) result.outOfBoundsHistograms++
          }
        }
        result.accepted -= result.duplicates + result.outOfBounds
        late.inc(result.late)
        duplicates.inc(result.duplicates)
        outOfBounds.inc(result.outOfBounds)
      }
      appended.inc(result.accepted)
      if (result.accepted > 0) {
        changes.note(oldestOf(batch, others > 0 ? verdicts : undefined))
        sampleLog.append(batch, others > 0 ? verdicts : undefined, records)
      }
      return result
    },
    admit(batch) {
      ready().sampleLog.admit(batch.length, bytesOfHistograms(batch))
    },
    flushed(signal) {
      return ready().sampleLog.flushed(signal)
    },
    describe(metric, entry) {
      metadata.set(metric, entry)
    },
    addExemplar(exemplar) {
      const { series, labels, ts, value } = exemplar
      const now = clock.now()
      const isKept = ts >= now - EXEMPLARS_KEPT_MS && ts <= now + MAX_AHEAD_MS
      if (!isKept || !exemplars.add({ key: keyOf(series), labels, ts, value })) droppedExemplars.inc()
    },

    async start(signal) {
      const controller = new AbortController()
      own = controller
      const ownSignal = controller.signal
      signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
      const from = clock.monotonic()
      const newestBucket = bucketOf(clock.now())
      const newHead = createHead({ maxBytes: options.headMaxBytes, lowestBucket: newestBucket - 1 })
      const loading = {
        client,
        head: newHead,
        record,
        clock,
        log,
        addSeries: (labels: Labels) => {
          const ref = index.add(labels)
          markDurable(ref, 1)
          newHead.beganBefore(ref)
          return ref
        },
        tombstones,
        refById: (idLo: number, idHi: number) => index.refById(idHi, idLo),
        describe: (metric: string, entry: { type: string; help: string; unit: string }) =>
          metadata.loaded(metric, entry),
      }
      await applyRetention(client, options.retentionMs, signal)
      const { nextGen } = await loadRecord(loading, signal)
      const seenSinceMs = clock.now() - INDEX_KEEPS_MS - SEEN_MARGIN_MS
      const series = await loadSeries(loading, seenSinceMs, signal)
      leftOut = await hasOlderSeries(loading, seenSinceMs, signal)
      await loadMetadata(loading, signal)
      await loadTombstones(loading, signal)
      const samples = await refillHead(loading, newestBucket, signal)
      head = newHead
      headBeganMs = newHead.completeFromMs
      sampleLog = createSampleLog(
        {
          clock,
          log,
          registry,
          write: async (rows) => {
            await writeSeriesFirst(ownSignal)
            await tables.insertRows(rows, ownSignal)
            // What the head does not hold is read from these rows, so that it can be seen from now on only.
            const { histograms } = rows
            const oldest = Math.min(
              minOf(rows.ts, rows.length),
              histograms === undefined ? Number.POSITIVE_INFINITY : minOf(histograms.ts, histograms.ts.length),
            )
            if (oldest < newHead.completeFromMs) changes.note(oldest)
            // Beside the samples, not in their way: an error here is told and tried again with the next write.
            await writeAside(ownSignal).catch((error: unknown) =>
              log.warn({ error }, 'metadata or exemplars could not be written'),
            )
          },
        },
        { firstGen: nextGen, tokenPrefix, flushMs: options.flushMs, maxPendingBytes: options.maxPendingBytes },
      )
      sampleLog.start(ownSignal)
      maintenance = createMaintenance(
        {
          client,
          tables,
          head,
          log: sampleLog,
          record,
          clock,
          logger: log,
          registry,
          keyOf,
          index,
          tombstones,
          amongDeletions,
          isDurable: (ref) => durable[ref] === 1,
          onDropped: () => {
            epoch++
            leftOut = true
            // Series that come back have other refs, and so another place in the order in which series are read.
            changes.note(Number.NEGATIVE_INFINITY)
          },
        },
        { indexKeepsMs: INDEX_KEEPS_MS, retentionMs: options.retentionMs },
      )
      maintenance.start(ownSignal)
      log.info({ series, samples, ms: Math.round(clock.monotonic() - from) }, 'metrics store loaded')
    },
    async stop() {
      await maintenance?.stop()
      await sampleLog?.stop(STOP_DEADLINE_MS)
      own?.abort(new Error('stopped'))
    },
    view: {
      index,
      get head() {
        return ready().head
      },
      metadata,
      tombstones,
      exemplars,
      changes,
      keyOf,
      cutGenOf: (bucket) => record.cutGenOf(bucket),
      rowsOf(fromMs, toMs) {
        const from = bucketOf(fromMs)
        const to = bucketOf(toMs)
        return record
          .withRows()
          .filter((bucket) => bucket >= from && bucket <= to)
          .map((bucket) => ({ bucket, aboveGen: record.cutGenOf(bucket), histograms: record.hasHistograms(bucket) }))
      },
      indexCompleteFromMs: () => (leftOut ? clock.now() - INDEX_KEEPS_MS : Number.NEGATIVE_INFINITY),
      headBeganMs: () => headBeganMs,
      keptFromMs: () => clock.now() - options.retentionMs,
    },
    stats: () => ({
      series: index.size,
      indexBytes: index.memoryBytes,
      head: {
        usedBytes: head?.usedBytes ?? 0,
        maxBytes: options.headMaxBytes,
        completeFromMs: head?.completeFromMs ?? clock.now(),
      },
      log: {
        pendingSamples: sampleLog?.pendingRows ?? 0,
        maxPendingSamples: sampleLog?.maxPendingRows ?? 0,
        problem: sampleLog?.problem,
      },
      samplesAppended: appended.value,
    }),
    async deleteSamples(deletions, signal) {
      ready()
      if (deletions.length === 0) return
      await amongDeletions(async () => {
        tombstones.checkRoom(deletions.length)
        await tables.insertTombstones(deletions, signal)
        let oldest = Number.POSITIVE_INFINITY
        for (const { key, fromMs, toMs } of deletions) {
          tombstones.add(key, fromMs, toMs)
          oldest = Math.min(oldest, fromMs)
        }
        changes.note(oldest)
      })
    },
    async deleteMatching(query, signal) {
      const deletions = await findDeletions({ view: store.view, client, clock }, query, signal)
      await store.deleteSamples(deletions, signal)
      return deletions.length
    },
    cleanTombstones() {
      ready()
      cleaning ??= maintenance!.cleanTombstones(own!.signal).finally(() => {
        cleaning = undefined
      })
      return cleaning
    },
    undisturbed(run, signal) {
      ready()
      return maintenance!.exclusively(async () => {
        await sampleLog!.flushed(signal)
        return amongDeletions(run)
      })
    },
    async tidy(signal) {
      ready()
      await maintenance!.check(signal)
    },
    async cutNow(signal) {
      ready()
      return maintenance!.cutNow(signal)
    },
  }
  return store
}

/** Time of the oldest sample that was taken. */
function oldestOf({ ts, length }: SampleBatch, verdicts: Uint8Array | undefined): number {
  if (verdicts === undefined) return minOf(ts, length)
  let oldest = Number.POSITIVE_INFINITY
  for (let i = 0; i < length; i++) {
    const verdict = verdicts[i]!
    if (verdict < DUPLICATE && ts[i]! < oldest) oldest = ts[i]!
  }
  return oldest
}

function minOf(ts: ArrayLike<number>, length: number): number {
  let oldest = Number.POSITIVE_INFINITY
  for (let i = 0; i < length; i++) if (ts[i]! < oldest) oldest = ts[i]!
  return oldest
}

/** TTLs of the tables follow the configuration. Changing one is cheap: whole parts go when they are due. */
async function applyRetention(client: EngineClient, retentionMs: number, signal: AbortSignal): Promise<void> {
  const seconds = Math.ceil(retentionMs / 1000)
  const settings = { materialize_ttl_after_modify: 0 }
  await client.command(
    sql`ALTER TABLE chunks MODIFY TTL toDateTime(bucket * 7200) + toIntervalSecond(${seconds + 7200})`,
    {
      signal,
      settings,
    },
  )
  await client.command(sql`ALTER TABLE tombstones MODIFY TTL created + toIntervalSecond(${seconds + 86_400})`, {
    signal,
    settings,
  })
  await client.command(sql`ALTER TABLE series MODIFY TTL last_seen + toIntervalSecond(${seconds + 86_400})`, {
    signal,
    settings,
  })
}
