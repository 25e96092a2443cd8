// Vitest's global setup: whole-process tests, the engine host and the query workers run from dist/, so it is brought up
// to date first (`tsc -b` is incremental: a quarter of a second when nothing changed).
// Type errors do not stop the run (tsc writes its output all the same, and `npm test` checks the types on its own);
// they are counted in one line, so that nobody wonders which code ran.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

export function setup() {
  // `npm test` has just built: no second look.
  if (process.env.BINNACLE_BUILT === '1') return
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const run = spawnSync(process.execPath, [tsc, '-b', '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
  if (run.error) throw run.error
  if (run.status === 0) return
  const errors = run.stdout.split('\n').filter((line) => /: error TS\d+:|^error TS\d+:/.test(line))
  if (errors.length === 0) throw new Error(`tsc -b failed (${run.signal ?? run.status}): ${run.stdout}${run.stderr}`)
  console.error(`dist/ was built in spite of ${errors.length} type errors, the first: ${errors[0]}`)
}
