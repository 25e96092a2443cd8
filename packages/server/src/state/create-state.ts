import { statSync } from 'node:fs'
import type { CompiledQuery, QueryResult } from 'kysely'
import { BinnacleError } from '../config/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'
import type { Backend, Statement, Unit } from './backend.ts'
import { createKysely } from './kysely-face.ts'
import { migrate } from './migrate.ts'
import { createSqliteThread } from './sqlite/index.ts'
import type { Bulk, Change, ChangeResult, DomainStep, State, Tables, Value } from './state.ts'
import { overloaded, stopped, toStateError } from './state-error.ts'
import { createWriteQueue } from './write-queue.ts'

export type StateDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
  /** Where the rows lie; default: SQLite in a thread of its own. */
  readonly backend?: (file: string) => Backend
}

export type StateOptions = {
  /** Path of the file; its folder is made when it is missing. */
  readonly file: string
  /** Changes that may wait for the disk; beyond it a write is refused with `state.overloaded`. Default 200,000. */
  readonly maxWaitingRows?: number
  /** Reads that may wait. Default 500. */
  readonly maxWaitingReads?: number
}

export function createState({ clock, log, registry, backend: makeBackend }: StateDeps, options: StateOptions): State {
  const { file, maxWaitingRows = 200_000, maxWaitingReads = 500 } = options
  const backend = (makeBackend ?? createSqliteThread)(file)
  const domains = new Map<string, readonly DomainStep[]>()
  const commitSeconds = registry.histogram(
    'binnacle_state_commit_seconds',
    'Time from a commit of control-plane records to its being on the disk.',
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  )
  const changes = registry.counter('binnacle_state_changes_total', 'Rows of control-plane records that were written.')
  const failures = registry.counter(
    'binnacle_state_failed_writes_total',
    'Writes of control-plane records that failed.',
  )
  let waitingReads = 0
  let open = false
  let stopping: Promise<void> | undefined

  const queue = createWriteQueue(
    async (units) => {
      const startedMs = clock.monotonic()
      const results = await backend.commit(units)
      commitSeconds.observe((clock.monotonic() - startedMs) / 1000)
      return results
    },
    { maxRows: maxWaitingRows, full: () => overloaded(maxWaitingRows) },
  )
  registry.observe('binnacle_state_waiting_changes', 'Changes that wait for the disk.', 'gauge', [], () => [
    [[], queue.waitingRows],
  ])
  registry.observe('binnacle_state_size_bytes', 'Size of the state file with its log.', 'gauge', [], () => [
    [[], sizeBytes()],
  ])

  function sizeBytes(): number {
    const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    return size(file) + size(`${file}-wal`)
  }

  async function write(unit: Unit): Promise<readonly ChangeResult[]> {
    if (!open) throw stopped()
    try {
      const result = await queue.write(unit)
      if (!result.ok) throw Object.assign(new Error(result.failure.message), { code: result.failure.code })
      changes.inc(result.results.reduce((sum, { affected }) => sum + affected, 0))
      return result.results
    } catch (error) {
      failures.inc()
      throw toStateError(error, file)
    }
  }

  async function read(sql: string, values: readonly Value[]): Promise<readonly unknown[]> {
    if (!open) throw stopped()
    if (waitingReads >= maxWaitingReads) throw overloaded(maxWaitingReads)
    waitingReads++
    try {
      return await backend.read(sql, values)
    } catch (error) {
      throw toStateError(error, file)
    } finally {
      waitingReads--
    }
  }

  async function execute(query: CompiledQuery): Promise<QueryResult<unknown>> {
    const values = valuesOf(query.parameters)
    if (query.query.kind === 'SelectQueryNode') return { rows: [...(await read(query.sql, values))] }
    const [result] = await write([{ sql: query.sql, rows: [values] }])
    return { rows: [], numAffectedRows: BigInt(result?.affected ?? 0) }
  }

  return {
    async start(signal) {
      signal.throwIfAborted()
      try {
        await backend.open()
        const taken = await migrate(backend, file, domains, {
          nowMs: clock.now(),
          onBegin: ({ domain, step }) =>
            log.info(
              { domain, step: step.id, name: step.name },
              'state is migrated; with a long history this takes a while',
            ),
        })
        for (const { domain, step } of taken) log.info({ domain, step: step.id, name: step.name }, 'state migrated')
      } catch (error) {
        throw toStateError(error, file)
      }
      signal.throwIfAborted()
      open = true
    },
    stop() {
      stopping ??= (async () => {
        open = false
        await queue.drained()
        await backend.close()
      })()
      return stopping
    },
    tables<DB>(domain: string, steps: readonly DomainStep[]): Tables<DB> {
      if (domains.has(domain)) throw new Error(`the domain ${domain} is announced twice`)
      steps.forEach((step, i) => {
        if (step.id !== i + 1) throw new Error(`domain ${domain}: step ${step.id} stands where ${i + 1} belongs`)
      })
      domains.set(domain, steps)
      return { db: createKysely<DB>(execute), write: async (all) => write(all.map(toStatement)) }
    },
    sizeBytes,
  }
}

function toStatement(change: Change): Statement {
  if (!isBulk(change)) {
    const { sql, parameters } = change.compile()
    return { sql, rows: [valuesOf(parameters)] }
  }
  const { sql, parameters } = change.query.compile()
  for (const row of change.rows) {
    if (row.length !== parameters.length)
      throw new Error(`a row has ${row.length} values, the statement takes ${parameters.length}`)
  }
  return { sql, rows: change.rows.map(valuesOf) }
}

function isBulk(change: Change): change is Bulk {
  return 'rows' in change
}

/** Whatever else came to the binding would end the whole process there. */
function valuesOf(values: readonly unknown[]): readonly Value[] {
  return values.map((value) => {
    if (value === null || value === undefined) return null
    if (typeof value === 'number') {
      if (Number.isNaN(value)) throw new Error('NaN is no value of a record')
      return value
    }
    if (typeof value !== 'string') throw new Error(`a value of type ${typeof value} is none of a record`)
    if (value.includes('\0'))
      throw new BinnacleError('state.bad_text', 'a text with a NUL character cannot be kept', {
        hint: 'leave the character out',
      })
    return value
  })
}
