// What does Binnacle alone take while it scrapes 20 hosts of 1,000 series every 15 s: memory and CPU, process by process,
// minute by minute? No browser is open, nothing is asked but /metrics.
// Run: npm run build, then node scripts/bench.mjs bench/system/soak.bench.ts [minutes, default 10] [folder for CPU profiles]

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metricOf } from './http-client.ts'
import { cpuSeconds, memory } from './process-usage.ts'
import { killAll, recipes, sleep, startSystem } from './systems.ts'
import { figure, megabytes, table } from './table.ts'
import { startTargets } from './targets.ts'
import { createWorkload } from './workload.ts'

const minutes = Number(process.argv[2] ?? 10)
const profiles = process.argv[3]
const folder = mkdtempSync(join(tmpdir(), 'binnacle-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killAll()
    process.exit(130)
  })
}

const targets = await startTargets(createWorkload(20, 1000))
const recipe = recipes(process.cwd(), undefined).get('Binnacle')
if (recipe === undefined) throw new Error('no recipe for Binnacle')
const system = await startSystem('Binnacle', recipe, {
  folder,
  scrape: targets.config('Binnacle'),
  ...(profiles === undefined ? {} : { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${profiles}`] }),
})
const rows: string[][] = []
const [watch = 0, engine = 0] = system.pids()
let before = { watch: 0, engine: 0, samples: 0 }
for (let minute = 0; minute <= minutes; minute++) {
  const now = {
    watch: cpuSeconds([watch]),
    engine: cpuSeconds([engine]),
    samples: await metricOf(system.url, 'binnacle_head_samples_appended_total'),
  }
  const all = memory(system.pids())
  rows.push([
    `${minute} min`,
    megabytes(all.aloneBytes),
    megabytes(all.pssBytes),
    megabytes(all.rssBytes),
    megabytes(memory([watch]).rssBytes),
    megabytes(memory([engine]).rssBytes),
    figure(((now.watch - before.watch) / 60) * 100),
    figure(((now.engine - before.engine) / 60) * 100),
    figure((now.samples - before.samples) / 60),
  ])
  console.error(rows.at(-1)?.join('  '))
  before = now
  if (minute < minutes) await sleep(60_000)
}
await system.stop()
targets.close()
const head = [
  'after',
  'alone MB',
  'PSS MB',
  'RSS MB',
  'watch RSS',
  'engine RSS',
  'watch CPU %',
  'engine CPU %',
  'samples/s',
]
console.log(`\nBinnacle ${system.version}, Node ${process.version}, ${new Date().toISOString().slice(0, 16)}\n`)
console.log(table(head, rows))
process.exit(0)
