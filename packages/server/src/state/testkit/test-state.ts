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
      database ??= openDatabase(file)
    },
    read: async (sql, values) => opened().read(sql, values),
    commit: async (units) => opened().commit(units),
    close: async () => {
      database?.close()
      database = undefined
    },
  }
}

/** A state whose statements run at once; while the disk `isFull` it takes nothing. Not started: domains are announced first. */
export function createInlineState(file: string, isFull: () => boolean = () => false): State {
  const backend = (path: string): Backend => {
    const inner = createInlineBackend(path)
    const failure = { code: 'SQLITE_FULL', message: 'database or disk is full' }
    return {
      ...inner,
      commit: (units) => (isFull() ? Promise.resolve(units.map(() => ({ ok: false, failure }))) : inner.commit(units)),
    }
  }
  return createState({ clock: systemClock, log: silentLogger, registry: createRegistry(), backend }, { file })
}
