// Entry of a query worker thread: evaluates one query at a time over the head's slabs and the engine's chunks.
import { parentPort, workerData } from 'node:worker_threads'
import type { Selection } from '@binnacle/promql'
import { createEngineClient } from '../../../engine/index.ts'
import { systemClock } from '../../../telemetry/index.ts'
import { createEngineReader, type SlabViews, viewsOf } from '../../store/index.ts'
import { createParsedQueries } from '../parsed-queries.ts'
import { runTask } from '../query-task.ts'
import { type PackedSeries, unpackSeries } from '../selected-series.ts'
import { createStitchedSource } from '../stitched-source.ts'
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts'
import { fromPlainError, toPlainError } from './plain-error.ts'

const port = parentPort!
const { endpoint } = workerData as WorkerSetup
const client = createEngineClient({ endpoint, clock: systemClock, maxConnections: 4 })
const reader = createEngineReader(client)
const parse = createParsedQueries()
const views: (SlabViews | undefined)[] = []
const running = new Map<number, AbortController>()
const awaited = new Map<string, { resolve: (series: PackedSeries) => void; reject: (error: Error) => void }>()

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

async function run(id: number, task: Parameters<typeof runTask>[0]): Promise<void> {
  const own = new AbortController()
  running.set(id, own)
  let selections = 0
  let headSamples = 0
  let engineSamples = 0
  const source = createStitchedSource({
    views,
    reader,
    signal: own.signal,
    resolve: async (wanted: Selection) => {
      const selection = selections++
      const key = `${id}:${selection}`
      const packed = await new Promise<PackedSeries>((resolve, reject) => {
        awaited.set(key, { resolve, reject })
        post({ type: 'resolve', id, selection, wanted })
      }).finally(() => awaited.delete(key))
      return unpackSeries(packed)
    },
    onRead: (from, samples) => {
      if (from === 'head') headSamples += samples
      else engineSamples += samples
    },
  })
  try {
    const answer = await runTask(
      task,
      { source, parse, now: systemClock.monotonic, origins: () => ({ head: headSamples, engine: engineSamples }) },
      own.signal,
    )
    post(
      { type: 'done', id, answer, headSamples, engineSamples },
      answer.dataJson.map((piece) => piece.buffer),
    )
  } catch (error) {
    post({ type: 'failed', id, error: toPlainError(error) })
  } finally {
    running.delete(id)
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'slab': {
      const { slab, buffer } = message.change
      views[slab] = buffer ? viewsOf(buffer) : undefined
      break
    }
    case 'run':
      void run(message.id, message.task)
      break
    case 'series':
      awaited.get(`${message.id}:${message.selection}`)?.resolve(message.series)
      break
    case 'no-series':
      awaited.get(`${message.id}:${message.selection}`)?.reject(fromPlainError(message.error))
      break
    case 'cancel': {
      const error = fromPlainError(message.error)
      running.get(message.id)?.abort(error)
      for (const [key, waiting] of awaited) if (key.startsWith(`${message.id}:`)) waiting.reject(error)
      break
    }
  }
})
