import { BinnacleError } from '../../config/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import type { EngineClient, QueryLimits } from '../client/index.ts'
import { Sql, sql } from '../sql.ts'

/**
 * One step of a domain's schema. Steps only go forward and are never changed once released; `id`s ascend from 1.
 * Every statement must be safe to run twice (`IF NOT EXISTS` and the like): a crash between two runs the step again.
 */
export type MigrationStep = {
  readonly id: number
  readonly name: string
  readonly statements: readonly string[]
}

export type MigrateDeps = { readonly client: EngineClient; readonly clock: Clock; readonly log: Logger }

const LIMITS: QueryLimits = { timeoutMs: 30_000, maxResultBytes: 10_000_000, maxMemoryBytes: 200_000_000 }
const STEP_TIMEOUT_MS = 600_000

/**
 * Brings one domain's tables to the newest step and returns how many steps it took. What has been done is remembered
 * in the table `binnacle_schema`. Throws `engine.newer_schema` when the database knows a later step than we do: an
 * older Binnacle must not write into it.
 */
export async function migrate(
  { client, clock, log }: MigrateDeps,
  domain: string,
  steps: readonly MigrationStep[],
  signal: AbortSignal,
): Promise<number> {
  steps.forEach((step, i) => {
    if (step.id !== i + 1) throw new Error(`migration ${domain}: step ${step.id} stands where ${i + 1} belongs`)
  })
  await client.command(
    sql`CREATE TABLE IF NOT EXISTS binnacle_schema (domain String, step UInt32, name String, applied DateTime)
      ENGINE = MergeTree ORDER BY (domain, step) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
    { signal },
  )
  const [block] = await client.queryAll(
    sql`SELECT max(step) AS newest, argMax(name, step) AS called FROM binnacle_schema WHERE domain = ${domain}`,
    { signal, limits: LIMITS },
  )
  const [step, name] = block?.columns ?? []
  const done = step?.type === 'UInt32' ? (step.data[0] ?? 0) : 0
  if (done > steps.length) {
    const what = name?.type === 'String' ? Buffer.from(name.data.bytes).toString('utf8') : ''
    throw new BinnacleError(
      'engine.newer_schema',
      `the database was last used by a newer Binnacle: its ${domain} tables are at step ${done} ("${what}"), ` +
        `this version knows ${steps.length}`,
      { kind: 'unavailable', hint: 'start the newer version again, or use another data directory' },
    )
  }
  for (const next of steps.slice(done)) {
    const started = clock.monotonic()
    for (const statement of next.statements) {
      await client.command(new Sql([statement], []), { signal, timeoutMs: STEP_TIMEOUT_MS })
    }
    const text = (value: string) => {
      const bytes = Buffer.from(value)
      return { bytes, offsets: Uint32Array.of(0, bytes.length) }
    }
    await client.insert({
      table: 'binnacle_schema',
      columns: {
        rows: 1,
        columns: [
          { name: 'domain', type: 'String', data: text(domain) },
          { name: 'step', type: 'UInt32', data: Uint32Array.of(next.id) },
          { name: 'name', type: 'String', data: text(next.name) },
          { name: 'applied', type: 'DateTime', data: Uint32Array.of(Math.floor(clock.now() / 1000)) },
        ],
      },
      signal,
    })
    const durationMs = Math.round(clock.monotonic() - started)
    log.info({ domain, step: next.id, name: next.name, durationMs }, 'database migrated')
  }
  return steps.length - done
}
