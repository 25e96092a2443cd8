import { DEFAULT_SUBQUERY_STEP_MS, isSummary, type StepReach, stepReach, tellOnce } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import type { Clock, Registry } from '../../../telemetry/index.ts'
import type { MetricsReadView } from '../../store/index.ts'
import { gatherJson, leaveJson } from '../json-pieces.ts'
import { createParsedQueries } from '../parsed-queries.ts'
import type { QueryAnswer, QueryLimits } from '../querier.ts'
import { toQueryError } from '../query-errors.ts'
import { type RangeTask, TRUNCATED } from '../query-task.ts'
import { type EncodedMatrix, MATRIX_END, readMatrix } from './encoded-matrix.ts'
import { createKeptAnswers, type KeptAnswer } from './kept-answers.ts'
import { bytesOfSeries, type Part, putTogether } from './put-together.ts'
import { clipSpans, joinSpans, type RemarkSpan, remarksOf } from './remark-spans.ts'
import { createSharedWork } from './shared-work.ts'
import { type Steps, stepsStillRight } from './steps.ts'

export type Evaluate = (task: RangeTask, limits: QueryLimits, signal: AbortSignal) => Promise<QueryAnswer>

export type ResultCacheDeps = {
  readonly evaluate: Evaluate
  readonly view: Pick<MetricsReadView, 'changes' | 'keptFromMs'>
  readonly clock: Clock
  readonly registry: Registry
}

export type ResultCacheOptions = {
  /** Room for answers, bytes; 0: nothing is kept, and identical requests still share one evaluation. */
  readonly maxBytes: number
}

export type ResultCache = {
  /** As `evaluate`. What is kept of earlier answers is taken, the rest evaluated. */
  range(task: RangeTask, limits: QueryLimits, signal: AbortSignal): Promise<QueryAnswer>
  stop(): void
}

/** Below this share of the steps in hand, evaluating all of them costs hardly more. */
const LEAST_SHARE = 1 / 4
/** With steps missing at both ends there are two evaluations. */
const LEAST_SHARE_BETWEEN = 1 / 2
/** An answer with more remarks is not kept: of very many an evaluation gives the first ones only. */
const MAX_REMARKS = 20

type Outcome = 'hit' | 'partial' | 'miss' | 'unfit' | 'shared'

/** One request, with what is known of its query. */
type Request = {
  readonly task: RangeTask
  readonly limits: QueryLimits
  readonly reach: StepReach
  readonly key: string
  readonly steps: Steps
  /** Place in the store's changes before anything is read for it. */
  readonly position: number
  readonly beganAt: number
}

/** Answers of range queries are kept, and where a request has steps in common with one, only the others are evaluated. */
export function createResultCache(deps: ResultCacheDeps, { maxBytes }: ResultCacheOptions): ResultCache {
  const { evaluate, view, clock, registry } = deps
  const kept = createKeptAnswers(clock, maxBytes)
  const shared = createSharedWork<QueryAnswer>(({ dataJson }) => leaveJson(dataJson))
  /** Answers that come as they are made: one of those who share them reads them, the others evaluate for themselves. */
  const taken = new WeakSet<QueryAnswer>()
  const parse = createParsedQueries()
  const outcomes = registry.counters(
    'binnacle_query_cache_requests_total',
    'Range queries by what the result cache did for them: hit, partial, miss, unfit (its steps cannot be kept), shared.',
    ['outcome'],
  )
  const stepsServed = registry.counter(
    'binnacle_query_cache_steps_total',
    'Steps of range queries that were not evaluated.',
  )
  registry.observe('binnacle_query_cache_bytes', 'Memory of kept answers.', 'gauge', [], () => [[[], kept.bytes]])
  registry.observe('binnacle_query_cache_max_bytes', 'Room for kept answers.', 'gauge', [], () => [[[], maxBytes]])
  registry.observe('binnacle_query_cache_answers', 'Answers that are kept.', 'gauge', [], () => [[[], kept.count]])
  const count = (outcome: Outcome) => outcomes.with(outcome).inc()

  function reachOf(task: RangeTask): StepReach | undefined {
    const { query, stepMs, lookbackMs, startMs, endMs } = task
    if (!Number.isInteger(startMs) || !Number.isInteger(endMs) || !Number.isInteger(stepMs)) return undefined
    try {
      const features = new Set(task.features)
      const options = { stepMs, lookbackMs, subqueryStepMs: DEFAULT_SUBQUERY_STEP_MS, features }
      return stepReach(parse(query, task.features), options)
    } catch {
      // The evaluation tells what is wrong with it.
      return undefined
    }
  }

  /** What is kept for the request and still right; forgets what is not. */
  function keptFor({
    task,
    key,
    reach,
    steps,
  }: Request): (KeptAnswer & { readonly matrix: EncodedMatrix }) | undefined {
    const answer = kept.get(key)
    if (answer === undefined) return undefined
    const right = stepsStillRight({ ...answer, stepMs: task.stepMs }, reach, {
      changedFromMs: view.changes.oldestSince(answer.position),
      keptFromMs: view.keptFromMs(),
    })
    const matrix = right && (answer.matrix ?? readMatrix(answer.bytes))
    if (right === undefined || matrix === undefined) {
      kept.delete(key)
      return undefined
    }
    const checked = { ...answer, ...right, position: view.changes.position, matrix }
    kept.set(key, checked)
    return right.fromMs <= steps.toMs && right.toMs >= steps.fromMs ? checked : undefined
  }

  /** As `evaluate`, within what is left of the request's time. */
  async function evaluateFor(
    { limits, beganAt }: Pick<Request, 'limits' | 'beganAt'>,
    task: RangeTask,
    signal: AbortSignal,
  ): Promise<QueryAnswer> {
    const timeoutMs = Math.max(0, limits.timeoutMs - (clock.monotonic() - beganAt))
    try {
      return await evaluate(task, { ...limits, timeoutMs }, signal)
    } catch (error) {
      if (!(error instanceof BinnacleError && error.code === 'query.timeout')) throw error
      throw toQueryError(new DOMException(error.message, 'TimeoutError'), limits, signal)
    }
  }

  async function whole(request: Request, signal: AbortSignal): Promise<QueryAnswer> {
    const { task, key, steps, position } = request
    const answer = await evaluateFor(request, task, signal)
    const span = spanOf(answer, steps)
    if (span === undefined || !Array.isArray(answer.dataJson)) return answer
    const pieces = answer.dataJson as readonly Uint8Array[]
    if (sizeOf(pieces) > kept.largestBytes) return answer
    keep(key, { ...steps, position, spans: [span], bytes: inOne(pieces), matrix: undefined })
    return answer
  }

  /** Does not let an answer go for one that began before it and has no step that it has not. */
  function keep(key: string, answer: KeptAnswer): void {
    const other = kept.get(key)
    const reachesAsFar = other !== undefined && other.fromMs <= answer.fromMs && other.toMs >= answer.toMs
    if (reachesAsFar && other.position >= answer.position) return
    kept.set(key, answer)
  }

  /** The answer out of parts; undefined where it cannot be told from them. */
  async function fromParts(
    request: Request,
    found: KeptAnswer & { readonly matrix: EncodedMatrix },
    signal: AbortSignal,
  ): Promise<QueryAnswer | undefined> {
    const { task, steps, key, position } = request
    const fromMs = Math.max(found.fromMs, steps.fromMs)
    const toMs = Math.min(found.toMs, steps.toMs)
    const keptSteps = countSteps({ fromMs, toMs }, task.stepMs)
    const missing: Steps[] = []
    if (steps.fromMs < fromMs) missing.push({ fromMs: steps.fromMs, toMs: fromMs - task.stepMs })
    if (toMs < steps.toMs) missing.push({ fromMs: toMs + task.stepMs, toMs: steps.toMs })
    const least = missing.length === 2 ? LEAST_SHARE_BETWEEN : LEAST_SHARE
    if (keptSteps < least * countSteps(steps, task.stepMs)) return undefined

    const parts: Part[] = [{ matrix: found.matrix, fromMs, toMs }]
    const spans: RemarkSpan[] = [...clipSpans(found.spans, fromMs, toMs)]
    const evaluated: { readonly answer: QueryAnswer; readonly steps: Steps }[] = []
    for (const piece of missing) {
      const answer = await evaluateFor(request, { ...task, startMs: piece.fromMs, endMs: piece.toMs }, signal)
      const span = spanOf(answer, piece)
      if (span === undefined) {
        leaveJson(answer.dataJson)
        return undefined
      }
      const matrix = readMatrix(await gatherJson(answer.dataJson))
      if (matrix === undefined) return undefined
      evaluated.push({ answer, steps: piece })
      const place = piece.fromMs < fromMs ? 0 : parts.length
      parts.splice(place, 0, { matrix, ...piece })
      spans.splice(place === 0 ? 0 : spans.length, 0, span)
    }
    const remarks = remarksOf(spans)
    if (remarks === undefined) return undefined
    const told = (of: readonly string[]) =>
      of.length < 2 ? of : tellOnce(task.query, parse(task.query, task.features), of)

    const whole = missing.length === 0 && found.fromMs === fromMs && found.toMs === toMs
    const matrix = whole ? found.matrix : putTogether(parts)
    if (matrix.bytes.length > task.maxResponseBytes) return undefined
    if (missing.length > 0) keep(key, { ...steps, position, spans: joinSpans(spans), bytes: matrix.bytes, matrix })
    count(missing.length === 0 ? 'hit' : 'partial')
    stepsServed.inc(keptSteps)
    const limited = task.limit > 0 && matrix.count > task.limit
    return {
      dataJson: limited ? [bytesOfSeries(matrix, task.limit), Buffer.from(MATRIX_END)] : [matrix.bytes],
      warnings: limited ? [...told(remarks.warnings), TRUNCATED] : told(remarks.warnings),
      infos: told(remarks.infos),
      stats: statsOf(request, evaluated, { steps: keptSteps, series: matrix.count }),
    }
  }

  function statsOf(
    { task, steps, beganAt }: Request,
    evaluated: readonly { readonly answer: QueryAnswer; readonly steps: Steps }[],
    cached: { readonly steps: number; readonly series: number },
  ): QueryAnswer['stats'] {
    const all = evaluated.map(({ answer }) => answer.stats)
    const sum = (read: (stats: QueryAnswer['stats']) => number) => all.reduce((total, stats) => total + read(stats), 0)
    const queryableSamples = task.countSamples ? new Float64Array(countSteps(steps, task.stepMs)) : undefined
    for (const { answer, steps: piece } of evaluated) {
      const counted = answer.stats.queryableSamples
      if (counted !== undefined) queryableSamples?.set(counted, (piece.fromMs - steps.fromMs) / task.stepMs)
    }
    return {
      elapsedMs: clock.monotonic() - beganAt,
      queueMs: sum((stats) => stats.queueMs),
      resolveMs: sum((stats) => stats.resolveMs),
      sortMs: sum((stats) => stats.sortMs),
      seriesRead: sum((stats) => stats.seriesRead),
      samplesRead: sum((stats) => stats.samplesRead),
      sources: [...new Set(['cache', ...all.flatMap(({ sources }) => sources)])],
      peakSamples: Math.max(0, ...all.map((stats) => stats.peakSamples)),
      ...(queryableSamples && { queryableSamples }),
      cached,
    }
  }

  async function answer(request: Request, signal: AbortSignal): Promise<QueryAnswer> {
    const found = keptFor(request)
    if (found !== undefined) {
      try {
        const answer = await fromParts(request, found, signal)
        if (answer !== undefined) return answer
        kept.delete(request.key)
      } catch (error) {
        // What is wrong with some steps is told as an evaluation of all of them tells it.
        if (!(error instanceof BinnacleError && error.code === 'promql.execution')) throw error
      }
    }
    count('miss')
    return whole(request, signal)
  }

  return {
    async range(task, limits, signal) {
      const { query, startMs, endMs, stepMs, lookbackMs, limit, countSamples } = task
      const { position } = view.changes
      const beganAt = clock.monotonic()
      const reach = reachOf(task)
      const steps = { fromMs: startMs, toMs: startMs + Math.floor((endMs - startMs) / stepMs) * stepMs }
      const key = JSON.stringify([query, stepMs, startMs - Math.floor(startMs / stepMs) * stepMs, lookbackMs])
      let own = false
      const run = (shared: AbortSignal): Promise<QueryAnswer> => {
        own = true
        if (reach !== undefined && steps.fromMs <= steps.toMs && maxBytes > 0) {
          return answer({ task, limits, reach, key, steps, position, beganAt }, shared)
        }
        count('unfit')
        return evaluate(task, limits, shared)
      }
      /** Whether what was read from that place on is what this request would read. */
      const isSame = (began: number) => {
        if (began === position || reach === undefined) return began === position
        const changed = { changedFromMs: view.changes.oldestSince(began), keptFromMs: Number.NEGATIVE_INFINITY }
        return stepsStillRight({ ...steps, stepMs }, reach, changed)?.toMs === steps.toMs
      }
      try {
        const work = JSON.stringify([key, startMs, endMs, limit, countSamples, limits])
        const answered = await shared.share(work, { position, isSame, run }, signal)
        if (!own) count('shared')
        if (Array.isArray(answered.dataJson)) return answered
        if (taken.has(answered)) return await evaluateFor({ limits, beganAt }, task, signal)
        taken.add(answered)
        return answered
      } catch (error) {
        throw toQueryError(error, limits, signal)
      }
    },
    stop: () => kept.clear(),
  }
}

/** Remarks of an answer for these steps; undefined where the answer says less than all about them. */
function spanOf({ warnings, infos }: QueryAnswer, steps: Steps): RemarkSpan | undefined {
  if (warnings.length + infos.length > MAX_REMARKS) return undefined
  if (warnings.includes(TRUNCATED) || infos.some(isSummary)) return undefined
  return { ...steps, warnings, infos, exact: true }
}

const countSteps = ({ fromMs, toMs }: Steps, stepMs: number) => (toMs - fromMs) / stepMs + 1

const sizeOf = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0)

/** Not in the pool that small buffers share: what is kept is counted whole and let go whole. */
function inOne(pieces: readonly Uint8Array[]): Buffer {
  const [first] = pieces
  if (pieces.length === 1 && first!.byteLength === first!.buffer.byteLength) return Buffer.from(first!.buffer)
  const all = Buffer.allocUnsafeSlow(sizeOf(pieces))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
