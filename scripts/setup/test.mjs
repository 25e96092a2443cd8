import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, root } from './place.mjs'
import { bringUpToDate, printFailure } from './ready.mjs'
import { run } from './run.mjs'

const tool = (path) => join(root, 'node_modules', path)
const checks = [
  { name: 'format and lint', args: [tool('@biomejs/biome/bin/biome'), 'check', '.', '--diagnostic-level=error'] },
  { name: 'floors and faces', args: [join(root, 'scripts/floors.mjs')] },
  { name: 'types of tests', args: [tool('typescript/bin/tsc'), '-p', 'tsconfig.tests.json', '--pretty', 'false'] },
  { name: 'types of pages', args: [tool('typescript/bin/tsc'), '-p', 'packages/web', '--pretty', 'false'] },
]

/**
 * Checks and tests; with arguments only Vitest, with those. The last line is `N passed, N failed`, a check counting as
 * one test; the exit code is 0 only when nothing failed and something ran.
 */
export async function test(args) {
  const total = { passed: 0, failed: 0 }
  try {
    await bringUpToDate({ tests: true, next: 'The tests run afterwards.' })
    if (args.length === 0) await runChecks(total)
    await runVitest(args, total)
  } catch (error) {
    printFailure(error)
    total.failed++
  }
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}

async function runChecks(total) {
  const results = await Promise.all(checks.map((check) => run(process.execPath, check.args, { cwd: root })))
  for (const [at, { code, output }] of results.entries()) {
    if (code === 0) total.passed++
    else {
      total.failed++
      console.log(`FAILED ${checks[at].name}\n${output.trimEnd()}\n`)
    }
  }
  const failed = results.filter(({ code }) => code !== 0).length
  console.log(
    `checks (${checks.map(({ name }) => name).join(', ')}): ${failed === 0 ? 'all good' : `${failed} failed`}`,
  )
}

async function runVitest(args, total) {
  const countsFile = join(cacheDir, `test-counts-${process.pid}.json`)
  const reporters = [
    `--reporter=${process.env.CI ? 'default' : 'dot'}`,
    '--reporter=./scripts/setup/count-reporter.mjs',
  ]
  const child = spawn(
    process.execPath,
    [tool('vitest/vitest.mjs'), 'run', '--silent=passed-only', ...reporters, ...args],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, BINNACLE_BUILT: '1', BINNACLE_TEST_COUNTS: countsFile },
    },
  )
  const pass = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, pass)

  if (!existsSync(countsFile)) {
    // Vitest did not come to its end: wrong arguments, no test found, or a crash, which it has told.
    total.failed++
    return
  }
  const counts = JSON.parse(readFileSync(countsFile, 'utf8'))
  rmSync(countsFile)
  total.passed += counts.passed
  total.failed += counts.failed
  // Vitest is red for a reason that no count shows: better one failure too many than a green line.
  if (code !== 0 && counts.failed === 0) total.failed++
  tellSkipped(counts.skipped)
}

/** Why tests were skipped: their titles name the variable whose absence is the reason. */
function tellSkipped(skipped) {
  const rest = new Set(skipped)
  for (const [name, what] of [
    ['JUDGES_DIR', 'the servers that Binnacle is compared with'],
    ['CONFORMANCE_DIR', "Prometheus's acceptance files"],
  ]) {
    const hit = skipped.filter((title) => title.includes(name))
    for (const title of hit) rest.delete(title)
    if (hit.length > 0) console.log(`${name} (${what}): ${hit.length} tests skipped; .ci/run brings it`)
    else if (!process.env[name]) console.log(`${name} is not set (${what})`)
  }
  if (rest.size > 0) console.log(`${rest.size} tests skipped for other reasons:\n  ${[...rest].join('\n  ')}`)
}
