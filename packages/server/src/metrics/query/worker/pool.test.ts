import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { type StoreUnderTest, startStore } from '../../store/testkit/start-store.ts'
import type { QueryTask } from '../query-task.ts'
import { createWorkerPool, type ResolveColumns, type WorkerPool } from './pool.ts'

const TASK: QueryTask = {
  kind: 'instant',
  query: 'up',
  timeMs: 0,
  lookbackMs: 300_000,
  maxSamples: 1_000_000,
  limit: 0,
  maxResponseBytes: 1 << 20,
  features: [],
  countSamples: false,
}
const never = new AbortController().signal

let it: StoreUnderTest
let pool: WorkerPool | undefined

beforeAll(async () => {
  it = await startStore(systemClock)
})

afterEach(() => pool?.stop())

afterAll(() => it.stop())

/** Whoever is cancelled has no time at all to notice. */
const IMPATIENT: Clock = {
  ...systemClock,
  after: (ms, fn) => {
    if (ms !== 2_000) return systemClock.after(ms, fn)
    fn()
    return () => {}
  },
}

/** `mayStart` is asked before each thread. */
function start(clock: Clock = systemClock, mayStart = () => true): WorkerPool {
  const { index, head } = it.store.view
  pool = createWorkerPool(
    {
      endpoint: it.engine.endpoint,
      index,
      followSlabs: (onChange) => {
        if (!mayStart()) throw new Error('no more threads')
        return head.followSlabs(onChange)
      },
      keepChunks: () => {},
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      clock,
      log: silentLogger,
      registry: createRegistry(),
    },
    { size: 1 },
  )
  return pool
}

/** Takes memory, waits until it is told to go on, and finds nothing. */
function createSlowResolve() {
  let taken = (_: ArrayBufferLike) => {}
  let goOn = () => {}
  const memory = new Promise<ArrayBufferLike>((resolve) => {
    taken = resolve
  })
  const wait = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const resolve: ResolveColumns = async (_, take) => {
    taken(take(100).buffer)
    await wait
    throw new Error('nothing found')
  }
  return { resolve, memory, goOn: () => goOn() }
}

test('memory of a selection is not given to another query while it is still written, though its own was cancelled', async () => {
  const { run } = start()
  const client = new AbortController()
  const [first, second, third] = [createSlowResolve(), createSlowResolve(), createSlowResolve()]
  const cancelled = run(TASK, first.resolve, client.signal)
  const written = await first.memory
  client.abort(new Error('gone'))

  const other = run(TASK, second.resolve, never)
  expect(await second.memory).not.toBe(written)
  first.goOn()
  await expect(cancelled).rejects.toThrow('gone')

  // Nobody writes to it any more: it serves again.
  const last = run(TASK, third.resolve, never)
  expect(await third.memory).toBe(written)
  second.goOn()
  third.goOn()
  await expect(other).rejects.toThrow('nothing found')
  await expect(last).rejects.toThrow('nothing found')
})

test('a query whose thread is replaced because of another one says so, not that it was cancelled or late itself', async () => {
  const { run } = start(IMPATIENT)
  const client = new AbortController()
  const [hung, other] = [createSlowResolve(), createSlowResolve()]
  const cancelled = run(TASK, hung.resolve, client.signal)
  const sharing = run(TASK, other.resolve, never)
  await Promise.all([hung.memory, other.memory])
  client.abort(new DOMException('no answer within 10 ms', 'TimeoutError'))
  hung.goOn()
  other.goOn()
  await expect(cancelled).rejects.toThrow('no answer within 10 ms')
  await expect(sharing).rejects.toMatchObject({ code: 'query.worker_lost', kind: 'unavailable' })
})

test('a query that waits ends with an error when the thread for it cannot be started, whatever wanted to start it', async () => {
  let mayStart = true
  const { run } = start(IMPATIENT, () => mayStart)
  const client = new AbortController()
  const [first, second] = [createSlowResolve(), createSlowResolve()]
  const running = [run(TASK, first.resolve, client.signal), run(TASK, second.resolve, never)]
  await Promise.all([first.memory, second.memory])
  const waiting = run(TASK, createSlowResolve().resolve, never)
  mayStart = false
  client.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('a query thread could not be started: no more threads')
  first.goOn()
  second.goOn()
  expect((await Promise.allSettled(running)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
