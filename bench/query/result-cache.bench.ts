// What does the refresh of a dashboard cost with the result cache, and what without? Twenty panels over a real store of
// 20,000 series, refreshed every 15 s; between two refreshes every series gets its next sample. Both ways are taken in
// turns at every refresh, and their answers compared.
// Run: npm run build && node scripts/bench.mjs bench/query/result-cache.bench.ts --data /tmp/bench-20k
//   --data DIR       where the data is, made when it is missing (about 40 s) and kept; required
//   --hosts N        1,000 series each (20); --hours N (6); --refreshes N (20); --workers N (2)
//   --cache BYTES    room of the cache (16 MiB)

import { parseArgs } from 'node:util'
import { cpuSeconds } from '../system/process-usage.ts'
import { questions } from '../system/queries.ts'
import { figure, megabytes, quantile, table } from '../system/table.ts'
import { loadStore } from './store.ts'

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    hosts: { type: 'string', default: '20' },
    hours: { type: 'string', default: '6' },
    refreshes: { type: 'string', default: '20' },
    workers: { type: 'string', default: '2' },
    cache: { type: 'string', default: String(16 << 20) },
  },
})
if (flags.data === undefined) throw new Error('--data DIR is needed')
const PANELS = 20
const never = new AbortController().signal
const store = await loadStore({
  root: process.cwd(),
  dataDir: flags.data,
  hosts: Number(flags.hosts),
  hours: Number(flags.hours),
  workers: Number(flags.workers),
  headMaxBytes: 256 << 20,
  resultCacheBytes: Number(flags.cache),
})
const { querier } = store

const panels = questions(Number(flags.hours))
  .flatMap(({ promql }) => (promql?.range ? [{ query: promql.query, ...promql.range }] : []))
  .slice(0, PANELS)

type Tally = { wallMs: number[]; cpuMs: number[]; samples: number; bytes: number }
const tallies: Record<'with' | 'without', Tally> = {
  with: { wallMs: [], cpuMs: [], samples: 0, bytes: 0 },
  without: { wallMs: [], cpuMs: [], samples: 0, bytes: 0 },
}
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 + (store.enginePid === undefined ? 0 : cpuSeconds([store.enginePid]) * 1000)
}

/** All panels once, one after the other; their answers. */
async function refresh(nowMs: number, noCache: boolean, tally: Tally): Promise<string[]> {
  const from = performance.now()
  const cpu = cpuMs()
  const answers: Uint8Array[][] = []
  for (const { query, seconds, step } of panels) {
    const stepMs = step * 1000
    // As dashboards ask: start and end on multiples of the step.
    const endMs = Math.floor(nowMs / stepMs) * stepMs
    const answer = await querier.range({ query, startMs: endMs - seconds * 1000, endMs, stepMs, noCache }, never)
    const pieces: Uint8Array[] = []
    for await (const piece of answer.dataJson) pieces.push(piece)
    answers.push(pieces)
    tally.samples += answer.stats.samplesRead
    for (const piece of pieces) tally.bytes += piece.length
  }
  tally.cpuMs.push(cpuMs() - cpu)
  tally.wallMs.push(performance.now() - from)
  return answers.map((pieces) => Buffer.concat(pieces).toString())
}

const WARM = 3
const refreshes = Number(flags.refreshes)
for (let i = 0; i < WARM + refreshes; i++) {
  const nowMs = store.step()
  if (i === WARM) {
    for (const tally of Object.values(tallies)) {
      tally.wallMs.length = 0
      tally.cpuMs.length = 0
      tally.samples = 0
      tally.bytes = 0
    }
  }
  const kept = await refresh(nowMs, false, tallies.with)
  const fresh = await refresh(nowMs, true, tallies.without)
  kept.forEach((answer, panel) => {
    if (answer !== fresh[panel]) throw new Error(`answers differ: ${panels[panel]!.query}`)
  })
}
await store.stop()

const row = (title: string, value: (tally: Tally) => number, show = figure) => {
  const [a, b] = [value(tallies.with), value(tallies.without)]
  return [title, show(a), show(b), figure(b / a)]
}
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
console.log(`${panels.length} panels, ${refreshes} refreshes; answers are equal to the byte\n`)
console.log(
  table(
    ['a refresh of all panels', 'with the cache', 'without', 'without / with'],
    [
      row('wall time, median ms', ({ wallMs }) => quantile(wallMs, 0.5)),
      row('CPU of watch, workers and engine, ms', ({ cpuMs }) => sum(cpuMs) / refreshes),
      row('samples read', ({ samples }) => samples / refreshes),
      row('bytes of the answers, MB', ({ bytes }) => bytes / refreshes, megabytes),
    ],
  ),
)
process.exit()
