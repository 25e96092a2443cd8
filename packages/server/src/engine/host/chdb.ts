import { createRequire } from 'node:module'

/** The part of the package `chdb` that we use; its own types do not pass through. */
export type ChdbSession = {
  queryAsync(sql: string, options: { format: string }): Promise<{ bytes(): Uint8Array }>
  queryStream(sql: string, options: { format: string }): AsyncIterable<{ raw(): Uint8Array }>
  close(): void
}

export type Chdb = { openSession(dir: string, configFile: string): ChdbSession }

/** Loads the native engine: only the host process may. Throws when the package or its binary is not there. */
export function loadChdb(): Chdb {
  const require = createRequire(import.meta.url)
  const chdb: { Session: new (dir: string, options: { connectionArgs: string[] }) => ChdbSession } = require('chdb')
  return {
    openSession: (dir, configFile) => new chdb.Session(dir, { connectionArgs: [`--config-file=${configFile}`] }),
  }
}
