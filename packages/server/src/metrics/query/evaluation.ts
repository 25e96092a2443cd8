import {
  countSelectors,
  type Expr,
  type Matcher,
  type Selection,
  type SeriesBatch,
  type SeriesSource,
} from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { EngineClient, EngineEndpoint } from '../../engine/index.ts'
import {
  type Clock,
  createDeadline,
  type Deadline,
  type Logger,
  nextTurn,
  type Registry,
} from '../../telemetry/index.ts'
import { createEngineReader, createSampleBuffers, type MetricsReadView } from '../store/index.ts'
import { createChunkCache } from './chunk-cache.ts'
import { createParsedQueries, type ParsedQueries } from './parsed-queries.ts'
import type { QueryAnswer, QueryLimits } from './querier.ts'
import { toQueryError } from './query-errors.ts'
import { createQueryGate } from './query-gate.ts'
import { type InstantTask, type QueryTask, runTask, type TaskRemarks, type VectorColumns } from './query-task.ts'
import { resolveColumns, resolveHere } from './resolve.ts'
import type { SelectedSeries } from './selected-series.ts'
import { createStitchedSource } from './stitched-source.ts'
import { createWorkerPool, type PoolAnswer, type ResolveColumns } from './worker/pool.ts'

export type EvaluationDeps = {
  readonly view: MetricsReadView
  readonly client: EngineClient
  readonly endpoint: EngineEndpoint
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type EvaluationOptions = {
  /** Threads for heavy queries. */
  readonly workers: number
  /** For tests: series of one slice, and every query is evaluated in slices. Absent: by their number, where it pays. */
  readonly sliceSeries?: number
  /** Memory for chunks read from the engine, bytes (`query.chunk_cache_size`); 0: none are kept. */
  readonly chunkCacheBytes: number
  /** Queries at a time; ten times as many may wait. */
  readonly maxConcurrency: number
}

/** Where a query is evaluated: small ones in the watch, heavy ones in a thread; so many at a time, each in its limits. */
export type Evaluation = {
  /** Throws what `Querier` promises. */
  evaluate(task: QueryTask, limits: QueryLimits, signal: AbortSignal): Promise<QueryAnswer>
  /**
   * The same without waiting for a turn and without JSON, for questions that are asked again and again: `asked` remembers
   * that this one is too heavy for the watch. Throws what `Querier` promises.
   */
  vector(task: InstantTask, asked: AskedAgain, limits: QueryLimits, signal: AbortSignal): Promise<VectorAnswer>
  /** Samples of a selection as they are, read in the watch; batches are valid until the next is asked for. */
  samples(selection: Selection, signal: AbortSignal): AsyncGenerator<SeriesBatch, void, undefined>
  stop(): Promise<void>
}

export type VectorAnswer = VectorColumns & Pick<TaskRemarks, 'warnings' | 'infos'>

/** `expr` is the task's query, parsed. `heavyFor`: so many more times a thread is asked at once. */
export type AskedAgain = { readonly expr: Expr; heavyFor: number }

/** Work that the watch does itself, in samples by estimate: a few ms. Anything more goes to a thread. */
const INLINE_SAMPLES = 60_000
const INLINE_SERIES = 2_000
/** For estimates: samples of a series are taken to be so far apart. */
const TYPICAL_INTERVAL_MS = 15_000
/** A native histogram costs about as much as so many numbers: to decode, to compute with, to print. */
const HISTOGRAM_WEIGHT = 30

function vectorOf({ remarks: { vector, warnings, infos } }: PoolAnswer): VectorAnswer {
  if (vector === undefined) throw new Error('a vector was asked for and not given')
  return { ...vector, warnings, infos }
}

/** No samples at all, once `work` is done. */
function noBatchesAfter(work: Promise<void>): AsyncIterable<SeriesBatch> {
  const next = () => work.then(() => ({ done: true, value: undefined }) as const)
  return { [Symbol.asyncIterator]: () => ({ next }) }
}
const NO_BATCHES: readonly SeriesBatch[] = []

/** A question that was too heavy is given to a thread so many times before the watch tries it again. */
const HEAVY_FOR = 100

/** Thrown inside when a query turns out to be too heavy for the watch. */
class TooHeavy extends Error {}

export function createEvaluation(deps: EvaluationDeps, options: EvaluationOptions): Evaluation {
  const { view, client, clock, registry } = deps
  const reader = createEngineReader(client)
  const buffers = createSampleBuffers()
  const parse = createParsedQueries()
  const cache = createChunkCache({ cutGenOf: view.cutGenOf, registry }, options.chunkCacheBytes)
  const resolving = { view, client, cache, pause: nextTurn }
  const pool = createWorkerPool(
    {
      endpoint: deps.endpoint,
      index: view.index,
      keepChunks: (packets) => cache.put(packets),
      pause: nextTurn,
      followSlabs: (onChange) => view.head.followSlabs(onChange),
      clock,
      log: deps.log,
      registry,
    },
    { size: options.workers, sliceSeries: options.sliceSeries },
  )
  const gate = createQueryGate(
    options.maxConcurrency,
    (waiting) =>
      new BinnacleError('query.max_concurrency', `${waiting} queries are waiting already`, {
        kind: 'overload',
        retryAfterMs: 2_000,
        hint: `query.max_concurrency is ${options.maxConcurrency}: try again later, or raise it`,
      }),
  )
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

  /** Throws when what is asked for all in all is too heavy for the watch. */
  function createInlineBudget(task: QueryTask): (selection: Selection, refs: Uint32Array) => void {
    let samples = options.sliceSeries === undefined ? INLINE_SAMPLES : -1
    let series = INLINE_SERIES
    const steps = task.kind === 'range' ? (task.endMs - task.startMs) / task.stepMs : 1
    return ({ fromMs, toMs }, refs) => {
      series -= refs.length
      if (series < 0) throw new TooHeavy()
      const weight = refs.length + view.head.histogramSeries(refs) * (HISTOGRAM_WEIGHT - 1)
      // Fine steps make more points than there are samples, and those have to be written too.
      samples -= weight * Math.max(1 + (toMs - fromMs) / TYPICAL_INTERVAL_MS, steps)
      if (samples < 0) throw new TooHeavy()
    }
  }

  /** Refs that matchers select: at once, unless many values have to be looked at for the first time. */
  function select(matchers: readonly Matcher[]): Uint32Array | Promise<Uint32Array> {
    const { index } = view
    const atHand = index.selectAtHand(matchers)
    if (atHand !== undefined) return atHand
    const prepared = async () => {
      for (const _ of index.prepare(matchers)) await nextTurn()
      return index.select(matchers)
    }
    return prepared()
  }

  /**
   * Whether all selectors together are light enough, found by an evaluation without any samples. Of a single one that is
   * seen when it is resolved; of several the first would have been evaluated in vain.
   */
  async function fitsInline(task: QueryTask, deadline: Deadline): Promise<boolean> {
    const spend = createInlineBudget(task)
    const source: SeriesSource = {
      select(selection) {
        const selecting = select(selection.matchers)
        if (selecting instanceof Promise) return noBatchesAfter(selecting.then((refs) => spend(selection, refs)))
        spend(selection, selecting)
        return NO_BATCHES
      },
    }
    try {
      await runTask({ ...task, explain: false }, { source, parse, now: clock.monotonic, origins: () => ({}) }, deadline)
    } catch (error) {
      // Mistakes are told by the evaluation itself.
      return !(error instanceof TooHeavy)
    }
    return true
  }

  function hasSeveralSelectors(task: QueryTask): boolean {
    try {
      return countSelectors(parse(task.query, task.features)) > 1
    } catch {
      // Mistakes are told by the evaluation itself.
      return false
    }
  }

  /** Reads in the watch itself. The caller holds a ticket of the head. */
  function sourceHere(
    deps: { spend: (selection: Selection, refs: Uint32Array) => void; onResolved: (ms: number) => void },
    onRead: (from: 'head' | 'engine', samples: number) => void,
    waiting: { readonly signal: AbortSignal },
  ): SeriesSource {
    return createStitchedSource({
      views: view.head.views,
      reader,
      buffers,
      waiting,
      resolve(selection) {
        const begin = clock.monotonic()
        const resolve = (refs: Uint32Array) => {
          deps.spend(selection, refs)
          return resolveHere(resolving, selection, refs, waiting)
        }
        const told = (series: SelectedSeries) => {
          deps.onResolved(clock.monotonic() - begin)
          return series
        }
        const selecting = select(selection.matchers)
        const series = selecting instanceof Promise ? selecting.then(resolve) : resolve(selecting)
        return series instanceof Promise ? series.then(told) : told(series)
      },
      onRead,
    })
  }

  /** `onResolved` hears how long each selector took. */
  async function inline(
    task: QueryTask,
    { onResolved, parse }: { onResolved: (ms: number) => void; parse: ParsedQueries },
    deadline: Deadline,
  ): Promise<PoolAnswer> {
    let headSamples = 0
    let engineSamples = 0
    const source = sourceHere(
      { spend: createInlineBudget(task), onResolved },
      (from, samples) => {
        if (from === 'head') headSamples += samples
        else engineSamples += samples
      },
      deadline,
    )
    const { pieces, remarks } = await runTask(
      task,
      { source, parse, now: clock.monotonic, origins: () => ({ head: headSamples, engine: engineSamples }) },
      deadline,
    )
    return { remarks, dataJson: [...pieces], ended: undefined, headSamples, engineSamples }
  }

  // A small query that the head answers runs through here in one turn of the event loop: no timer, no listener and as few
  // promises as there can be, since on machine code that is not warm each of them shows.
  async function evaluate(task: QueryTask, limits: QueryLimits, signal: AbortSignal): Promise<QueryAnswer> {
    const from = clock.monotonic()
    const deadline = createDeadline(clock, signal, limits.timeoutMs)
    let where = 'watch'
    let queueMs = 0
    let resolveMs = 0
    const onResolved = (ms: number) => {
      resolveMs += ms
    }
    try {
      if (!gate.tryEnter()) {
        await gate.enter(deadline.signal)
        queueMs = clock.monotonic() - from
      }
      let answer: PoolAnswer | undefined
      let ticket: number | undefined
      try {
        // Refused while the store is starting: the query leaves the gate then as always.
        ticket = view.head.openTicket()
        try {
          if (!hasSeveralSelectors(task) || (await fitsInline(task, deadline)))
            answer = await inline(task, { onResolved, parse }, deadline)
        } catch (error) {
          if (!(error instanceof TooHeavy)) throw error
        }
        if (answer === undefined) {
          where = 'worker'
          answer = await pool.run(
            task,
            async (selection, take) => {
              const begin = clock.monotonic()
              const columns = await resolveColumns(resolving, selection, take, deadline.signal)
              onResolved(clock.monotonic() - begin)
              return columns
            },
            deadline.signal,
          )
        }
      } finally {
        if (ticket !== undefined) view.head.closeTicket(ticket)
        // A large answer stays in memory until it is read: so long it counts as a query under way.
        if (answer?.ended === undefined) gate.leave()
        else void answer.ended.then(() => gate.leave())
      }
      const { remarks, headSamples, engineSamples } = answer
      const elapsedMs = clock.monotonic() - from
      if (task.isRehearsal !== true) durations.with(task.kind, where).observe(elapsedMs / 1000)
      const sources: string[] = []
      if (headSamples > 0) sources.push('head')
      if (engineSamples > 0) sources.push('engine')
      return {
        dataJson: answer.dataJson,
        warnings: remarks.warnings,
        infos: remarks.infos,
        stats: {
          elapsedMs,
          queueMs,
          resolveMs,
          sortMs: remarks.sortMs,
          seriesRead: remarks.series,
          samplesRead: remarks.samples,
          sources,
          peakSamples: remarks.peakSamples,
          queryableSamples: remarks.queryableSamples,
        },
      }
    } catch (error) {
      const known = toQueryError(error, limits, signal)
      if (task.isRehearsal !== true) failures.with(known instanceof BinnacleError ? known.code : 'bug').inc()
      throw known
    } finally {
      deadline.end()
    }
  }

  async function vector(
    task: InstantTask,
    asked: AskedAgain,
    limits: QueryLimits,
    signal: AbortSignal,
  ): Promise<VectorAnswer> {
    const from = clock.monotonic()
    let where = 'watch'
    const deadline = createDeadline(clock, signal, limits.timeoutMs)
    try {
      const ticket = view.head.openTicket()
      try {
        if (asked.heavyFor > 0) asked.heavyFor--
        else {
          try {
            return vectorOf(await inline(task, { onResolved: () => {}, parse: () => asked.expr }, deadline))
          } catch (error) {
            if (!(error instanceof TooHeavy)) throw error
            asked.heavyFor = HEAVY_FOR
          }
        }
        where = 'worker'
        const resolve: ResolveColumns = (selection, take) => resolveColumns(resolving, selection, take, deadline.signal)
        return vectorOf(await pool.run(task, resolve, deadline.signal))
      } finally {
        view.head.closeTicket(ticket)
        durations.with('vector', where).observe((clock.monotonic() - from) / 1000)
      }
    } catch (error) {
      const known = toQueryError(error, limits, signal)
      failures.with(known instanceof BinnacleError ? known.code : 'bug').inc()
      throw known
    } finally {
      deadline.end()
    }
  }

  async function* samples(selection: Selection, signal: AbortSignal): AsyncGenerator<SeriesBatch, void, undefined> {
    const ticket = view.head.openTicket()
    try {
      const source = sourceHere({ spend: () => {}, onResolved: () => {} }, () => {}, { signal })
      yield* source.select(selection, signal)
    } finally {
      view.head.closeTicket(ticket)
    }
  }

  return { evaluate, vector, samples, stop: () => pool.stop() }
}
