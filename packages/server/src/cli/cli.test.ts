import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BinnacleError } from '../config/index.ts'
import type { Clock } from '../telemetry/index.ts'
import { renderCheckReference } from './check/checks-reference.ts'
import { type CheckOptions, checkText } from './check/index.ts'
import { watchParent } from './parent.ts'
import { formatAnswer } from './query.ts'
import { renderCliReference } from './reference.ts'
import { formatReport } from './storage.ts'
import { formatBytes, formatTable, formatTime } from './table.ts'

const CHECK: CheckOptions = {
  read: () => new BinnacleError('config.unreadable', 'there is no such file', { kind: 'missing' }),
  environment: {},
  nowMs: 0,
  features: new Set(),
  ignoreUnknownFields: false,
  syntaxOnly: false,
}

test('columns are aligned, numbers at the right', () => {
  expect(
    formatTable(
      [
        ['SERIES', 'VALUE'],
        ['up', '1'],
        ['größer', '1000'],
      ],
      [1],
    ),
  ).toBe('SERIES  VALUE\nup          1\ngrößer   1000')
})

test.for([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [3 * 1024 ** 3, '3.0 GiB'],
] as const)('%d bytes print as %s', ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('times print in UTC, absent ones as a dash', () => {
  expect(formatTime(1_700_000_000_999)).toBe('2023-11-14 22:13:20')
  expect(formatTime(null)).toBe('-')
})

test('answers of every kind print', () => {
  const metric = { __name__: 'up', job: 'node' }
  expect(formatAnswer({ resultType: 'scalar', result: [1, '2.5'] })).toBe('2.5')
  expect(formatAnswer({ resultType: 'vector', result: [] })).toBe('no data')
  expect(formatAnswer({ resultType: 'vector', result: [{ metric, value: [1, '1'] }] })).toBe(
    'SERIES          VALUE\nup{job="node"}      1',
  )
  expect(
    formatAnswer({
      resultType: 'matrix',
      result: [
        {
          metric,
          values: [
            [0, '1'],
            [60, '20'],
          ],
        },
      ],
    }),
  ).toBe('up{job="node"}\n  1970-01-01 00:00:00   1\n  1970-01-01 00:01:00  20')
})

test('the storage report names place, sizes and bytes a sample', () => {
  const text = formatReport({
    dataDir: '/data',
    tables: [{ name: 'chunks', rows: 12345, bytes: 2048, oldest: 0, newest: null }],
    samples: 1_000_000,
    bytesPerSample: 0.634,
    head: { series: 5, samples: 100, bytes: 1024, budgetBytes: 67_108_864 },
  })
  expect(text).toContain('Bytes a sample  0.63')
  expect(text).toContain('Memory          1.0 KiB of 64.0 MiB')
  expect(text).toContain('chunks  12,345  2.0 KiB  1970-01-01 00:00:00  -')
})

test.for([
  ['global: {scrape_interval: 15s}\n', 'prometheus'],
  ['scrape_configs: []\n', 'prometheus'],
  ['listen: 127.0.0.1:1\n', 'binnacle'],
  ['head: {max_bytes: 1MiB}\nlog:\n', 'binnacle'],
  ['groups: []\n', 'rules'],
  ['route: {receiver: a}\nreceivers: [{name: a}]\n', 'alertmanager'],
  ['', undefined],
] as const)('the kind of a file is seen from its content: %j', async ([text, kind]) => {
  const { report } = await checkText(text, 'some.yml', CHECK)
  expect(report.kind).toBe(kind)
  expect(report.errors).toHaveLength(kind === undefined ? 1 : 0)
})

test('the page of checks is fresh (node scripts/write-reference.mjs)', () => {
  const page = new URL('../../../../docs/reference/checks.md', import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(renderCheckReference())
})

test('a parent that changes is noticed once', () => {
  let pending: (() => void) | undefined
  const clock = {
    after: (_ms: number, fn: () => void) => {
      pending = fn
      return () => {
        pending = undefined
      }
    },
  } as unknown as Clock
  let parent = 10
  let gone = 0
  watchParent(
    clock,
    () => gone++,
    () => parent,
  )
  pending?.()
  expect(gone).toBe(0)
  parent = 1
  const look = pending
  pending = undefined
  look?.()
  expect([gone, pending]).toEqual([1, undefined])
})

test('the page of commands is fresh (node scripts/write-reference.mjs)', () => {
  const page = new URL('../../../../docs/reference/cli.md', import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(renderCliReference())
})

test('a family that the host collector has not is found with its place', async () => {
  const { report } = await checkText('collectors:\n  host:\n    families: {arp: false, apr: false}\n', 'b.yml', CHECK)
  const { errors } = report
  expect(errors).toMatchObject([
    { message: 'collectors.host has no family "apr"', place: { file: 'b.yml', line: 3, column: 28 } },
  ])
})
