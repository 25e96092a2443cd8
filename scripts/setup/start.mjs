import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, SetupError } from './place.mjs'
import { bringUpToDate, printFailure } from './ready.mjs'

/**
 * Becomes `binnacle` with these arguments once everything is in place: same process, so that signals, the terminal and
 * the exit code are the program's own.
 */
export async function start(args) {
  const parent = process.ppid
  try {
    await bringUpToDate({ tests: false, next: 'Binnacle starts by itself afterwards.' })
    const program = join(root, 'packages/server/bin/binnacle.mjs')
    if (!existsSync(program)) throw new SetupError(`${program} is missing: this clone is not complete (git status)`)
    // The program ends when its parent does; one that has gone during the set-up it could not notice.
    if (process.ppid !== parent) throw new SetupError('whoever ran npm start has gone; not starting')
    process.argv = [process.execPath, program, ...args]
    await import(pathToFileURL(program).href)
  } catch (error) {
    printFailure(error)
  }
}
