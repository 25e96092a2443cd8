import { type Labels, PromqlError, type Selection } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { EngineClient, EngineEndpoint } from '../../engine/index.ts'
import { type Clock, type Logger, type Registry, withDeadline } from '../../telemetry/index.ts'
import { createEngineReader, findSeries, type MetricMetadata, type MetricsReadView } from '../store/index.ts'
import { createParsedQueries } from './parsed-queries.ts'
import type { InstantQuery, Listing, MetadataQuery, Querier, QueryAnswer, QueryLimits, RangeQuery } from './querier.ts'
import { createQueryGate } from './query-gate.ts'
import { type QueryTask, runTask } from './query-task.ts'
import { resolveSelection } from './resolve.ts'
import { createStitchedSource } from './stitched-source.ts'
import { createWorkerPool } from './worker/pool.ts'

export type QuerierDeps = {
  readonly view: MetricsReadView
  readonly client: EngineClient
  readonly endpoint: EngineEndpoint
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type QuerierOptions = QueryLimits & {
  readonly lookbackMs: number
  readonly maxResponseBytes: number
  /** Threads for heavy queries. */
  readonly workers: number
  /** Queries at a time; ten times as many may wait. */
  readonly maxConcurrency: number
}

export type QuerierPart = Querier & { stop(): Promise<void> }

/** Work that the watch does itself, in samples by estimate: a few ms. Anything more goes to a thread. */
const INLINE_SAMPLES = 60_000
const INLINE_SERIES = 2_000
/** For estimates: samples of a series are taken to be so far apart. */
const TYPICAL_INTERVAL_MS = 15_000

/** Thrown inside when a query turns out to be too heavy for the watch. */
class TooHeavy extends Error {}

export function createQuerier(deps: QuerierDeps, options: QuerierOptions): QuerierPart {
  const { view, client, clock, registry } = deps
  const reader = createEngineReader(client)
  const parse = createParsedQueries()
  const pool = createWorkerPool(
    {
      endpoint: deps.endpoint,
      followSlabs: (onChange) => view.head.followSlabs(onChange),
      clock,
      log: deps.log,
      registry,
    },
    { size: options.workers },
  )
  const gate = createQueryGate(options.maxConcurrency)
  registry.observe('binnacle_query_running', 'Queries under way, and those that wait.', 'gauge', ['state'], () => [
    [['running'], gate.running],
    [['waiting'], gate.waiting],
  ])
  const durations = registry.histograms(
    'binnacle_query_duration_seconds',
    'Time of PromQL queries, by kind and where they were evaluated.',
    ['kind', 'where'],
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  )
  const failures = registry.counters('binnacle_query_failures_total', 'Queries that ended with an error, by code.', [
    'code',
  ])

  async function inline(task: QueryTask, signal: AbortSignal) {
    let budget = INLINE_SAMPLES
    let seriesBudget = INLINE_SERIES
    let headSamples = 0
    let engineSamples = 0
    const source = createStitchedSource({
      views: view.head.views,
      reader,
      signal,
      resolve: (selection: Selection) => {
        const series = view.index.select(selection.matchers).length
        const spanMs = selection.toMs - selection.fromMs
        budget -= series * (1 + spanMs / TYPICAL_INTERVAL_MS)
        seriesBudget -= series
        if (budget < 0 || seriesBudget < 0) throw new TooHeavy()
        return resolveSelection(view, client, selection, signal)
      },
      onRead: (from, samples) => {
        if (from === 'head') headSamples += samples
        else engineSamples += samples
      },
    })
    const answer = await runTask(task, { source, parse }, signal)
    return { ...answer, headSamples, engineSamples }
  }

  async function evaluate(task: QueryTask, limits: QueryLimits, signal: AbortSignal): Promise<QueryAnswer> {
    const from = clock.monotonic()
    let where = 'watch'
    try {
      const answer = await withDeadline(clock, signal, limits.timeoutMs, async (deadline) => {
        await gate.enter(deadline)
        const ticket = view.head.openTicket()
        try {
          try {
            return await inline(task, deadline)
          } catch (error) {
            if (!(error instanceof TooHeavy)) throw error
          }
          where = 'worker'
          return await pool.run(task, (selection) => resolveSelection(view, client, selection, deadline), deadline)
        } finally {
          view.head.closeTicket(ticket)
          gate.leave()
        }
      })
      const elapsedMs = clock.monotonic() - from
      durations.with(task.kind, where).observe(elapsedMs / 1000)
      const sources = [...(answer.headSamples > 0 ? ['head'] : []), ...(answer.engineSamples > 0 ? ['engine'] : [])]
      return {
        dataJson: answer.dataJson,
        warnings: answer.warnings,
        infos: answer.infos,
        stats: { elapsedMs, seriesRead: answer.series, samplesRead: answer.samples, sources },
      }
    } catch (error) {
      const known = toQueryError(error, limits, signal)
      failures.with(known instanceof BinnacleError ? known.code : 'bug').inc()
      throw known
    }
  }

  function taskCommon(query: InstantQuery | RangeQuery) {
    const limits: QueryLimits = {
      timeoutMs: Math.min(query.limits?.timeoutMs ?? options.timeoutMs, options.timeoutMs),
      maxSamples: Math.min(query.limits?.maxSamples ?? options.maxSamples, options.maxSamples),
      maxSteps: Math.min(query.limits?.maxSteps ?? options.maxSteps, options.maxSteps),
    }
    const common = {
      query: query.query,
      lookbackMs: query.lookbackMs ?? options.lookbackMs,
      maxSamples: limits.maxSamples,
      limit: query.limit ?? 0,
      maxResponseBytes: options.maxResponseBytes,
      features: [],
    }
    return { limits, common }
  }

  /**
   * Label sets by alternatives of matchers, those included that only the engine still knows. `all` tells that `refs` is
   * every series of the index: its names and values need not be gathered from the series then.
   */
  async function find(
    query: MetadataQuery,
    signal: AbortSignal,
  ): Promise<{ refs: Uint32Array; all: boolean; old: Labels[] }> {
    const sets = query.matcherSets.length === 0 ? [[]] : query.matcherSets
    const selected = sets.map((matchers) => view.index.select(matchers))
    const refs = selected.length === 1 ? selected[0]! : union(selected)
    const old = new Map<string, Labels>()
    if (query.fromMs < view.indexCompleteFromMs()) {
      for (const matchers of sets) {
        for (const { labels, key } of await findSeries(client, matchers, query.fromMs, signal)) {
          if (view.index.refById(key.idHi, key.idLo) === undefined) old.set(`${key.idHi}:${key.idLo}`, labels)
        }
      }
    }
    const found = inRange(refs, query.fromMs)
    return { refs: found, all: found.length === view.index.size, old: [...old.values()] }
  }

  /** Leaves out series whose newest sample is older than the range; moves within `refs`, which nobody else holds. */
  function inRange(refs: Uint32Array, fromMs: number): Uint32Array {
    const { head } = view
    if (fromMs <= head.completeFromMs) return refs
    let kept = 0
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i]!
      if (head.lastMsOf(ref) >= fromMs) refs[kept++] = ref
    }
    return kept === refs.length ? refs : refs.slice(0, kept)
  }

  const listing = <T>(items: T[], limit: number): Listing<T> =>
    limit > 0 && items.length > limit ? { items: items.slice(0, limit), truncated: true } : { items, truncated: false }

  return {
    async instant(query, signal) {
      const { limits, common } = taskCommon(query)
      return evaluate({ kind: 'instant', timeMs: query.timeMs, ...common }, limits, signal)
    },
    async range(query, signal) {
      const { limits, common } = taskCommon(query)
      const { startMs, endMs, stepMs } = query
      if ((endMs - startMs) / stepMs > limits.maxSteps) {
        throw new BinnacleError(
          'query.max_steps',
          `exceeded maximum resolution of ${limits.maxSteps.toLocaleString('en-US')} points per timeseries. Try decreasing the query resolution (?step=XX)`,
          { kind: 'input', hint: `query.max_steps is ${limits.maxSteps}` },
        )
      }
      return evaluate({ kind: 'range', startMs, endMs, stepMs, ...common }, limits, signal)
    },
    async series(query, signal) {
      const { refs, old } = await find(query, signal)
      const items: Labels[] = []
      const most = query.limit > 0 ? query.limit + 1 : Number.POSITIVE_INFINITY
      for (const ref of refs) {
        if (items.length >= most) break
        items.push(view.index.labelsOf(ref))
      }
      for (const labels of old) if (items.length < most) items.push(labels)
      return listing(items, query.limit)
    },
    async labelNames(query, signal) {
      const { refs, all, old } = await find(query, signal)
      const names = new Set(view.index.labelNames(all ? undefined : refs))
      for (const labels of old) for (let i = 0; i < labels.length; i += 2) names.add(labels[i]!)
      return listing([...names].sort(), query.limit)
    },
    async labelValues(label, query, signal) {
      const { refs, all, old } = await find(query, signal)
      const values = new Set(view.index.labelValues(label, all ? undefined : refs))
      for (const labels of old) {
        for (let i = 0; i < labels.length; i += 2) if (labels[i] === label) values.add(labels[i + 1]!)
      }
      return listing([...values].sort(), query.limit)
    },
    metadata({ metric, limit }) {
      const found = new Map<string, readonly MetricMetadata[]>()
      for (const [name, entry] of view.metadata.entries()) {
        if (metric !== undefined && name !== metric) continue
        if (limit > 0 && found.size >= limit) break
        found.set(name, [entry])
      }
      return found
    },
    stop: () => pool.stop(),
  }
}

function union(sets: readonly Uint32Array[]): Uint32Array {
  const all = new Set<number>()
  for (const refs of sets) for (const ref of refs) all.add(ref)
  return Uint32Array.from(all).sort()
}

function toQueryError(error: unknown, limits: QueryLimits, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new BinnacleError('query.canceled', 'the query was canceled', { kind: 'unavailable', cause: error })
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new BinnacleError('query.timeout', 'query timed out in expression evaluation', {
      kind: 'limit',
      hint: `query.timeout is ${limits.timeoutMs} ms`,
    })
  }
  if (error instanceof PromqlError) return new BinnacleError(`promql.${error.code}`, error.message)
  return error
}
