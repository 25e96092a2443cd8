import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from './place.mjs'

/** What was noted under this name, or an empty object. A stamp that can not be read only means that work is done again. */
export function readStamp(name) {
  try {
    return JSON.parse(readFileSync(join(cacheDir, `${name}.json`), 'utf8'))
  } catch {
    return {}
  }
}

/** Written whole or not at all. */
export function writeStamp(name, value) {
  mkdirSync(cacheDir, { recursive: true })
  const path = join(cacheDir, `${name}.json`)
  writeFileSync(`${path}.new`, JSON.stringify(value))
  renameSync(`${path}.new`, path)
}
