import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Node cuts a longer path silently and listens elsewhere; the system's own bound is 107 bytes. */
const LONGEST = 100

/** `engine.sock` in the data directory, or in a private temporary directory of its own where that path is too long. */
export function socketPathOf(dataDir: string): string {
  const near = join(dataDir, 'engine.sock')
  if (Buffer.byteLength(near) <= LONGEST) return near
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const far = join(tmpdir(), `binnacle-${key}`, 'engine.sock')
  return Buffer.byteLength(far) <= LONGEST ? far : join('/tmp', `binnacle-${key}`, 'engine.sock')
}

/** Makes the socket's directory if it is not the data directory; throws unless it is ours alone. */
export function prepareSocketDirectory(path: string): void {
  const dir = dirname(path)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const stat = lstatSync(dir)
  const uid = process.getuid?.()
  if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid) || (stat.mode & 0o077) !== 0) {
    throw new Error(`${dir} is not a private directory of this user`)
  }
}
