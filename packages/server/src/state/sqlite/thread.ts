import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Backend } from '../backend.ts'
import type { Reply, Request, ThreadSetup } from './messages.ts'

type Waiting = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }
type Order = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never

/** SQLite in a thread of its own. When the thread ends unasked, everything that waits fails and so does what comes after. */
export function createSqliteThread(file: string): Backend {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let ended: Error | undefined
  let nextId = 1

  function end(error: Error): void {
    ended ??= error
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }

  function started(): Worker {
    if (worker !== undefined) return worker
    const setup: ThreadSetup = { file }
    // Flags of the process (a test runner's, say) are not for the built code that runs there.
    worker = new Worker(entry(), {
      workerData: setup,
      name: 'binnacle-state',
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    })
    worker.unref()
    worker.on('message', (reply: Reply) => {
      const one = waiting.get(reply.id)
      waiting.delete(reply.id)
      one?.resolve(reply)
      if (waiting.size === 0) worker?.unref()
    })
    worker.on('error', end)
    worker.on('exit', () => end(new Error('the thread of the state file has ended')))
    return worker
  }

  async function ask(order: Order): Promise<Reply> {
    if (ended) throw ended
    const id = nextId++
    const thread = started()
    const reply = await new Promise<Reply>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      // The process stays for as long as somebody waits for the disk.
      thread.ref()
      thread.postMessage({ ...order, id })
    })
    if (reply.type === 'failed') throw Object.assign(new Error(reply.failure.message), { code: reply.failure.code })
    return reply
  }

  return {
    async open() {
      await ask({ type: 'open' })
    },
    async read(sql, values) {
      const reply = await ask({ type: 'read', sql, values })
      return reply.type === 'rows' ? reply.rows : []
    },
    async commit(units) {
      const reply = await ask({ type: 'commit', units })
      return reply.type === 'committed' ? reply.results : []
    },
    async close() {
      if (worker === undefined || ended) return
      try {
        await ask({ type: 'close' })
      } finally {
        end(new Error('the state file is closed'))
        await worker.terminate()
      }
    },
  }
}

/** Node 20 runs no TypeScript: from sources (tests) the built thread is taken. */
function entry(): URL {
  const own = new URL('./main.js', import.meta.url)
  if (existsSync(fileURLToPath(own))) return own
  return new URL(own.href.replace('/server/src/', '/server/dist/'))
}
