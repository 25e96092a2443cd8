import type { MatrixDone, MatrixJob } from './matrix-worker.ts'
import { type ReducedMatrix, type ReduceOptions, reduceMatrix } from './reduce-matrix.ts'

/** Smaller answers are read in a few milliseconds: less than handing them over takes. */
const INLINE_BYTES = 256 * 1024

type Waiting = { resolve: (reduced: ReducedMatrix) => void; reject: (error: Error) => void }

/** Reads range answers: small ones at once, large ones in a worker, which starts with the first of them. */
export function createMatrixReader(): (bytes: ArrayBuffer, options: ReduceOptions) => Promise<ReducedMatrix> {
  let worker: Worker | undefined
  let ids = 0
  const waiting = new Map<number, Waiting>()

  function start(): Worker {
    const started = new Worker(new URL('./matrix-worker.ts', import.meta.url), { type: 'module' })
    started.onmessage = ({ data }: MessageEvent<MatrixDone>) => {
      const job = waiting.get(data.id)
      waiting.delete(data.id)
      if ('reduced' in data) job?.resolve(data.reduced)
      else job?.reject(new Error(data.message))
    }
    // It could not be loaded, or ran out of memory: whoever waits is told, and the next answer starts a new one.
    started.onerror = () => {
      worker = undefined
      started.terminate()
      for (const job of waiting.values()) job.reject(new Error('the answer is too large for this browser'))
      waiting.clear()
    }
    return started
  }

  return async (bytes, options) => {
    if (bytes.byteLength <= INLINE_BYTES) return reduceMatrix(new Uint8Array(bytes), options)
    worker ??= start()
    const id = ++ids
    const to = worker
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      to.postMessage({ id, bytes, options } satisfies MatrixJob, [bytes])
    })
  }
}
