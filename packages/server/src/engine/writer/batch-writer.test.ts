import { afterAll, beforeAll, expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import type { Block } from '../block.ts'
import type { EngineClient, InsertOptions } from '../client/index.ts'
import { sql } from '../sql.ts'
import { LIMITS, NEVER, startTestHost, type TestHost } from '../testkit/test-host.ts'
import { createBatchWriter } from './index.ts'

let host: TestHost
beforeAll(async () => {
  host = await startTestHost('socket')
  await host.client.command(
    sql`CREATE TABLE rows (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`,
    { signal: NEVER },
  )
})
afterAll(() => host.stop())

const block = (rows: number): Block => ({
  rows,
  columns: [{ name: 'id', type: 'UInt32', data: new Uint32Array(rows) }],
})

function writerOver(client: Pick<EngineClient, 'insert'>, maxPendingBytes = 1_000_000) {
  const registry = createRegistry()
  const deps = { client, clock: systemClock, log: silentLogger, registry }
  return { writer: createBatchWriter(deps, { name: 'test', maxPendingBytes }), registry }
}

async function rows(): Promise<number> {
  const [found] = await host.client.queryAll(sql`SELECT count() FROM rows`, { signal: NEVER, limits: LIMITS })
  const column = found!.columns[0]!
  if (column.type !== 'UInt64') throw new Error('another type came')
  return column.data[0]!
}

test('an insert whose answer got lost is repeated with its token and counts once', async () => {
  let lost = 2
  const tokens: (string | undefined)[] = []
  const flaky = {
    async insert(options: InsertOptions) {
      tokens.push(options.token)
      await host.client.insert(options)
      if (lost-- > 0) throw new BinnacleError('engine.unavailable', 'gone', { kind: 'unavailable', retryAfterMs: 1 })
    },
  }
  const before = await rows()
  const { writer, registry } = writerOver(flaky)
  await writer.add({ table: 'rows', block: block(10) })
  expect(tokens).toHaveLength(3)
  expect(new Set(tokens).size).toBe(1)
  expect(await rows()).toBe(before + 10)
  expect(registry.render('text')).toContain('binnacle_writer_test_retries_total 2')
  expect(writer.pendingBytes).toBe(0)
})

test('a wrong insert is not repeated, and the next one goes through', async () => {
  const { writer } = writerOver(host.client)
  await expect(writer.add({ table: 'missing', block: block(1) })).rejects.toMatchObject({ code: 'engine.query_failed' })
  await writer.add({ table: 'rows', block: block(1) })
})

test('a full writer refuses at once and takes again when there is room', async () => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const { writer, registry } = writerOver({ insert: () => gate }, 1000)
  const first = writer.add({ table: 'rows', block: block(200) })
  const second = writer.add({ table: 'rows', block: block(50) })
  await expect(writer.add({ table: 'rows', block: block(1) })).rejects.toMatchObject({
    code: 'engine.writer_full',
    kind: 'overload',
    retryAfterMs: 1000,
  })
  expect(writer.full).toBe(true)
  expect(registry.render('text')).toContain('binnacle_writer_test_pending_bytes 1000')
  open()
  await Promise.all([first, second])
  expect(writer.full).toBe(false)
  await writer.add({ table: 'rows', block: block(5_000) })
})

test('blocks of one table arrive in the order of add', async () => {
  const seen: number[] = []
  const { writer } = writerOver({
    async insert({ columns }) {
      await systemClock.sleep(columns.rows === 1 ? 20 : 1)
      seen.push(columns.rows)
    },
  })
  await Promise.all([1, 2, 3].map((n) => writer.add({ table: 'rows', block: block(n) })))
  expect(seen).toEqual([1, 2, 3])
})

test('drain writes what waits, takes nothing more, and gives up at its deadline', async () => {
  const { writer } = writerOver(host.client)
  const before = await rows()
  const added = writer.add({ table: 'rows', block: block(7) })
  await writer.drain(5_000)
  await added
  expect(await rows()).toBe(before + 7)
  await expect(writer.add({ table: 'rows', block: block(1) })).rejects.toMatchObject({ code: 'engine.writer_stopped' })

  const away = new BinnacleError('engine.unavailable', 'gone', { kind: 'unavailable', retryAfterMs: 1 })
  const { writer: stuck } = writerOver({ insert: () => Promise.reject(away) })
  const lost = expect(stuck.add({ table: 'rows', block: block(1) })).rejects.toMatchObject({ name: 'BinnacleError' })
  await stuck.drain(100)
  await lost
  expect(stuck.pendingBytes).toBe(0)
})

test('the signal of a block ends its tries', async () => {
  const away = new BinnacleError('engine.unavailable', 'gone', { kind: 'unavailable', retryAfterMs: 1 })
  const { writer } = writerOver({ insert: () => Promise.reject(away) })
  const stop = new AbortController()
  const added = expect(writer.add({ table: 'rows', block: block(1), signal: stop.signal })).rejects.toBe(away)
  await systemClock.sleep(100)
  stop.abort(new Error('enough'))
  await added
})
