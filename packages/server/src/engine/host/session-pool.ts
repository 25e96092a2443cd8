// Sessions of the embedded engine. One session runs one query at a time, so concurrency is a matter of sessions; work
// that must not wait for other work has a lane of its own.
//
// A session that has seen a failed or killed query is closed and replaced: what such a query had put out stays in it
// and would stand at the beginning of the next result (measured with chdb 3.4.0; error, time-out and KILL alike).

import type { Chdb, ChdbSession } from './chdb.ts'

export type Lane = 'insert' | 'command' | 'control' | 'read'

export type Settings = ReadonlyMap<string, string>

/** The engine's queue for `lane` is full. */
export class QueueFull extends Error {
  readonly lane: Lane
  constructor(lane: Lane, waiting: number) {
    super(`${waiting} queries wait for a free session already (${lane})`)
    this.lane = lane
  }
}

export type SessionPool = {
  /**
   * Runs `work` on a session of `lane` once one is free; rejects with `QueueFull`, or with `signal.reason` when that
   * comes while waiting. Once begun, `work` alone decides when it ends.
   */
  run<T>(lane: Lane, signal: AbortSignal, work: (session: PooledSession) => Promise<T>): Promise<T>
  busy(): number
  waiting(): number
  close(): void
}

export type PooledSession = {
  /** A whole result in memory. `settings` hold for this query only. */
  query(sql: string, format: string, settings: Settings): Promise<Uint8Array>
  /** A result in pieces of some 65k rows. Starting it blocks the event loop while the engine analyses the query. */
  stream(sql: string, format: string, settings: Settings): AsyncIterable<Uint8Array>
}

const LANES: Readonly<Record<Lane, { readonly sessions: number; readonly queue: number }>> = {
  insert: { sessions: 1, queue: 64 },
  command: { sessions: 1, queue: 64 },
  control: { sessions: 1, queue: 256 },
  read: { sessions: 4, queue: 128 },
}

type Slot = { session: ChdbSession; applied: Map<string, string> }
type Waiter = { start(slot: Slot): void }

export function createSessionPool(deps: {
  readonly chdb: Chdb
  readonly dir: string
  readonly configFile: string
  /** Set on every query that does not say otherwise. */
  readonly defaults: Settings
}): SessionPool {
  const open = (): Slot => ({ session: deps.chdb.openSession(deps.dir, deps.configFile), applied: new Map() })
  const free: Record<Lane, Slot[]> = { insert: [], command: [], control: [], read: [] }
  const queues: Record<Lane, Waiter[]> = { insert: [], command: [], control: [], read: [] }
  for (const lane of Object.keys(LANES) as Lane[]) {
    for (let i = 0; i < LANES[lane].sessions; i++) free[lane].push(open())
  }
  let busy = 0
  let closed = false

  function acquire(lane: Lane, signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted()
    const slot = free[lane].pop()
    if (slot) return Promise.resolve(slot)
    const queue = queues[lane]
    if (queue.length >= LANES[lane].queue) return Promise.reject(new QueueFull(lane, queue.length))
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start(ready) {
          signal.removeEventListener('abort', leave)
          resolve(ready)
        },
      }
      const leave = () => {
        queue.splice(queue.indexOf(waiter), 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      queue.push(waiter)
    })
  }

  function release(lane: Lane, slot: Slot): void {
    const next = queues[lane].shift()
    if (next) next.start(slot)
    else free[lane].push(slot)
  }

  return {
    async run(lane, signal, work) {
      const slot = await acquire(lane, signal)
      busy++
      let clean = false
      try {
        const result = await work(pooled(slot, deps.defaults))
        clean = true
        return result
      } finally {
        busy--
        if (!clean || Array.from(slot.applied.keys()).some(cannotBeTakenBack)) {
          slot.session.close()
          // After close() the directory may be gone with the process; nothing is opened again then.
          if (!closed) release(lane, open())
        } else release(lane, slot)
      }
    },
    busy: () => busy,
    waiting: () => Object.values(queues).reduce((sum, queue) => sum + queue.length, 0),
    close() {
      closed = true
      for (const slots of Object.values(free)) for (const slot of slots) slot.session.close()
    },
  }
}

/** The session is thrown away after a query with such a setting. */
const cannotBeTakenBack = (name: string) => name === 'readonly' || name.startsWith('param_')

function pooled(slot: Slot, defaults: Settings): PooledSession {
  /** `SET` statement that turns what the session has into what the query wants; empty when nothing changes. */
  function settle(wanted: Settings): string {
    const parts: string[] = []
    const next = new Map([...defaults, ...wanted])
    for (const name of slot.applied.keys()) {
      if (!next.has(name)) parts.push(`${name} = DEFAULT`)
    }
    for (const [name, value] of next) {
      if (slot.applied.get(name) !== value) parts.push(`${name} = '${value.replace(/[\\']/g, '\\$&')}'`)
    }
    slot.applied = next
    return parts.length === 0 ? '' : `SET ${parts.join(', ')}`
  }
  return {
    async query(sql, format, settings) {
      const set = settle(settings)
      // One call for both: a SET of its own would cost another trip through the thread pool.
      const result = await slot.session.queryAsync(set === '' ? sql : `${set};\n${sql}`, { format })
      return result.bytes()
    },
    async *stream(sql, format, settings) {
      const set = settle(settings)
      // The streaming call takes one statement only.
      if (set !== '') await slot.session.queryAsync(set, { format: 'Null' })
      for await (const chunk of slot.session.queryStream(sql, { format })) yield chunk.raw()
    },
  }
}
