// Runs one of the examples: its service, a recorder in place of its receivers, and Binnacle with its files.
//   node examples/run.mjs catalytic [trouble ...]
// Troubles begin at once; `node examples/run.mjs catalytic` alone lists them. Ctrl+C ends everything.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRecorder } from './kit/recorder.mjs'
import { startService } from './kit/service.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const [name, ...begin] = process.argv.slice(2)
const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, 'service.mjs')) && entry.name !== 'kit')
  .map((entry) => entry.name)

if (name === undefined || !names.includes(name)) {
  console.error(`node examples/run.mjs ${names.join('|')} [trouble ...]`)
  process.exit(1)
}
const folder = join(here, name)
const { families, troubles, port, environment, changed } = await import(join(folder, 'service.mjs'))
for (const trouble of begin) {
  if (troubles.includes(trouble)) continue
  console.error(`there is no trouble "${trouble}": ${troubles.join(', ')}`)
  process.exit(1)
}

const recorder = await startRecorder({
  httpPort: 7171,
  smtpPort: 7172,
  tell: ({ at, channel, title, text }) =>
    console.log(
      `${at.slice(11, 19)}  ${channel}  ${title}${text === '' ? '' : `  |  ${text.replace(/\s+/g, ' ').slice(0, 160)}`}`,
    ),
})
const service = await startService({ port, troubles, families, begin, changed })
console.log(`service on http://127.0.0.1:${service.port}/metrics, its receivers are played by this terminal`)
console.log(`troubles: ${troubles.join(', ')}`)
console.log(`  curl -X POST http://127.0.0.1:${service.port}/trouble/${troubles[0]}     (DELETE ends it)`)

const binnacle = spawn(
  process.execPath,
  [join(here, '../packages/server/bin/binnacle.mjs'), 'up', '--config', join(folder, 'binnacle.yml')],
  { cwd: folder, stdio: 'inherit', env: { ...environment(recorder), ...process.env } },
)
const end = () => binnacle.kill('SIGTERM')
process.on('SIGINT', end)
process.on('SIGTERM', end)
binnacle.once('exit', async (code) => {
  await service.close()
  await recorder.close()
  process.exit(code ?? 0)
})
