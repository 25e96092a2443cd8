import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A short text that changes when a file below one of the paths is added, removed, resized or written. Reads no file's
 * content: 600 files take about 10 ms. Paths that do not exist count as empty; `skip` gets each entry's name.
 */
export function fingerprint(root, paths, skip) {
  const hash = createHash('sha256')
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    if (stat === undefined) return
    if (!stat.isDirectory()) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`)
      return
    }
    for (const name of readdirSync(join(root, path)).sort()) {
      if (!skip(name)) add(join(path, name))
    }
  }
  for (const path of paths) add(path)
  return hash.digest('base64url')
}
