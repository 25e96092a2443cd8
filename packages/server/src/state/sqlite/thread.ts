import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Backend } from '../backend.ts'
import type { Reply, Request, ThreadSetup } from './messages.ts'

type Waiting = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }
type Order = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never
type Thread = { readonly worker: Worker; readonly waiting: Map<number, Waiting>; ended: boolean }

export type SqliteThread = Backend & {
  /** Ends the thread as a failure of it would: for tests. */
  crash(): Promise<void>
}

/**
 * SQLite in a thread of its own. When the thread ends unasked, everything that waits fails; what comes after it gets a new
 * thread, which opens the file again.
 */
export function createSqliteThread(file: string): SqliteThread {
  let thread: Thread | undefined
  let closed = false
  let opened = false
  let nextId = 1

  function start(): Thread {
    const setup: ThreadSetup = { file }
    // Flags of the process (a test runner's, say) are not for the built code that runs there.
    const worker = new Worker(entry(), {
      workerData: setup,
      name: 'binnacle-state',
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    })
    const mine: Thread = { worker, waiting: new Map(), ended: false }
    const end = (error: Error) => {
      mine.ended = true
      if (thread === mine) thread = undefined
      for (const { reject } of mine.waiting.values()) reject(error)
      mine.waiting.clear()
    }
    worker.unref()
    worker.on('message', (reply: Reply) => {
      const one = mine.waiting.get(reply.id)
      mine.waiting.delete(reply.id)
      one?.resolve(reply)
      if (mine.waiting.size === 0) worker.unref()
    })
    worker.on('error', end)
    worker.on('exit', () => end(new Error('the thread of the state file has ended')))
    return mine
  }

  async function running(): Promise<Thread> {
    if (closed) throw new Error('the state file is closed')
    if (thread !== undefined && !thread.ended) return thread
    const mine = start()
    thread = mine
    // Messages are taken in their order: whatever is asked next finds the file open.
    if (opened) void ask(mine, { type: 'open' }).catch(() => {})
    return mine
  }

  function ask({ worker, waiting }: Thread, order: Order): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const id = nextId++
      waiting.set(id, {
        reject,
        resolve(reply) {
          if (reply.type !== 'failed') resolve(reply)
          else reject(Object.assign(new Error(reply.failure.message), { code: reply.failure.code }))
        },
      })
      // The process stays for as long as somebody waits for the disk.
      worker.ref()
      worker.postMessage({ ...order, id })
    })
  }

  return {
    async open() {
      await ask(await running(), { type: 'open' })
      opened = true
    },
    async read(sql, values) {
      const reply = await ask(await running(), { type: 'read', sql, values })
      return reply.type === 'rows' ? reply.rows : []
    },
    async commit(units) {
      const reply = await ask(await running(), { type: 'commit', units })
      return reply.type === 'committed' ? reply.results : []
    },
    async close() {
      const last = thread
      if (closed || last === undefined) {
        closed = true
        return
      }
      const done = ask(last, { type: 'close' })
      closed = true
      try {
        await done
      } finally {
        await last.worker.terminate()
      }
    },
    async crash() {
      await thread?.worker.terminate()
    },
  }
}

/** Node 20 runs no TypeScript: from sources (tests) the built thread is taken. */
function entry(): URL {
  const own = new URL('./main.js', import.meta.url)
  if (existsSync(fileURLToPath(own))) return own
  return new URL(own.href.replace('/server/src/', '/server/dist/'))
}
