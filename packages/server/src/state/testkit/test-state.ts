import { createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import type { Backend } from '../backend.ts'
import { createState } from '../create-state.ts'
import { openDatabase, type SqliteDatabase } from '../sqlite/index.ts'
import type { State } from '../state.ts'

/** SQLite on the calling thread: answers come within the turn, so that stories under a driven clock need no waiting. */
export function createInlineBackend(file: string): Backend {
  let database: SqliteDatabase | undefined
  const opened = () => {
    if (!database) throw new Error('the state file is not open')
    return database
  }
  return {
    open: async () => {
      if (database !== undefined) return
      database = openDatabase(file)
      // No test takes the power away: what the operating system has been given is safe from all that they do.
      database.read('PRAGMA synchronous = OFF', [])
    },
    read: async (sql, values) => opened().read(sql, values),
    commit: async (units) => opened().commit(units),
    close: async () => {
      database?.close()
      database = undefined
    },
  }
}

/** How the disk fails a test: it takes nothing, or a commit waits until it answers. */
export type DiskFaults = { readonly isFull?: () => boolean; readonly untilAnswers?: () => Promise<void> | undefined }

/** A state whose statements run at once, but for faults of the disk. Not started: domains are announced first. */
export function createInlineState(file: string, { isFull, untilAnswers }: DiskFaults = {}): State {
  const backend = (path: string): Backend => {
    const inner = createInlineBackend(path)
    const failure = { code: 'SQLITE_FULL', message: 'database or disk is full' }
    return {
      ...inner,
      async commit(units) {
        await untilAnswers?.()
        return isFull?.() ? units.map(() => ({ ok: false as const, failure })) : inner.commit(units)
      },
    }
  }
  return createState({ clock: systemClock, log: silentLogger, registry: createRegistry(), backend }, { file })
}
