// Dependencies. What is needed is in package-lock.json; what is there is in node_modules/.package-lock.json, which npm
// writes last, after all files lie in place. They are compared only when a stamp does not already say that they agree.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cacheDir, root, SetupError } from './place.mjs'
import { run } from './run.mjs'
import { readStamp, writeStamp } from './stamp.mjs'

const lockFile = join(root, 'package-lock.json')
const installedFile = join(root, 'node_modules', '.package-lock.json')
const SAY_EVERY_MS = 15_000

/** True when nothing has to be installed. `tests`: also what only tests need. Costs a millisecond when the stamp holds. */
export function isInstalled({ tests }) {
  const now = marks()
  if (now.installed === '') return false
  const stamp = readStamp('install')
  if (stamp.lock === now.lock && stamp.installed === now.installed && stamp.platform === now.platform) {
    if (stamp.tests || !tests) return true
  }
  const { missing, hasTests } = compare()
  if (missing.filter((one) => tests || !one.test).length > 0) return false
  writeStamp('install', { ...now, tests: tests || (hasTests && missing.length === 0) })
  return true
}

/**
 * Installs what is missing; `say` gets lines for the user. Never takes away what tests need when it is there.
 * Throws `SetupError` when npm fails.
 */
export async function install({ tests, next, say }) {
  const fresh = !existsSync(installedFile)
  const before = compare()
  const all = tests || before.hasTests
  const wanted = before.missing.filter((one) => all || !one.test)
  if (fresh) {
    say(`First run: npm installs ${wanted.length} packages (the engine alone is 640 MB installed), once. ${next}`)
  } else say(`npm installs ${wanted.length} packages that are new or needed now. ${next}`)

  const began = Date.now()
  const progress = setInterval(
    () => say(`  still installing, ${Math.round((Date.now() - began) / 1000)} s ...`),
    SAY_EVERY_MS,
  )
  // Not `npm ci`: it begins by removing node_modules, under the feet of whoever runs from it, and it refuses a lock file
  // that lacks packages of other platforms, as npm writes it where a registry does not serve those. `install` takes the
  // locked versions too, and what it did is compared with the lock file below.
  // No dependency has a script that does anything at installation, so none is run.
  const args = ['install', '--no-save', all ? '--include=dev' : '--omit=dev', '--include=optional']
  args.push('--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--no-progress', '--loglevel=warn')
  const { code, output } = await runNpm(args).finally(() => clearInterval(progress))

  mkdirSync(cacheDir, { recursive: true })
  const log = join(cacheDir, 'install.log')
  writeFileSync(log, `npm ${args.join(' ')}\n${output}`)
  const after = compare()
  const optional = after.missing.filter((one) => one.optional && (all || !one.test))
  const lacking = after.missing.filter((one) => !one.optional && (all || !one.test))
  if (code !== 0 || lacking.length > 0) {
    const errors = output.split('\n').filter((line) => line.startsWith('npm error') && line.trim() !== 'npm error')
    const why = errors.slice(0, 3).map((line) => `  ${line.replace(/^npm error /, '')}`)
    if (code === 0) why.push(`  npm reported success, but ${lacking[0].path} is not there`)
    throw new SetupError(
      [
        `npm could not install the dependencies (exit code ${code}).`,
        ...why,
        `  Everything npm said: ${log}`,
        '  Installing needs the npm registry; once done, Binnacle starts without it. Run the same command again to retry.',
      ].join('\n'),
    )
  }
  // npm drops an optional package that it can not fetch without a word.
  for (const { path } of optional) say(`  left out by npm: ${path} (see ${log})`)
  if (optional.some(({ path }) => path.includes('chdb'))) {
    say('  Without the embedded engine Binnacle needs engine.url, the address of a ClickHouse server.')
  }
  writeStamp('install', { ...marks(), tests: all })
  return `dependencies installed in ${Math.round((Date.now() - began) / 1000)} s`
}

function marks() {
  const stat = statSync(installedFile, { throwIfNoEntry: false })
  return {
    lock: createHash('sha256').update(readFileSync(lockFile)).digest('base64url'),
    installed: stat === undefined ? '' : `${stat.size}:${stat.mtimeMs}`,
    platform: `${process.platform}-${process.arch}`,
  }
}

/** Packages of the lock file that are not installed in that version, and whether any that only tests need is. */
function compare() {
  const locked = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  const installed = existsSync(installedFile) ? JSON.parse(readFileSync(installedFile, 'utf8')).packages : {}
  const askedFor = new Set(Object.values(locked).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})))
  const missing = []
  let hasTests = false
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue
    const there = installed[path]
    const test = entry.dev === true || entry.devOptional === true
    if (there !== undefined && there.version === entry.version && there.integrity === entry.integrity) {
      if (entry.dev === true) hasTests = true
      continue
    }
    const optional = entry.optional === true || entry.devOptional === true
    // Of the optional ones only those count that are made for this machine; the rest hangs on others that are not.
    if (optional && !(fitsHere(entry) && askedFor.has(path.replace(/^.*node_modules\//, '')))) continue
    missing.push({ path, test, optional })
  }
  return { missing, hasTests }
}

function fitsHere({ os, cpu, libc }) {
  const fits = (list, own) => list === undefined || list.includes(own)
  return (
    fits(os, process.platform) &&
    fits(cpu, process.arch) &&
    (libc === undefined || fits(libc, process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'))
  )
}

/** npm as it started us, else the one beside this Node, else the one on the path. */
function runNpm(args) {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const cli = [process.env.npm_execpath, beside].find(
    (path) => path !== undefined && basename(path) === 'npm-cli.js' && existsSync(path),
  )
  const env = { ...process.env }
  // What `npm start --omit=...` or production environments ask for would win over our own flags.
  for (const name of ['NODE_ENV', 'npm_config_omit', 'npm_config_include', 'npm_config_production']) delete env[name]
  return cli === undefined
    ? run('npm', args, { cwd: root, env, shell: process.platform === 'win32' })
    : run(process.execPath, [cli, ...args], { cwd: root, env })
}
