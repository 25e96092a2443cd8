import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../telemetry/index.ts'
import type { Block, ColumnData } from './block.ts'
import { createEngineClient, type QueryLimits } from './client/index.ts'
import { type Sql, sql } from './sql.ts'
import { LIMITS, NEVER, startTestHost, type TestHost } from './testkit/test-host.ts'

const clock = systemClock
const FOREVER = sql`SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))`

function block(rows: number, first = 0): Block {
  const id = new Uint32Array(rows * 2)
  for (let i = 0; i < rows; i++) id[i * 2] = first + i
  return {
    rows,
    columns: [
      { name: 'id', type: 'UInt64', data: id },
      { name: 'value', type: 'Float64', data: Float64Array.from({ length: rows }, (_, i) => i / 3) },
    ],
  }
}

// The same tests prove the embedded way (Unix socket) and the remote way (TCP, user and password).
describe.for(['socket', 'tcp'] as const)('the engine over %s', (over) => {
  let host: TestHost
  beforeAll(async () => {
    host = await startTestHost(over)
  })
  afterAll(() => host.stop())

  const all = (statement: Sql, limits: Partial<QueryLimits> = {}, signal = NEVER, queryId?: string) =>
    host.client.queryAll(statement, {
      signal,
      limits: { ...LIMITS, ...limits },
      ...(queryId === undefined ? {} : { queryId }),
    })
  const number = async (statement: Sql): Promise<number> => {
    const column = (await all(statement))[0]!.columns[0]!
    if (column.type !== 'UInt64' && column.type !== 'UInt8') throw new Error(`a ${column.type} came`)
    return column.data[0]!
  }
  const command = (statement: Sql) => host.client.command(statement, { signal: NEVER })
  const running = (queryId: string) =>
    number(sql`SELECT count() FROM system.processes WHERE Settings['log_comment'] = ${queryId}`)

  test('two queries run at the same time', async () => {
    const started = clock.monotonic()
    await Promise.all([all(sql`SELECT sleep(0.7)`), all(sql`SELECT sleep(0.7)`)])
    expect(clock.monotonic() - started).toBeLessThan(1_250)
  })

  test('a small query does not wait for heavy ones, nor does an insert', async () => {
    await command(sql`CREATE TABLE IF NOT EXISTS quick (id UInt64, value Float64) ENGINE = MergeTree ORDER BY id`)
    const stop = new AbortController()
    const heavy = [1, 2, 3].map(() => all(FOREVER, {}, stop.signal).catch(() => {}))
    await clock.sleep(100)
    const started = clock.monotonic()
    await all(sql`SELECT 1`)
    await host.client.insert({ table: 'quick', columns: block(10), signal: NEVER })
    expect(clock.monotonic() - started).toBeLessThan(1_500)
    stop.abort(new Error('enough'))
    await Promise.all(heavy)
  })

  test.for([
    ['time', FOREVER, { timeoutMs: 300 }, 'engine.timeout'],
    [
      'result bytes',
      sql`SELECT number FROM numbers(10000000)`,
      { maxResultBytes: 1_000_000 },
      'engine.result_too_large',
    ],
    [
      'result bytes of a stream',
      sql`SELECT number FROM numbers(30000000)`,
      { maxResultBytes: 100_000_000 },
      'engine.result_too_large',
    ],
    [
      'memory',
      sql`SELECT count() FROM (SELECT number FROM numbers(100000000) GROUP BY number)`,
      { maxMemoryBytes: 30_000_000 },
      'engine.memory_limit',
    ],
    ['rows', sql`SELECT sum(number) FROM numbers(1000000)`, { maxRowsToRead: 1000 }, 'engine.rows_limit'],
  ] as const)('the limit of %s answers with its own name', async ([, statement, limits, code]) => {
    await expect(all(statement, limits)).rejects.toMatchObject({ code, kind: 'limit' })
    expect(await number(sql`SELECT 1`)).toBe(1)
  })

  test.for(['whole', 'stream'] as const)('a canceled query stops in the engine (%s result)', async (result) => {
    const queryId = `cancel-${over}-${result}`
    const stop = new AbortController()
    const maxResultBytes = result === 'whole' ? 1_000_000 : 100_000_000
    const query = all(FOREVER, { maxResultBytes }, stop.signal, queryId)
    const outcome = expect(query).rejects.toMatchObject({ code: 'engine.canceled' })
    await expect.poll(() => running(queryId)).toBe(1)
    stop.abort(new Error('the reader left'))
    await outcome
    await expect.poll(() => running(queryId), { timeout: 3_000 }).toBe(0)
  })

  test('a query that nobody reads to its end stops in the engine', async () => {
    const queryId = `left-${over}`
    const limits = { ...LIMITS, maxResultBytes: 1_000_000_000 }
    for await (const _ of host.client.query(sql`SELECT number FROM numbers(100000000)`, {
      signal: NEVER,
      limits,
      queryId,
    }))
      break
    await expect.poll(() => running(queryId), { timeout: 3_000 }).toBe(0)
  })

  test('KILL QUERY by id stops a running and a waiting query', async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `kill-${over}-${i}`)
    const queries = ids.map((id) =>
      expect(all(FOREVER, {}, NEVER, id)).rejects.toMatchObject({ code: 'engine.canceled' }),
    )
    await clock.sleep(200)
    for (const id of ids.toReversed()) await host.client.kill(id, NEVER)
    await Promise.all(queries)
  })

  test('a failed query leaves nothing in the next result', async () => {
    for (const limits of [{ timeoutMs: 200 }, { maxResultBytes: 300_000 }, { maxMemoryBytes: 5_000_000 }]) {
      const failing = Array.from({ length: 8 }, () =>
        all(sql`SELECT number, throwIf(number > 9000000) FROM numbers(10000000)`, limits),
      )
      for (const outcome of await Promise.allSettled(failing)) expect(outcome.status).toBe('rejected')
      const after = await Promise.all(Array.from({ length: 8 }, () => all(sql`SELECT toUInt8(42) AS x`)))
      for (const blocks of after) expect(blocks).toMatchObject([{ rows: 1, columns: [{ name: 'x', type: 'UInt8' }] }])
    }
  })

  test('settings of one query are gone in the next', async () => {
    const setting = () => number(sql`SELECT toUInt64(getSetting('max_block_size')) AS x`)
    const before = await setting()
    const options = { signal: NEVER, limits: LIMITS, settings: { max_block_size: 777 } }
    for (let i = 0; i < 5; i++) await host.client.queryAll(sql`SELECT 1`, options)
    for (let i = 0; i < 5; i++) expect(await setting()).toBe(before)
  })

  test('an exception in the middle of a stream is an error, never half a result', async () => {
    const statement = sql`SELECT number, throwIf(number = 3000000, 'boom') FROM numbers(4000000)`
    let blocks = 0
    const read = async () => {
      const limits = { ...LIMITS, maxResultBytes: 1_000_000_000 }
      for await (const _ of host.client.query(statement, { signal: NEVER, limits })) blocks++
    }
    await expect(read()).rejects.toThrow('boom')
    expect(blocks).toBeGreaterThan(0)
  })

  test('every bit of a number survives', async () => {
    await command(sql`CREATE TABLE bits (i UInt32, v Float64, n UInt64) ENGINE = MergeTree ORDER BY i`)
    const odd = [0n, 1n << 63n, 0x7ff0000000000002n, 0x7ff8000000000001n, 0xfff0000000000000n, 0x7ff0000000000000n]
    const raw = new BigUint64Array([...odd, BigInt(2 ** 53), 2n ** 53n + 1n, 2n ** 64n - 1n])
    const values = new Float64Array(raw.buffer)
    const rows = raw.length
    const words = new Uint32Array(raw.buffer)
    const columns: Block['columns'] = [
      { name: 'i', type: 'UInt32', data: Uint32Array.from(raw.keys()) },
      { name: 'v', type: 'Float64', data: values },
      { name: 'n', type: 'UInt64', data: words },
    ]
    await host.client.insert({ table: 'bits', columns: { rows, columns }, signal: NEVER })
    const [found] = await all(sql`SELECT v, n FROM bits ORDER BY i`)
    const [v, n] = found!.columns
    if (v?.type !== 'Float64' || n?.type !== 'UInt64') throw new Error('other types came')
    expect(Buffer.from(v.data.buffer, v.data.byteOffset, v.data.byteLength)).toEqual(Buffer.from(raw.buffer))
    expect(Buffer.from(n.data.buffer, n.data.byteOffset, n.data.byteLength)).toEqual(Buffer.from(raw.buffer))
  })

  test('maps, low cardinality and aggregate columns go in and come out', async () => {
    await command(sql`CREATE TABLE series (id UInt64, name SimpleAggregateFunction(anyLast, String),
      labels SimpleAggregateFunction(anyLast, Map(String, String)), kind LowCardinality(String), seen SimpleAggregateFunction(max, DateTime))
      ENGINE = AggregatingMergeTree ORDER BY (id, kind)`)
    const strings = (...texts: string[]) => {
      const bytes = texts.map((text) => Buffer.from(text))
      const offsets = new Uint32Array(texts.length + 1)
      bytes.forEach((b, i) => {
        offsets[i + 1] = offsets[i]! + b.length
      })
      return { bytes: Buffer.concat(bytes), offsets }
    }
    const map = { offsets: Uint32Array.of(0, 2, 2), keys: strings('job', 'a\0b'), values: strings('x\n\ny', 'ü') }
    const columns: Block['columns'] = [
      { name: 'id', type: 'UInt64', data: Uint32Array.of(1, 0, 2, 0) },
      { name: 'name', type: 'String', data: strings('up', 'x'.repeat(300)) },
      { name: 'labels', type: 'Map(String, String)', data: map },
      { name: 'kind', type: 'String', data: strings('gauge', 'gauge') },
      { name: 'seen', type: 'DateTime', data: Uint32Array.of(5, 6) },
    ]
    await host.client.insert({ table: 'series', columns: { rows: 2, columns }, signal: NEVER })
    const [found] = await all(sql`SELECT * FROM series ORDER BY id`)
    expect(found!.columns.map(({ type }) => type)).toEqual([
      'UInt64',
      'String',
      'Map(String, String)',
      'String',
      'DateTime',
    ])
    expect(textOf(found!.columns[1]!)).toEqual(['up', 'x'.repeat(300)])
    expect(textOf(found!.columns[3]!)).toEqual(['gauge', 'gauge'])
    const labels = found!.columns[2]!
    if (labels.type !== 'Map(String, String)') throw new Error('no map')
    expect([...labels.data.offsets]).toEqual([0, 2, 2])
    expect(textOf({ type: 'String', data: labels.data.keys })).toEqual(['job', 'a\0b'])
    expect(textOf({ type: 'String', data: labels.data.values })).toEqual(['x\n\ny', 'ü'])
  })

  test('every type that has a decoder is read as the engine writes it', async () => {
    const [found] = await all(sql`SELECT toInt8(-1) AS a, toInt16(-2) AS b, toInt32(-3) AS c, toInt64(-4) AS d,
      toFloat32(0.5) AS e, true AS f, toDate('1970-01-03') AS g, toDateTime('1970-01-01 00:01:00') AS h,
      toDateTime64('1970-01-01 00:00:01.5', 3, 'UTC') AS i, CAST('y' AS Enum8('x' = -1, 'y, \\'2' = 2, 'y' = 5)) AS j,
      toFixedString('ab', 3) AS k, CAST(NULL AS Nullable(UInt16)) AS l, [toUInt16(1), 2] AS m,
      toLowCardinality('lc') AS n, CAST(NULL AS LowCardinality(Nullable(String))) AS o, [toLowCardinality('p')] AS p,
      map(toLowCardinality('k'), 'v') AS q, CAST([] AS Array(LowCardinality(String))) AS r, [[1], [2, 3]] AS s`)
    const by = new Map<string, ColumnData>(found!.columns.map((column) => [column.name, column]))
    const data = (name: string) => {
      const column = by.get(name)
      return column && 'data' in column && ArrayBuffer.isView(column.data)
        ? [...(column.data as Uint8Array)]
        : undefined
    }
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'].map(data)).toEqual([
      [-1],
      [-2],
      [-3],
      [4294967292, 4294967295],
      [0.5],
      [1],
      [2],
      [60],
      [1500, 0],
      [5],
      [97, 98, 0],
    ])
    expect(by.get('j')).toMatchObject({
      names: new Map([
        [-1, 'x'],
        [2, "y, '2"],
        [5, 'y'],
      ]),
    })
    expect(by.get('l')).toMatchObject({ type: 'Nullable', inner: { type: 'UInt16' } })
    expect(by.get('m')).toMatchObject({ type: 'Array', offsets: Uint32Array.of(0, 2), inner: { type: 'UInt16' } })
    expect(textOf(by.get('n')!)).toEqual(['lc'])
    expect(by.get('o')).toMatchObject({ type: 'Nullable', nulls: Uint8Array.of(1) })
    expect(by.get('q')).toMatchObject({ type: 'Map(String, String)' })
    await expect(all(sql`SELECT generateUUIDv4() AS u`)).rejects.toMatchObject({ code: 'engine.unknown_type' })
  })

  test('an insert with the same token counts once, at several partitions too', async () => {
    await command(sql`CREATE TABLE once (id UInt64, value Float64) ENGINE = MergeTree PARTITION BY id % 5 ORDER BY id
      SETTINGS non_replicated_deduplication_window = 100`)
    for (const token of ['a', 'b', 'a', 'b', 'b']) {
      await host.client.insert({ table: 'once', columns: block(1000), token, signal: NEVER })
    }
    expect(await number(sql`SELECT count() FROM once`)).toBe(2000)
  })

  test('100,000 rows and a table name that is none', async () => {
    await command(sql`CREATE TABLE many (id UInt64, value Float64) ENGINE = MergeTree ORDER BY id`)
    await host.client.insert({ table: 'many', columns: block(100_000), signal: NEVER })
    expect(await number(sql`SELECT count() FROM many`)).toBe(100_000)
    await expect(host.client.insert({ table: 'none', columns: block(1), signal: NEVER })).rejects.toMatchObject({
      code: 'engine.query_failed',
      cause: { clickhouseCode: 60, clickhouseName: 'UNKNOWN_TABLE' },
    })
    await expect(host.client.insert({ table: 'a; b', columns: block(1), signal: NEVER })).rejects.toThrow(
      'bad identifier',
    )
  })

  test('errors carry ClickHouse code and name', async () => {
    await expect(all(sql`SELEC 1`)).rejects.toMatchObject({
      code: 'engine.query_failed',
      cause: { clickhouseCode: 62 },
    })
    await expect(all(sql`SELECT nothing`)).rejects.toMatchObject({ cause: { clickhouseName: 'UNKNOWN_IDENTIFIER' } })
  })

  test('more queries than may wait are refused as overload', async () => {
    const stop = new AbortController()
    const many = createEngineClient({ endpoint: host.endpoint, clock, maxConnections: 200 })
    const outcomes = Array.from({ length: 160 }, () =>
      many.queryAll(FOREVER, { signal: stop.signal, limits: LIMITS }).then(
        () => 'done',
        (error: { code: string }) => error.code,
      ),
    )
    const refused = await Promise.race(outcomes)
    expect(refused).toBe('engine.overloaded')
    stop.abort(new Error('enough'))
    await Promise.all(outcomes)
    await many.close()
  })

  test('nobody listening is unavailable, and may be tried again', async () => {
    const nowhere = createEngineClient({ endpoint: { kind: 'socket', path: '/nonexistent/engine.sock' }, clock })
    await expect(nowhere.ping(NEVER)).rejects.toMatchObject({ code: 'engine.unavailable', retryAfterMs: 1000 })
    await nowhere.close()
  })

  // A password and a client that needs an address are matters of TCP alone.
  const testOverTcp: (name: string, fn: () => Promise<void>) => void = over === 'tcp' ? test : () => {}

  testOverTcp('a wrong password is refused, and the client says what to check', async () => {
    if (host.endpoint.kind !== 'url') throw new Error('no url')
    const stranger = createEngineClient({ endpoint: { ...host.endpoint, password: 'guess' }, clock })
    await expect(stranger.queryAll(sql`SELECT 1`, { signal: NEVER, limits: LIMITS })).rejects.toMatchObject({
      code: 'engine.access_denied',
      kind: 'forbidden',
    })
    await stranger.close()
  })

  testOverTcp('@clickhouse/client works against the host', async () => {
    if (host.endpoint.kind !== 'url') throw new Error('no url')
    const { url, user, password } = host.endpoint
    const judge = createClient({ url, username: user!, password: password! })
    expect(await judge.ping()).toMatchObject({ success: true })
    await judge.command({ query: 'CREATE TABLE judge (a UInt32, s String) ENGINE = MergeTree ORDER BY a' })
    await judge.insert({
      table: 'judge',
      values: [
        { a: 1, s: 'x' },
        { a: 2, s: "y'\n\nz" },
      ],
      format: 'JSONEachRow',
    })
    const rows = await judge.query({
      query: 'SELECT * FROM judge WHERE a > {low:UInt32} ORDER BY a',
      query_params: { low: 1 },
      format: 'JSONEachRow',
    })
    expect(await rows.json()).toEqual([{ a: 2, s: "y'\n\nz" }])
    await expect(judge.query({ query: 'SELECT * FROM missing' })).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    })
    const big = await judge.query({ query: 'SELECT number FROM numbers(300000)', format: 'JSONEachRow' })
    let count = 0
    for await (const part of big.stream()) count += part.length
    expect(count).toBe(300_000)
    await judge.close()
  })
})

function textOf(column: ColumnData): string[] {
  if (column.type !== 'String') throw new Error(`a ${column.type} came`)
  const { bytes, offsets } = column.data
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    Buffer.from(bytes.subarray(offsets[i]!, offsets[i + 1]!)).toString('utf8'),
  )
}
