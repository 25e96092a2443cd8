// Runs one of the examples: its service, a recorder in place of its receivers, and Binnacle with its files.
//   node examples/run.mjs catalytic [--quick] [trouble ...]      everything; --quick: seconds in place of minutes
//   node examples/run.mjs catalytic --stand-ins [trouble ...]    without Binnacle, for `binnacle up` in the example's folder
//   node examples/run.mjs catalytic --environment                variables for that `binnacle up`, as a shell reads them
// Troubles begin at once; `node examples/run.mjs catalytic` alone lists them. Ctrl+C ends everything.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quickly } from './kit/quickly.mjs'
import { startRecorder } from './kit/recorder.mjs'
import { startService } from './kit/service.mjs'

const PORTS = { httpPort: 7171, smtpPort: 7172 }
const BINNACLE_PORT = 7070
const PROGRAM = fileURLToPath(new URL('../packages/server/bin/binnacle.mjs', import.meta.url))

const here = dirname(fileURLToPath(import.meta.url))
const options = process.argv.slice(2).filter((word) => word.startsWith('-'))
const [name, ...begin] = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, 'service.mjs')) && entry.name !== 'kit')
  .map((entry) => entry.name)

const unknown = options.find((option) => !['--quick', '--stand-ins', '--environment'].includes(option))
if (name === undefined || !names.includes(name) || unknown !== undefined)
  fail(
    `${unknown === undefined ? '' : `there is no option ${unknown}\n`}node examples/run.mjs ${names.join('|')} [--quick | --stand-ins | --environment] [trouble ...]`,
  )
const folder = join(here, name)
const { families, troubles, port, environment, changed } = await import(join(folder, 'service.mjs'))
const missing = begin.find((trouble) => !troubles.includes(trouble))
if (missing !== undefined) fail(`there is no trouble "${missing}": ${troubles.join(', ')}`)

if (options.includes('--environment')) {
  for (const [variable, value] of Object.entries(environment(PORTS))) console.log(`export ${variable}='${value}'`)
  process.exit(0)
}

const withBinnacle = !options.includes('--stand-ins')
const taken = []
for (const one of [port, ...Object.values(PORTS), ...(withBinnacle ? [BINNACLE_PORT] : [])]) {
  if (!(await isFree(one))) taken.push(one)
}
if (taken.length > 0)
  fail(
    `port ${taken.join(', ')} of 127.0.0.1 is in use: does another example run, or Binnacle itself? End it and try again.`,
  )

const recorder = await startRecorder({ ...PORTS, tell: print })
const service = await startService({ port, troubles, families, begin, changed })
console.log(`${name}: its service is played on http://127.0.0.1:${port}, its receivers write here what they get`)
console.log(`troubles: ${troubles.join(', ')}`)
console.log(`  curl -X POST http://127.0.0.1:${port}/trouble/${troubles[0]}      begins one, -X DELETE ends it`)

let end = finish
if (withBinnacle) {
  // Of a fresh start each time: what was told in the last run would not be told again so soon.
  const scratch = mkdtempSync(join(tmpdir(), `binnacle-${name}-`))
  const files = options.includes('--quick') ? quickCopy(join(scratch, 'files')) : folder
  const binnacle = spawn(
    process.execPath,
    [PROGRAM, 'up', '--config', join(files, 'binnacle.yml'), '--data', join(scratch, 'data')],
    { cwd: files, stdio: 'inherit', env: { ...environment(PORTS), ...process.env } },
  )
  end = () => binnacle.kill('SIGTERM')
  binnacle.once('exit', async (code) => {
    rmSync(scratch, { recursive: true, force: true })
    await finish(code ?? 0)
  })
}
process.on('SIGINT', () => end())
process.on('SIGTERM', () => end())

async function finish(code = 0) {
  await service.close()
  await recorder.close()
  process.exit(code)
}

function quickCopy(target) {
  cpSync(folder, target, { recursive: true })
  for (const file of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.yml')) continue
    writeFileSync(join(target, file), quickly(readFileSync(join(target, file), 'utf8'), file))
  }
  return target
}

/** One message: when, where, title; its text in lines of their own. */
function print({ at, channel, title, text }) {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  console.log(`${at.slice(11, 19)}  ${channel}  ${title}`)
  for (const line of lines.slice(0, 6)) console.log(`            ${line.trim().slice(0, 160)}`)
}

function isFree(number) {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(number, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
