/*
 * Where the engine keeps its files, and what becomes of them in the copy:
 *
 *   engine/metadata/<database> -> ../store/xxx/<uuid>      link: the same
 *   engine/data/<database>/<table> -> ../../store/...      link: the same
 *   engine/store/xxx/<uuid of a database>/*.sql            definitions of its tables: copied
 *   engine/store/xxx/<uuid of a table>/format_version.txt  copied
 *   engine/store/xxx/<uuid of a table>/<part>/             never changed once written: hard links, made by `FREEZE` in
 *                                                          engine/shadow/<name>/store/xxx/<uuid>/<part>, moved from there
 *
 * Left out: deduplication logs (tokens of inserts that were answered long ago), parts that are being written.
 */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BinnacleError, messageOf } from '../../config/index.ts'
import type { EngineClient } from '../client/index.ts'
import { createIdentifiers, sql } from '../sql.ts'

export type SnapshotOptions = {
  /** Becomes a data directory; must not be there. Has to lie in the file system of the engine's. */
  readonly into: string
  /** Tables in the order in which they are copied. The others are there in the copy, but empty. */
  readonly tables: readonly string[]
}

/** Which migrations were applied. */
const SCHEMA_TABLE = 'binnacle_schema'
const FREEZE_PREFIX = 'binnacle_snapshot_'
const PARTIAL = '.partial'
const FREEZE_TIMEOUT_MS = 300_000

/** Throws `engine.snapshot_failed`. `engineDir` is where the engine keeps its files. One at a time. */
export async function takeSnapshot(
  { client, engineDir }: { readonly client: EngineClient; readonly engineDir: string },
  { into, tables }: SnapshotOptions,
  signal: AbortSignal,
): Promise<void> {
  const name = `${FREEZE_PREFIX}${randomBytes(8).toString('hex')}`
  const shadow = join(engineDir, 'shadow')
  const partial = `${into}${PARTIAL}`
  const all = [...tables, SCHEMA_TABLE]
  const table = createIdentifiers(...all)
  try {
    await removeLeftovers(dirname(into), shadow)
    for (const one of all) {
      await client.command(sql`ALTER TABLE ${table(one)} FREEZE WITH NAME ${name}`, {
        signal,
        timeoutMs: FREEZE_TIMEOUT_MS,
      })
    }
    const copy = join(partial, 'engine')
    await mkdir(copy, { recursive: true, mode: 0o700 })
    for (const folder of ['metadata', 'data']) await copyLinks(join(engineDir, folder), join(copy, folder))
    await copyDefinitions(join(engineDir, 'store'), join(copy, 'store'))
    await moveParts(join(shadow, name, 'store'), join(copy, 'store'), signal)
    await rename(partial, into)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof BinnacleError && error.kind === 'unavailable') throw error
    throw new BinnacleError('engine.snapshot_failed', `create snapshot: ${messageOf(error)}`, {
      kind: 'unavailable',
      cause: error,
    })
  } finally {
    await rm(join(shadow, name), { recursive: true, force: true })
    await rm(partial, { recursive: true, force: true })
  }
}

/** What a Binnacle that was killed in the middle of a snapshot has left: it would keep old parts on the disk for ever. */
async function removeLeftovers(snapshots: string, shadow: string): Promise<void> {
  for (const name of await namesIn(snapshots)) {
    if (name.endsWith(PARTIAL)) await rm(join(snapshots, name), { recursive: true, force: true })
  }
  for (const name of await namesIn(shadow)) {
    if (name.startsWith(FREEZE_PREFIX)) await rm(join(shadow, name), { recursive: true, force: true })
  }
}

/** Folders and symbolic links; the latter are relative, so that they point into the copy. */
async function copyLinks(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else if (entry.isDirectory()) await copyLinks(source, target)
    else if (entry.name.endsWith('.sql')) await copyFile(source, target)
  }
}

async function copyDefinitions(from: string, to: string): Promise<void> {
  for (const group of await namesIn(from)) {
    for (const uuid of await namesIn(join(from, group))) {
      const [source, target] = [join(from, group, uuid), join(to, group, uuid)]
      await mkdir(target, { recursive: true })
      for (const file of await readdir(source, { withFileTypes: true })) {
        if (!file.isFile() || !(file.name.endsWith('.sql') || file.name === 'format_version.txt')) continue
        await copyFile(join(source, file.name), join(target, file.name))
      }
    }
  }
}

async function moveParts(from: string, to: string, signal: AbortSignal): Promise<void> {
  for (const group of await namesIn(from)) {
    for (const uuid of await namesIn(join(from, group))) {
      for (const part of await namesIn(join(from, group, uuid))) {
        if (signal.aborted) throw signal.reason
        await rename(join(from, group, uuid, part), join(to, group, uuid, part))
      }
    }
  }
}

/** None for a folder that is not there. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
