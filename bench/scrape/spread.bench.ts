// What do scrapes that come together cost the watch, beside scrapes that are spread over the interval (`scrape.spread`)?
// Data: 1,000 targets on addresses of their own (127.0.0.0/8), 20 series each, every 15 s. Binnacle is started with
// `scrape.spread: 100%` and with the default, in turns. Measured are the watch's event-loop delay (as in bench/system:
// windows of some seconds, of which the median one, the median p99 and the worst are shown), and CPU of watch and engine.
// Run: npm run build, then
//   node scripts/bench.mjs bench/scrape/spread.bench.ts [--targets 1000] [--series 20] [--seconds 60] [--rounds 2]
// Takes about 6 minutes.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ask, metricOf } from '../system/http-client.ts'
import { cpuSeconds } from '../system/process-usage.ts'
import { killAll, recipes, sleep, startSystem } from '../system/systems.ts'
import { figure, quantile, table } from '../system/table.ts'

const { values: flags } = parseArgs({
  options: {
    targets: { type: 'string', default: '1000' },
    series: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '2' },
  },
})
const INTERVAL_MS = 15_000
const RESOLUTION_MS = 10
const targetCount = Number(flags.targets)
const seconds = Number(flags.seconds)
const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-scrape-'))
process.on('exit', () => {
  killAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

let served = 0
const server = createServer((_, response) => {
  served++
  const lines = Array.from({ length: Number(flags.series) }, (_, i) => `bench_value{slot="${i}"} ${served + i}\n`)
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  response.end(`# TYPE bench_value gauge\n${lines.join('')}`)
})
await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
const { port } = server.address() as AddressInfo
const addresses = Array.from({ length: targetCount }, (_, i) => `'127.${1 + (i >> 8)}.${i & 255}.1:${port}'`)
const scrape = [
  'global: { scrape_interval: 15s }',
  'scrape_configs:',
  `  - { job_name: bench, static_configs: [{ targets: [${addresses.join(', ')}] }] }`,
  '',
].join('\n')

type Run = { p50: number[]; p99: number[]; max: number[]; cpu: number }
const runs = new Map<string, Run>()
const recipe = recipes(process.cwd(), undefined).get('Binnacle')!
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const spread of ['100%', 'auto']) {
    const home = join(folder, `${round}-${spread}`)
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'binnacle.yml'), `scrape: { spread: ${spread} }\n`)
    const system = await startSystem('Binnacle', recipe, { folder: home, scrape })
    // First contact with all, and the rehearsal of questions.
    await sleep(3 * INTERVAL_MS)
    const run = runs.get(spread) ?? { p50: [], p99: [], max: [], cpu: 0 }
    const before = cpuSeconds(system.pids())
    const scrapesBefore = await metricOf(system.url, 'binnacle_scrapes_total')
    const until = performance.now() + seconds * 1000
    let shown = ''
    while (performance.now() < until) {
      const text = (await ask(`${system.url}/metrics`)).body.toString()
      const read = (what: string) =>
        Number(new RegExp(`^nodejs_eventloop_lag_${what}_seconds (\\S+)`, 'm').exec(text)?.[1]) * 1000 - RESOLUTION_MS
      const now = [read('p50'), read('p99'), read('max')] as const
      if (now.join() !== shown) {
        if (shown !== '') {
          run.p50.push(now[0])
          run.p99.push(now[1])
          run.max.push(now[2])
        }
        shown = now.join()
      }
      await sleep(200)
    }
    run.cpu += (cpuSeconds(system.pids()) - before) / seconds / Number(flags.rounds)
    const scrapes = (await metricOf(system.url, 'binnacle_scrapes_total')) - scrapesBefore
    console.error(`${spread}: ${scrapes} scrapes, ${figure((cpuSeconds(system.pids()) - before) / seconds)} cores`)
    runs.set(spread, run)
    await system.stop()
  }
}
console.log(
  `\n${targetCount} targets of ${flags.series} series every ${INTERVAL_MS / 1000} s, ${flags.rounds} times ${seconds} s each, in turns; Node ${process.version}\n`,
)
console.log(
  table(
    ['scrape.spread', 'event loop p50 (ms)', 'p99, median window', 'p99, worst window', 'longest wait', 'CPU (cores)'],
    Array.from(runs, ([spread, { p50, p99, max, cpu }]) => [
      spread,
      figure(quantile(p50, 0.5)),
      figure(quantile(p99, 0.5)),
      figure(Math.max(...p99)),
      figure(Math.max(...max)),
      figure(cpu),
    ]),
  ),
)
server.close()
server.closeAllConnections()
process.exit(0)
