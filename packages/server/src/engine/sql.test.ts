import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Column } from './block.ts'
import { createIdentifiers, joinSql, type Sql, sql } from './sql.ts'
import { LIMITS, NEVER, startTestHost, type TestHost } from './testkit/test-host.ts'

let host: TestHost
beforeAll(async () => {
  host = await startTestHost('socket')
})
afterAll(() => host.stop())

async function one(statement: Sql): Promise<Column> {
  const blocks = await host.client.queryAll(statement, { signal: NEVER, limits: LIMITS })
  return blocks[0]!.columns[0]!
}

async function textOf(statement: Sql): Promise<Uint8Array> {
  const column = await one(statement)
  if (column.type !== 'String') throw new Error(`a ${column.type} came`)
  return column.data.bytes
}

async function wordsOf(statement: Sql): Promise<Uint32Array> {
  const column = await one(statement)
  if (column.type !== 'UInt64') throw new Error(`a ${column.type} came`)
  return column.data
}

test('every text reaches the engine as it is', async () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom("'", '\\', "\\'", "';--", '\0', '\n', '{x:UInt8}', '?', '\u007f', '$$', '\r\n\t\b\f'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(odd, { maxLength: 5 }), async (parts) => {
      const text = parts.join('')
      expect(Buffer.from(await textOf(sql`SELECT ${text} AS x`))).toEqual(Buffer.from(text))
    }),
    { numRuns: 150 },
  )
})

test('every byte reaches the engine as it is', async () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(await textOf(sql`SELECT ${all} AS x`)).toEqual(all)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
      expect(Buffer.from(await textOf(sql`SELECT ${bytes} AS x`))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 50 },
  )
})

test('every number reaches the engine to the bit', async () => {
  const numbers = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(-0, 2 ** 53, -(2 ** 53), 1e20, 1e308, 5e-324, 0.1 + 0.2),
  )
  await fc.assert(
    fc.asyncProperty(numbers, async (value) => {
      const words = await wordsOf(sql`SELECT reinterpretAsUInt64(toFloat64(${value})) AS x`)
      const view = new DataView(new ArrayBuffer(8))
      view.setFloat64(0, value, true)
      expect([words[0], words[1]]).toEqual([view.getUint32(0, true), view.getUint32(4, true)])
    }),
    { numRuns: 200 },
  )
})

test('64-bit numbers come as words, as bigint and in lists', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(0xffffffff), fc.nat(0xffffffff), async (hi, lo) => {
      const big = (BigInt(hi) << 32n) | BigInt(lo)
      const words64 = Uint32Array.of(lo, hi, 7, 0)
      expect([...(await wordsOf(sql`SELECT toUInt64(${{ hi, lo }}) AS x`))]).toEqual([lo, hi])
      expect([...(await wordsOf(sql`SELECT toUInt64(${big}) AS x`))]).toEqual([lo, hi])
      const found = await one(sql`SELECT toUInt64(${{ hi, lo }}) IN ${{ words64 }} AS x`)
      expect(found.type === 'UInt8' && found.data[0]).toBe(1)
    }),
    { numRuns: 60 },
  )
})

test.for([
  ['an empty list', sql`SELECT 5 IN ${[]} AS x`, 0],
  ['a list of numbers', sql`SELECT 5 IN ${[3, 4, 5]} AS x`, 1],
  ['a list of one', sql`SELECT 5 IN ${[4]} AS x`, 0],
  ['a list of texts', sql`SELECT ${"a'b"} IN ${["a'b", 'c']} AS x`, 1],
  ['a typed list', sql`SELECT 5 IN ${Uint32Array.of(5, 6)} AS x`, 1],
  ['an empty typed list', sql`SELECT 5 IN ${new Uint32Array(0)} AS x`, 0],
  ['negative numbers after a minus', sql`SELECT toUInt8(1-${-1}) AS x`, 2],
  ['nested statements', sql`SELECT toUInt8(${joinSql([sql`1 = ${1}`, sql`2 = ${3}`], ' OR ')}) AS x`, 1],
] as const)('%s', async ([, statement, expected]) => {
  const found = await one(statement)
  expect(found.type === 'UInt8' && found.data[0]).toBe(expected)
})

test('identifiers come from their list only', () => {
  const table = createIdentifiers('samples', 'db.chunks')
  expect(sql`SELECT * FROM ${table('db.chunks')}`.render()).toBe('SELECT * FROM `db`.`chunks`')
  expect(() => createIdentifiers('a; DROP TABLE b')).toThrow('bad identifier')
})
