import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Selection } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../../config/index.ts'
import type { EngineEndpoint } from '../../../engine/index.ts'
import type { Clock, Logger, Registry } from '../../../telemetry/index.ts'
import type { SlabChange } from '../../store/index.ts'
import type { QueryTask, TaskAnswer } from '../query-task.ts'
import { packSeries, type SelectedSeries } from '../selected-series.ts'
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts'
import { fromPlainError, toPlainError } from './plain-error.ts'

export type WorkerPoolDeps = {
  readonly endpoint: EngineEndpoint
  readonly followSlabs: (onChange: (change: SlabChange) => void) => () => void
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type WorkerPoolOptions = {
  /** Threads at most; they start when there is work and go after a while without. */
  readonly size: number
}

export type PoolAnswer = TaskAnswer & { readonly headSamples: number; readonly engineSamples: number }

/** Threads for heavy queries; who may come is the gate's matter (query-gate.ts). A query that is cancelled and does not stop soon costs its thread. */
export type WorkerPool = {
  run(
    task: QueryTask,
    resolve: (selection: Selection) => Promise<SelectedSeries>,
    signal: AbortSignal,
  ): Promise<PoolAnswer>
  stop(): Promise<void>
}

/** A cancelled query has so long to notice. */
const CANCEL_GRACE_MS = 2_000
const IDLE_MS = 60_000

type Job = {
  readonly id: number
  readonly task: QueryTask
  readonly resolve: (selection: Selection) => Promise<SelectedSeries>
  readonly signal: AbortSignal
  readonly done: (answer: PoolAnswer) => void
  readonly failed: (error: unknown) => void
}

type Thread = {
  readonly worker: Worker
  readonly unfollow: () => void
  job: Job | undefined
  cancelIdle: (() => void) | undefined
}

export function createWorkerPool(deps: WorkerPoolDeps, options: WorkerPoolOptions): WorkerPool {
  const { endpoint, followSlabs, clock, log, registry } = deps
  const threads = new Set<Thread>()
  const waiting: Job[] = []
  let ids = 0
  let stopped = false
  const crashes = registry.counter('binnacle_query_worker_crashes_total', 'Query threads that ended by themselves.')
  registry.observe('binnacle_query_workers', 'Query threads that run.', 'gauge', [], () => [[[], threads.size]])
  registry.observe('binnacle_query_waiting', 'Queries that wait for a thread.', 'gauge', [], () => [
    [[], waiting.length],
  ])

  function startThread(): Thread {
    const setup: WorkerSetup = { endpoint }
    // Flags of the process (a test runner's, say) are not for the built code that runs there.
    const worker = new Worker(entry(), { workerData: setup, name: 'binnacle-query', execArgv: [] })
    worker.unref()
    const thread: Thread = {
      worker,
      unfollow: followSlabs((change) => worker.postMessage({ type: 'slab', change } satisfies ToWorker)),
      job: undefined,
      cancelIdle: undefined,
    }
    worker.on('message', (message: FromWorker) => onMessage(thread, message))
    worker.on('error', (error) => log.error({ error }, 'a query thread failed'))
    worker.on('exit', () => {
      thread.unfollow()
      const expected = !threads.delete(thread)
      if (!expected) crashes.inc()
      thread.job?.failed(new BinnacleError('query.worker_lost', 'the query ended its thread', { kind: 'unavailable' }))
      thread.job = undefined
      next()
    })
    threads.add(thread)
    return thread
  }

  function dismiss(thread: Thread): void {
    threads.delete(thread)
    thread.cancelIdle?.()
    void thread.worker.terminate()
  }

  function onMessage(thread: Thread, message: FromWorker): void {
    const { job } = thread
    if (job?.id !== message.id) return
    if (message.type === 'resolve') {
      void answerResolve(thread, job, message.selection, message.wanted)
      return
    }
    thread.job = undefined
    thread.cancelIdle = clock.after(IDLE_MS, () => dismiss(thread))
    if (message.type === 'done') {
      const { answer, headSamples, engineSamples } = message
      job.done({ ...answer, headSamples, engineSamples })
    } else {
      job.failed(fromPlainError(message.error))
    }
    next()
  }

  async function answerResolve(thread: Thread, job: Job, selection: number, wanted: Selection): Promise<void> {
    let message: ToWorker
    try {
      const series = packSeries(await job.resolve(wanted))
      message = { type: 'series', id: job.id, selection, series }
    } catch (error) {
      message = { type: 'no-series', id: job.id, selection, error: toPlainError(error) }
    }
    if (thread.job === job) thread.worker.postMessage(message)
  }

  function next(): void {
    while (waiting.length > 0 && !stopped) {
      let idle: Thread | undefined
      for (const thread of threads) if (!thread.job) idle = thread
      if (!idle && threads.size >= options.size) return
      const thread = idle ?? startThread()
      const job = waiting.shift()!
      thread.cancelIdle?.()
      thread.job = job
      thread.worker.postMessage({ type: 'run', id: job.id, task: job.task } satisfies ToWorker)
    }
  }

  function cancel(job: Job): void {
    const at = waiting.indexOf(job)
    if (at >= 0) {
      waiting.splice(at, 1)
      job.failed(job.signal.reason)
      return
    }
    for (const thread of threads) {
      if (thread.job !== job) continue
      const error = toPlainError(job.signal.reason)
      thread.worker.postMessage({ type: 'cancel', id: job.id, error } satisfies ToWorker)
      clock.after(CANCEL_GRACE_MS, () => {
        if (thread.job !== job) return
        log.warn({}, 'a cancelled query did not stop; its thread is replaced')
        thread.job = undefined
        job.failed(job.signal.reason)
        dismiss(thread)
        next()
      })
    }
  }

  return {
    run(task, resolve, signal) {
      if (stopped) return Promise.reject(new BinnacleError('query.stopping', 'stopping', { kind: 'unavailable' }))
      if (signal.aborted) return Promise.reject(signal.reason)
      return new Promise<PoolAnswer>((done, failed) => {
        const onAbort = () => cancel(job)
        const finish = () => signal.removeEventListener('abort', onAbort)
        const job: Job = {
          id: ++ids,
          task,
          resolve,
          signal,
          done: (answer) => {
            finish()
            done(answer)
          },
          failed: (error) => {
            finish()
            failed(signal.aborted ? signal.reason : error)
          },
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.push(job)
        try {
          next()
        } catch (error) {
          job.failed(new Error(`a query thread could not be started: ${messageOf(error)}`))
        }
      })
    },
    async stop() {
      stopped = true
      const reason = new BinnacleError('query.stopping', 'Binnacle is stopping', { kind: 'unavailable' })
      for (const job of waiting.splice(0)) job.failed(reason)
      const all = [...threads]
      await Promise.all(
        all.map((thread) => {
          threads.delete(thread)
          thread.cancelIdle?.()
          thread.job?.failed(reason)
          thread.job = undefined
          return thread.worker.terminate()
        }),
      )
    },
  }
}

/** Node 20 runs no TypeScript: from sources (tests) the built worker is taken. */
function entry(): URL {
  const own = new URL('./main.js', import.meta.url)
  if (existsSync(fileURLToPath(own))) return own
  return new URL(own.href.replace('/server/src/', '/server/dist/'))
}
