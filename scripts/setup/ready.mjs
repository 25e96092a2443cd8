import { join } from 'node:path'
import { build, staleBuilds } from './compile.mjs'
import { install, isInstalled } from './install.mjs'
import { takeLock } from './lock.mjs'
import { cacheDir, SetupError } from './place.mjs'
import { stopRunning } from './run.mjs'

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/**
 * Installs and builds what is not up to date; takes no lock and writes nothing when there is nothing to do.
 * `tests`: also what only tests need. `next`: what the user may expect afterwards. Returns what was done, one line each.
 * Throws `SetupError`. A signal ends the set-up and the process; the next run begins where that left off.
 */
export async function bringUpToDate({ tests, next }) {
  if (isInstalled({ tests }) && staleBuilds().length === 0) return []
  const say = (line) => console.error(line)
  let release = () => {}
  const end = (signal) => {
    stopRunning(signal)
    release()
    process.exit(EXIT_CODES[signal])
  }
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, end)
  try {
    release = await takeLock(join(cacheDir, 'setup.lock'), (pid) => {
      say(`Another start (process ${pid}) is installing or building here; waiting for it.`)
    })
    const did = []
    // Looked at again: who held the lock before may have done it all.
    if (!isInstalled({ tests })) did.push(await install({ tests, next, say }))
    const stale = staleBuilds()
    if (stale.length > 0) {
      if (did.length > 0) say(`${did[0]}; building ...`)
      did.push(await build(stale))
    }
    return did
  } finally {
    release()
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, end)
  }
}

/** A failure in words (a bug with its stack), and the exit code 1. */
export function printFailure(error) {
  console.error(error instanceof SetupError ? error.message : error)
  process.exitCode = 1
}
