import type { Backend } from './backend.ts'
import type { DomainStep } from './state.ts'
import { newerSchema } from './state-error.ts'

export type Migrated = { readonly domain: string; readonly step: DomainStep }

/**
 * Takes each domain's missing steps, one transaction a step, and returns them. `onBegin` hears of steps of a file that has
 * been used before: with a large history one may take a minute. Throws `state.newer_schema`.
 */
export async function migrate(
  backend: Backend,
  file: string,
  domains: ReadonlyMap<string, readonly DomainStep[]>,
  { nowMs, onBegin }: { readonly nowMs: number; readonly onBegin: (step: Migrated) => void },
): Promise<readonly Migrated[]> {
  await commit(backend, [
    'CREATE TABLE IF NOT EXISTS schema_steps (domain TEXT NOT NULL, step BIGINT NOT NULL, name TEXT NOT NULL, taken_ms BIGINT NOT NULL, PRIMARY KEY (domain, step))',
  ])
  const taken: Migrated[] = []
  for (const [domain, steps] of domains) {
    const [row] = await backend.read('SELECT coalesce(max(step), 0) AS done FROM schema_steps WHERE domain = ?', [
      domain,
    ])
    const done = Number(row?.done ?? 0)
    if (done > steps.length) throw newerSchema(file, domain, done, steps.length)
    for (const step of steps.slice(done)) {
      if (done > 0) onBegin({ domain, step })
      await commit(backend, step.statements, [domain, step.id, step.name, nowMs])
      taken.push({ domain, step })
    }
  }
  return taken
}

async function commit(
  backend: Backend,
  statements: readonly string[],
  note?: readonly [string, number, string, number],
): Promise<void> {
  const unit = statements.map((sql) => ({ sql, rows: [[]] as const }))
  const noted = note === undefined ? [] : [{ sql: 'INSERT INTO schema_steps VALUES (?, ?, ?, ?)', rows: [note] }]
  const [result] = await backend.commit([[...unit, ...noted]])
  if (result?.ok === false) throw Object.assign(new Error(result.failure.message), { code: result.failure.code })
}
