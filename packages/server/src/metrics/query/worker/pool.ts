import type { Selection, SliceRequest } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../../config/index.ts'
import type { EngineEndpoint } from '../../../engine/index.ts'
import type { Clock, Logger, Registry } from '../../../telemetry/index.ts'
import type { ChunkPacket, LabelIndex, SlabChange } from '../../store/index.ts'
import { areApart } from '../apart.ts'
import type { JsonPieces } from '../json-pieces.ts'
import type { QueryTask, TaskRemarks } from '../query-task.ts'
import type { TakeWords } from '../resolve.ts'
import type { SelectedColumns } from '../selected-series.ts'
import { buffersOf } from './evaluate-slices.ts'
import type { FromWorker, Slices } from './messages.ts'
import { createPieceStream, type PieceStream } from './piece-stream.ts'
import { fromPlainError, toPlainError } from './plain-error.ts'
import { type QueryThread, startQueryThread } from './query-thread.ts'
import { createSharedWords } from './shared-words.ts'
import { sliceSize, workOf } from './slice-size.ts'

export type WorkerPoolDeps = {
  readonly endpoint: EngineEndpoint
  readonly index: LabelIndex
  readonly followSlabs: (onChange: (change: SlabChange) => void) => () => void
  /** Takes what threads have read from the engine. */
  readonly keepChunks: (packets: readonly ChunkPacket[]) => void
  /** Lets the event loop run. */
  readonly pause: () => Promise<void>
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type WorkerPoolOptions = {
  /** Threads at most; they start when there is work and go after a while without. */
  readonly size: number
  /** Series in a slice; absent: by their number. Tests take few. */
  readonly sliceSeries?: number | undefined
}

export type PoolAnswer = {
  readonly remarks: TaskRemarks
  readonly dataJson: JsonPieces
  /** Absent when all of the answer is there; otherwise resolves when it is read, or will not be read any further. */
  readonly ended: Promise<void> | undefined
  readonly headSamples: number
  readonly engineSamples: number
}

/** Matchers to series, whose columns lie in memory that is taken by `take`. */
export type ResolveColumns = (selection: Selection, take: TakeWords) => Promise<SelectedColumns>

/**
 * Threads for heavy queries; who may come is the gate's matter (query-gate.ts). A query has one thread, its lead; threads
 * without a query of their own help with slices of its series. When all have queries, a further one waits a moment and
 * then shares the thread that has fewest. A query that is cancelled and does not stop soon costs its thread. A large
 * answer goes on being made while it is read, between other queries; its columns stay in the thread until then.
 */
export type WorkerPool = {
  run(task: QueryTask, resolve: ResolveColumns, signal: AbortSignal): Promise<PoolAnswer>
  stop(): Promise<void>
}

/** A cancelled query has so long to notice. */
const CANCEL_GRACE_MS = 2_000
const IDLE_MS = 60_000
/** Queries that one thread evaluates in turns, and how long one waits for a thread of its own. */
const JOBS_PER_THREAD = 2
const OWN_THREAD_WAIT_MS = 100
/** Work (samples, by estimate) from which a thread is started to help. */
const START_FROM_WORK = 500_000

type Outcome = { readonly answer: PoolAnswer } | { readonly error: unknown }

type Job = {
  readonly id: number
  readonly task: QueryTask
  readonly resolve: ResolveColumns
  readonly signal: AbortSignal
  readonly settle: (outcome: Outcome) => void
  lead: Thread | undefined
  /** Threads that help; the job ends after they have. */
  readonly helpers: Set<Thread>
  /** Questions of the lead that are being answered here; the job ends after they are. */
  asked: number
  /** Of the selection that is evaluated in slices now. */
  slices: Slices | undefined
  readonly memory: Uint32Array[]
  outcome: Outcome | undefined
}

type Thread = {
  readonly queries: Set<Job>
  helps: Job | undefined
  /** Answers that it goes on making, by query. */
  readonly streams: Map<number, PieceStream>
  link: QueryThread
  cancelIdle: (() => void) | undefined
}

function lostThread(why: string): BinnacleError {
  return new BinnacleError('query.worker_lost', why, { kind: 'unavailable' })
}

export function createWorkerPool(deps: WorkerPoolDeps, options: WorkerPoolOptions): WorkerPool {
  const { clock, log, registry, pause } = deps
  const threads = new Set<Thread>()
  const waiting: Job[] = []
  const sharedWords = createSharedWords()
  let cancelWait: (() => void) | undefined
  let ids = 0
  let stopped = false
  const crashes = registry.counter('binnacle_query_worker_crashes_total', 'Query threads that ended by themselves.')
  const helped = registry.counter(
    'binnacle_query_slices_helped_total',
    'Slices of queries that another thread than the query’s own has evaluated.',
  )
  registry.observe('binnacle_query_workers', 'Query threads that run.', 'gauge', [], () => [[[], threads.size]])
  registry.observe(
    'binnacle_query_streams',
    'Answers that query threads go on making while they are read.',
    'gauge',
    [],
    () => {
      let streams = 0
      for (const thread of threads) streams += thread.streams.size
      return [[[], streams]]
    },
  )
  registry.observe('binnacle_query_waiting', 'Queries that wait for a thread.', 'gauge', [], () => [
    [[], waiting.length],
  ])

  function startThread(): Thread {
    const link = startQueryThread({
      endpoint: deps.endpoint,
      index: deps.index,
      followSlabs: deps.followSlabs,
      onMessage: (message) => onMessage(thread, message),
      onError: (error) => log.error({ error }, 'a query thread failed'),
      onExit: () => {
        if (threads.delete(thread)) crashes.inc()
        abandon(thread, lostThread('the query ended its thread'))
      },
    })
    const thread: Thread = { queries: new Set(), helps: undefined, streams: new Map(), link, cancelIdle: undefined }
    threads.add(thread)
    return thread
  }

  /** The thread is gone, or will be: what it did fails. */
  function abandon(thread: Thread, error: unknown): void {
    for (const job of thread.queries) {
      job.lead = undefined
      end(job, { error })
    }
    thread.queries.clear()
    for (const stream of thread.streams.values()) stream.fail(error)
    thread.streams.clear()
    const { helps } = thread
    thread.helps = undefined
    if (helps === undefined) return
    helps.helpers.delete(thread)
    if (helps.lead !== undefined) cancelLead(helps, error)
    finish(helps)
  }

  function dismiss(thread: Thread): void {
    threads.delete(thread)
    thread.cancelIdle?.()
    void thread.link.terminate()
  }

  function onMessage(thread: Thread, message: FromWorker): void {
    if (message.type === 'chunks') {
      deps.keepChunks(message.packets)
      return
    }
    if (message.type === 'part' || message.type === 'helped') {
      const job = thread.helps
      if (job?.id !== message.id) return
      if (message.type === 'part') {
        helped.inc()
        job.lead?.link.post(message, buffersOf(message.part))
        return
      }
      thread.helps = undefined
      job.helpers.delete(thread)
      if (message.error !== undefined && job.outcome === undefined) cancelLead(job, fromPlainError(message.error))
      finish(job)
      rest(thread)
      return
    }
    if (message.type === 'pieces' || message.type === 'cut') {
      const stream = thread.streams.get(message.id)
      if (message.type === 'cut') stream?.fail(fromPlainError(message.error))
      else stream?.put(message.pieces, message.more)
      return
    }
    let job: Job | undefined
    for (const one of thread.queries) if (one.id === message.id) job = one
    if (job === undefined) return
    switch (message.type) {
      case 'resolve':
        void answering(job, answerResolve(thread, job, message.selection, message.wanted))
        return
      case 'share':
        void answering(job, answerShare(thread, job, message.selection, message.request))
        return
      case 'done': {
        const { remarks, headSamples, engineSamples } = message
        end(job, { answer: { remarks, ...answerOf(thread, message), headSamples, engineSamples } })
        break
      }
      case 'failed':
        end(job, { error: fromPlainError(message.error) })
    }
    thread.queries.delete(job)
    job.lead = undefined
    finish(job)
    rest(thread)
  }

  function answerOf(
    thread: Thread,
    { id, pieces, more }: FromWorker & { type: 'done' },
  ): Pick<PoolAnswer, 'dataJson' | 'ended'> {
    if (!more) return { dataJson: pieces, ended: undefined }
    const stream = createPieceStream(pieces, {
      ask: () => thread.link.post({ type: 'more', id }),
      leave: () => thread.link.post({ type: 'cancel', id, error: toPlainError(new Error('nobody reads the answer')) }),
    })
    thread.streams.set(id, stream)
    void stream.ended.then(() => {
      thread.streams.delete(id)
      rest(thread)
    })
    return { dataJson: stream.pieces, ended: stream.ended }
  }

  /** The thread has less to do than before. */
  function rest(thread: Thread): void {
    if (isIdle(thread) && thread.streams.size === 0) thread.cancelIdle ??= clock.after(IDLE_MS, () => dismiss(thread))
    next()
  }

  const isIdle = (thread: Thread) => thread.queries.size === 0 && thread.helps === undefined

  /** What has become of the query is known; helpers may still be at it. */
  function end(job: Job, outcome: Outcome): void {
    job.outcome ??= outcome
    for (const helper of job.helpers) {
      const reason = 'error' in outcome ? outcome.error : new Error('the query is done')
      helper.link.post({ type: 'cancel', id: job.id, error: toPlainError(reason) })
    }
    finish(job)
  }

  /** Tells the outcome once nobody reads for the query any more, nor writes into its memory. */
  function finish(job: Job): void {
    if (job.outcome === undefined || job.helpers.size > 0 || job.asked > 0 || job.lead !== undefined) return
    for (const words of job.memory.splice(0)) sharedWords.give(words)
    job.settle(job.outcome)
  }

  function cancelLead(job: Job, error: unknown): void {
    job.lead?.link.post({ type: 'cancel', id: job.id, error: toPlainError(error) })
  }

  /** The job does not end before this question of its lead is answered: its memory is written to and read here. */
  async function answering(job: Job, answered: Promise<void>): Promise<void> {
    job.asked++
    await answered
    job.asked--
    finish(job)
  }

  /** Resolves the selection and posts what the thread has to learn for it; undefined when the query is over meanwhile. */
  async function teach(thread: Thread, job: Job, wanted: Selection): Promise<SelectedColumns | undefined> {
    const take: TakeWords = (words) => {
      const view = sharedWords.take(words)
      job.memory.push(view)
      return view
    }
    for (;;) {
      const columns = await job.resolve(wanted, take)
      const news = thread.link.newsFor(columns)
      if (news === undefined) continue
      await postNews(thread, news)
      return thread.queries.has(job) ? columns : undefined
    }
  }

  async function postNews(thread: Thread, news: NonNullable<ReturnType<QueryThread['newsFor']>>): Promise<void> {
    for (const [i, one] of news.entries()) {
      if (i > 0) await pause()
      thread.link.post({ type: 'pairs', news: one })
    }
  }

  async function answerResolve(thread: Thread, job: Job, selection: number, wanted: Selection): Promise<void> {
    try {
      const columns = await teach(thread, job, wanted)
      if (columns !== undefined) thread.link.post({ type: 'series', id: job.id, selection, columns, slices: undefined })
    } catch (error) {
      thread.link.post({ type: 'no-series', id: job.id, selection, error: toPlainError(error) })
    }
  }

  async function answerShare(thread: Thread, job: Job, selection: number, request: SliceRequest): Promise<void> {
    const { id, task } = job
    try {
      const columns = await teach(thread, job, request.selection)
      if (columns === undefined) return
      const pauseWhileWanted = async () => {
        await pause()
        if (job.signal.aborted) throw job.signal.reason
      }
      const divisible = !request.needsApart || (await areApart(deps.index, columns, pauseWhileWanted)) === true
      if (!thread.queries.has(job)) return
      if (!divisible) {
        thread.link.post({ type: 'series', id, selection, columns, slices: undefined })
        return
      }
      const slices: Slices = {
        size: options.sliceSeries ?? sliceSize(columns.count, request),
        control: new Int32Array(new SharedArrayBuffer(8)),
      }
      job.slices = slices
      thread.link.post({ type: 'series', id, selection, columns, slices })
      const work = workOf(columns.count, request)
      const most = Math.min(options.size, Math.ceil(columns.count / slices.size)) - 1
      for (let i = 0; i < most && job.outcome === undefined; i++) {
        const helper = helperFor(work)
        if (helper === undefined) return
        helper.cancelIdle?.()
        helper.cancelIdle = undefined
        helper.helps = job
        job.helpers.add(helper)
        const news = helper.link.newsFor(columns)
        if (news !== undefined) await postNews(helper, news)
        // The thread was lost meanwhile.
        if (helper.helps !== job) continue
        if (news !== undefined && job.outcome === undefined) {
          helper.link.post({ type: 'help', id, selection, task, request, columns, slices })
          continue
        }
        helper.helps = undefined
        job.helpers.delete(helper)
        finish(job)
        rest(helper)
      }
    } catch (error) {
      if (thread.queries.has(job)) thread.link.post({ type: 'no-series', id, selection, error: toPlainError(error) })
    }
  }

  /** A thread that has nothing to do, or that is worth starting. Those who wait come first. */
  function helperFor(work: number): Thread | undefined {
    if (waiting.length > 0) return undefined
    for (const thread of threads) if (isIdle(thread)) return thread
    const starts = work >= START_FROM_WORK || options.sliceSeries !== undefined
    return starts && threads.size < options.size ? startThread() : undefined
  }

  /** Gives those who wait to threads; one for whom no thread can be started ends with that. */
  function next(mayShare = false): void {
    while (waiting.length > 0 && !stopped) {
      let thread: Thread | undefined
      try {
        thread = threadFor(mayShare)
      } catch (error) {
        end(waiting.shift()!, { error: new Error(`a query thread could not be started: ${messageOf(error)}`) })
        continue
      }
      if (thread === undefined) break
      const job = waiting.shift()!
      thread.cancelIdle?.()
      thread.cancelIdle = undefined
      thread.queries.add(job)
      job.lead = thread
      thread.link.post({ type: 'run', id: job.id, task: job.task })
    }
    if (waiting.length === 0 || cancelWait !== undefined) return
    cancelWait = clock.after(OWN_THREAD_WAIT_MS, () => {
      cancelWait = undefined
      next(true)
    })
  }

  function threadFor(mayShare: boolean): Thread | undefined {
    for (const thread of threads) if (isIdle(thread)) return thread
    if (threads.size < options.size) return startThread()
    // Helpers come back soon when they are told to.
    for (const thread of threads)
      if (thread.helps?.slices !== undefined) Atomics.store(thread.helps.slices.control, 1, 1)
    if (!mayShare) return undefined
    let best: Thread | undefined
    for (const thread of threads) {
      if (thread.queries.size < (best?.queries.size ?? JOBS_PER_THREAD)) best = thread
    }
    return best
  }

  function cancel(job: Job): void {
    const at = waiting.indexOf(job)
    if (at >= 0) {
      waiting.splice(at, 1)
      job.outcome = { error: job.signal.reason }
      finish(job)
      return
    }
    const busy = () => [...(job.lead === undefined ? [] : [job.lead]), ...job.helpers]
    const error = toPlainError(job.signal.reason)
    for (const thread of busy()) thread.link.post({ type: 'cancel', id: job.id, error })
    clock.after(CANCEL_GRACE_MS, () => {
      for (const thread of busy()) {
        log.warn({}, 'a cancelled query did not stop; its thread is replaced')
        // Until it has ended it may still read what it was given: that memory is not used again.
        for (const one of [job, ...thread.queries]) one.memory.length = 0
        dismiss(thread)
        abandon(thread, lostThread('another query did not stop when it was cancelled, and its thread was replaced'))
      }
      next()
    })
  }

  return {
    run(task, resolve, signal) {
      if (stopped) return Promise.reject(new BinnacleError('query.stopping', 'stopping', { kind: 'unavailable' }))
      if (signal.aborted) return Promise.reject(signal.reason)
      return new Promise<PoolAnswer>((done, failed) => {
        const onAbort = () => cancel(job)
        const job: Job = {
          id: ++ids,
          task,
          resolve,
          signal,
          settle: (outcome) => {
            signal.removeEventListener('abort', onAbort)
            if ('answer' in outcome) done(outcome.answer)
            else failed(signal.aborted ? signal.reason : outcome.error)
          },
          lead: undefined,
          helpers: new Set(),
          asked: 0,
          slices: undefined,
          memory: [],
          outcome: undefined,
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.push(job)
        next()
      })
    },
    async stop() {
      stopped = true
      const reason = new BinnacleError('query.stopping', 'Binnacle is stopping', { kind: 'unavailable' })
      cancelWait?.()
      for (const job of waiting.splice(0)) end(job, { error: reason })
      const all = [...threads]
      threads.clear()
      await Promise.all(
        all.map((thread) => {
          thread.cancelIdle?.()
          const ended = thread.link.terminate()
          abandon(thread, reason)
          return ended
        }),
      )
    },
  }
}
