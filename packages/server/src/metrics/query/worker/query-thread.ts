import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { EngineEndpoint } from '../../../engine/index.ts'
import type { LabelIndex, SlabChange } from '../../store/index.ts'
import type { SelectedColumns } from '../selected-series.ts'
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts'
import { createPairBook, type PairNews } from './pair-mirror.ts'

export type QueryThreadDeps = {
  readonly endpoint: EngineEndpoint
  readonly index: LabelIndex
  readonly followSlabs: (onChange: (change: SlabChange) => void) => () => void
  readonly onMessage: (message: FromWorker) => void
  readonly onError: (error: Error) => void
  readonly onExit: () => void
}

/** One thread of the pool: its worker, and what it has been told. */
export type QueryThread = {
  post(message: ToWorker, transfer?: ArrayBuffer[]): void
  /** What it has to learn before it can read the selection; undefined when the selection is out of date already. */
  newsFor(columns: SelectedColumns): PairNews[] | undefined
  terminate(): Promise<unknown>
}

export function startQueryThread(deps: QueryThreadDeps): QueryThread {
  const setup: WorkerSetup = { endpoint: deps.endpoint }
  // Flags of the process (a test runner's, say) are not for the built code that runs there.
  const worker = new Worker(entry(), { workerData: setup, name: 'binnacle-query', execArgv: [] })
  worker.unref()
  const book = createPairBook(deps.index)
  const post = (message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer)
  const unfollow = deps.followSlabs((change) => post({ type: 'slab', change }))
  worker.on('message', deps.onMessage)
  worker.on('error', deps.onError)
  worker.on('exit', () => {
    unfollow()
    deps.onExit()
  })
  return { post, newsFor: (columns) => book.newsFor(columns), terminate: () => worker.terminate() }
}

/** Node 20 runs no TypeScript: from sources (tests) the built worker is taken. */
function entry(): URL {
  const own = new URL('./main.js', import.meta.url)
  if (existsSync(fileURLToPath(own))) return own
  return new URL(own.href.replace('/server/src/', '/server/dist/'))
}
