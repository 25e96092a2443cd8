import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BinnacleError } from '../../config/index.ts'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts'

type Holder = ProcessIdentity & {
  /** Unix ms. */
  readonly since: number
}

const NAME = 'binnacle.lock'

/**
 * Takes the data directory for this process; the returned function gives it back. Throws `engine.directory_locked`,
 * which names the holder. A lock whose holder is gone is taken over.
 */
export function lockDirectory(dataDir: string, nowMs: number): () => void {
  const path = join(dataDir, NAME)
  const self = identityOf(process.pid)
  if (!self) throw new Error('this process does not see itself')
  const holder: Holder = { ...self, since: nowMs }
  const own = join(dataDir, `${NAME}.${process.pid}`)
  writeFileSync(own, `${JSON.stringify(holder)}\n`, { mode: 0o600 })
  try {
    for (let tries = 0; tries < 10; tries++) {
      // A link appears with its content or not at all, and never replaces another: so nobody reads half a lock.
      if (linkNew(own, path)) return () => release(path, holder)
      const found = readHolder(path)
      if (found && isAlive(found)) throw locked(dataDir, found)
      takeAway(path, found, `${own}.stale`)
    }
    throw new Error(`could not take ${path}`)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Moves a stale lock aside; of two who try, one moves it, the other finds nothing or puts back what is not stale. */
function takeAway(path: string, stale: Holder | undefined, aside: string): void {
  try {
    renameSync(path, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  const moved = readHolder(aside)
  if (moved && JSON.stringify(moved) !== JSON.stringify(stale)) linkNew(aside, path)
  rmSync(aside, { force: true })
}

function release(path: string, holder: Holder): void {
  const found = readHolder(path)
  if (found?.pid === holder.pid && found.since === holder.since) rmSync(path, { force: true })
}

function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started, since } = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof pid === 'number' && typeof started === 'string' && typeof since === 'number')
      return { pid, started, since }
  } catch {
    // Not there, or not ours to understand: nobody holds it.
  }
  return undefined
}

function locked(dataDir: string, { pid, since }: Holder): BinnacleError {
  return new BinnacleError(
    'engine.directory_locked',
    `the data directory ${dataDir} is in use by process ${pid}, since ${new Date(since).toISOString()}`,
    { kind: 'unavailable', hint: 'stop that Binnacle first, or give this one another directory with --data' },
  )
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
