import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import type { Failure, Row, Statement, Unit, UnitResult } from '../backend.ts'
import type { Value } from '../state.ts'

/** Checking a file costs about 3 ms a MiB; larger ones are only checked where they are read. */
const CHECKED_BYTES = 256 * 1024 * 1024
const STATEMENTS_KEPT = 200

/** An open file. All calls block: for a thread of its own, and for tests. */
export type SqliteDatabase = {
  read(sql: string, values: readonly Value[]): readonly Row[]
  commit(units: readonly Unit[]): readonly UnitResult[]
  close(): void
}

/**
 * Opens or creates `file`, for this process alone: the lock lies on a file beside it and ends with the process. Commits are
 * in the log on the disk when `commit` returns (WAL, `synchronous=FULL`). Throws errors with SQLite's `code`.
 */
export function openDatabase(file: string): SqliteDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  createPrivate(`${file}.lock`)
  const lock = new Database(`${file}.lock`)
  let db: Database.Database | undefined
  try {
    takeLock(lock, `${file}.pid`)
    const known = existsSync(file) && statSync(file).size <= CHECKED_BYTES
    createPrivate(file)
    db = new Database(file)
    db.prepare('PRAGMA journal_mode = WAL').all([])
    db.exec('PRAGMA synchronous = FULL')
    db.exec('PRAGMA foreign_keys = ON')
    // The log is cut back after a burst; 4 MiB of pages in memory.
    db.exec('PRAGMA journal_size_limit = 16777216')
    db.exec('PRAGMA cache_size = -4096')
    if (known) check(db)
  } catch (error) {
    db?.close()
    lock.close()
    throw error
  }
  return wrap(db, lock)
}

/** The one who holds the lock leaves its number beside it, for the error of whoever comes second. */
function takeLock(lock: Database.Database, pidFile: string): void {
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    const { code } = error as { code?: unknown }
    const holder = code === 'SQLITE_BUSY' && existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : Number.NaN
    throw Number.isInteger(holder) ? Object.assign(new Error(`process ${holder}`), { code }) : error
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
}

/** SQLite makes files for everybody to read; its log takes the rights of the file. */
function createPrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
}

function check(db: Database.Database): void {
  const [first] = db.prepare('PRAGMA quick_check(1)').all([]) as { quick_check: string }[]
  if (first?.quick_check !== 'ok')
    throw Object.assign(new Error(first?.quick_check ?? 'no answer'), { code: 'SQLITE_CORRUPT' })
}

function wrap(db: Database.Database, lock: Database.Database): SqliteDatabase {
  const prepared = new Map<string, Database.Statement>()

  function prepare(sql: string): Database.Statement {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      if (prepared.size >= STATEMENTS_KEPT) prepared.clear()
      statement = db.prepare(sql)
      prepared.set(sql, statement)
    }
    return statement
  }

  function run({ sql, rows }: Statement): number {
    const statement = prepare(sql)
    let affected = 0
    // Values go in as one array: the binding takes an argument list apart by guessing.
    for (const row of rows) affected += statement.run([...row]).changes
    return affected
  }

  function runUnit(unit: Unit): UnitResult {
    db.exec('SAVEPOINT unit')
    try {
      const results = unit.map((statement) => ({ affected: run(statement) }))
      db.exec('RELEASE unit')
      return { ok: true, results }
    } catch (error) {
      db.exec('ROLLBACK TO unit')
      db.exec('RELEASE unit')
      return { ok: false, failure: toFailure(error) }
    }
  }

  return {
    read: (sql, values) => prepare(sql).all([...values]) as Row[],
    commit(units) {
      try {
        db.exec('BEGIN IMMEDIATE')
        const results = units.map(runUnit)
        db.exec('COMMIT')
        return results
      } catch (error) {
        // Nothing of the batch is there: the disk is full, say.
        if (db.inTransaction) db.exec('ROLLBACK')
        const failure = toFailure(error)
        return units.map(() => ({ ok: false, failure }))
      }
    },
    close() {
      prepared.clear()
      db.close()
      lock.close()
    },
  }
}

export function toFailure(error: unknown): Failure {
  const code = (error as { code?: unknown } | undefined)?.code
  return {
    code: typeof code === 'string' ? code : '',
    message: error instanceof Error ? error.message : String(error),
  }
}
