import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Node cuts a longer path silently and listens elsewhere; the system's own bound is 107 bytes. */
const LONGEST_SOCKET = 100

/** `engine.sock` in the data directory, or in a private temporary directory of its own where that path is too long. */
export function socketPathOf(dataDir: string): string {
  const near = join(dataDir, 'engine.sock')
  if (Buffer.byteLength(near) <= LONGEST_SOCKET) return near
  const far = join(temporaryOf(dataDir), 'engine.sock')
  return Buffer.byteLength(far) <= LONGEST_SOCKET ? far : join('/tmp', nameOf(dataDir), 'engine.sock')
}

/**
 * Where inserts lie until the engine has read them: in the data directory too, except when its path has characters
 * that the engine takes for patterns of file names.
 */
export function spoolPathOf(dataDir: string): string {
  return join(/[*?{}[\]'"\\]/.test(dataDir) ? temporaryOf(dataDir) : dataDir, 'spool')
}

/** Removes what was made outside the data directory. Only for who holds the directory's lock. */
export function removeTemporary(dataDir: string): void {
  for (const dir of [temporaryOf(dataDir), join('/tmp', nameOf(dataDir))]) rmSync(dir, { recursive: true, force: true })
}

/** The same for each start on the directory, so that what a killed host left there is found again. */
function temporaryOf(dataDir: string): string {
  return join(tmpdir(), nameOf(dataDir))
}

function nameOf(dataDir: string): string {
  return `binnacle-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`
}

/** Makes a directory for this user alone; throws when somebody else has made it before. */
export function preparePrivateDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const stat = lstatSync(dir)
  const uid = process.getuid?.()
  if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid) || (stat.mode & 0o077) !== 0) {
    throw new Error(`${dir} is not a private directory of this user`)
  }
}
