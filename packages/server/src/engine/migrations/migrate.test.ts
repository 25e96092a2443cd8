import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger, systemClock } from '../../telemetry/index.ts'
import { sql } from '../sql.ts'
import { LIMITS, NEVER, startTestHost, type TestHost } from '../testkit/test-host.ts'
import { type MigrationStep, migrate } from './index.ts'

let host: TestHost
beforeAll(async () => {
  host = await startTestHost('socket')
})
afterAll(() => host.stop())

const steps: readonly MigrationStep[] = [
  { id: 1, name: 'things', statements: ['CREATE TABLE IF NOT EXISTS things (a UInt8) ENGINE = MergeTree ORDER BY a'] },
  { id: 2, name: 'more', statements: ['ALTER TABLE things ADD COLUMN IF NOT EXISTS b String'] },
]
const run = (domain: string, list: readonly MigrationStep[]) =>
  migrate({ client: host.client, clock: systemClock, log: silentLogger }, domain, list, NEVER)

test('takes the steps that are missing, each once', async () => {
  expect(await run('test', steps.slice(0, 1))).toBe(1)
  expect(await run('test', steps)).toBe(1)
  expect(await run('test', steps)).toBe(0)
  await host.client.queryAll(sql`SELECT a, b FROM things`, { signal: NEVER, limits: LIMITS })
})

test('domains do not see each other', async () => {
  expect(await run('other', steps)).toBe(2)
})

test('a database of a newer version is refused with the step it is at', async () => {
  await run('newer', steps)
  await expect(run('newer', steps.slice(0, 1))).rejects.toMatchObject({
    code: 'engine.newer_schema',
    message: expect.stringContaining('at step 2 ("more"), this version knows 1'),
  })
})

test('a step that fails is tried again by the next start', async () => {
  const broken = [{ id: 1, name: 'broken', statements: ['ALTER TABLE absent ADD COLUMN x UInt8'] }]
  await expect(run('retry', broken)).rejects.toMatchObject({ code: 'engine.query_failed' })
  expect(await run('retry', steps.slice(0, 1))).toBe(1)
})
