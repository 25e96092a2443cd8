// What does a question cost in the store itself, without HTTP and without other systems beside it? The questions of the
// system benchmark and some that read more, asked of a real store: head, engine and query workers.
// Columns: wall time, CPU of this process (watch and workers) and of the engine, the longest that the event loop waited
// in any run, and in the run where it waited least.
// Run: npm run build && node scripts/bench.mjs bench/query/questions.bench.ts --data /tmp/bench-20k
//   --data DIR    where the data is, made when it is missing (about 40 s for 20k series) and kept; required
//   --hosts N     1,000 series each (20); --hours N (6); --runs N (9); --workers N (2)
//   --beside ROOT another workspace's build, asked in turns with this one, on --beside-data DIR: CPU of both, for a machine
//                 where other things run
//   --only TEXT   questions with that in their name; --profile DIR for CPU profiles of the watch's side

import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cpuSeconds, memory } from '../system/process-usage.ts'
import { questions } from '../system/queries.ts'
import type { Question } from '../system/question.ts'
import { figure, geometricMean, megabytes, quantile, table } from '../system/table.ts'
import { type LoadedStore, loadStore } from './store.ts'

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    hosts: { type: 'string', default: '20' },
    hours: { type: 'string', default: '6' },
    runs: { type: 'string', default: '9' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
    beside: { type: 'string' },
    'beside-data': { type: 'string' },
  },
})
if (flags.data === undefined) throw new Error('--data DIR is needed')
const hours = Number(flags.hours)
const runs = Number(flags.runs)
const never = new AbortController().signal

const MORE: readonly [string, string, number, number][] = [
  ['topk of rates over 30 metrics', 'topk(5, rate({__name__=~"app_requests_.*_total"}[5m]))', hours, 60],
  ['count of everything', 'count({job="bench"})', hours, 300],
  ['stddev by host', 'stddev by (instance) (rate({__name__=~"app_requests_.*_total"}[5m]))', hours, 60],
  ['rate over 30 metrics, 1 h', 'sum by (job) (rate({__name__=~"app_requests_.*_total"}[5m]))', 1, 15],
]

/** The longest that a timer of 1 ms was late until `stop`. */
function watchLoop(): () => number {
  let last = performance.now()
  let longest = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
  }, 1)
  return () => {
    clearInterval(timer)
    return longest
  }
}

type Promql = NonNullable<Question['promql']>

async function ask({ querier, endMs }: LoadedStore, { query, range }: Promql) {
  const asking =
    range === undefined
      ? querier.instant({ query, timeMs: endMs }, never)
      : querier.range({ query, startMs: endMs - range.seconds * 1000, endMs, stepMs: range.step * 1000 }, never)
  const answer = await asking
  // A large one is made while it is read.
  for await (const _ of answer.dataJson);
  return answer
}

const load = (root: string, dataDir: string) =>
  loadStore({
    root,
    dataDir,
    hosts: Number(flags.hosts),
    hours,
    workers: Number(flags.workers),
    headMaxBytes: 256 << 20,
  })
const store = await load('.', flags.data)
const beside =
  flags.beside === undefined ? undefined : await load(flags.beside, flags['beside-data'] ?? `${flags.data}-beside`)
const engineCpuMs = () => (store.enginePid === undefined ? 0 : cpuSeconds([store.enginePid]) * 1000)
const asked: { name: string; promql: Promql }[] = []
for (const { kind, name, promql } of questions(hours)) if (promql) asked.push({ name: `${kind}: ${name}`, promql })
for (const [name, query, over, step] of MORE) {
  asked.push({ name: `range: ${name}`, promql: { query, range: { seconds: over * 3600, step } } })
}

/** CPU of this process, median ms a question, of both builds asked in turns. */
async function inTurns(other: LoadedStore): Promise<string> {
  const compared: string[][] = []
  for (const { name, promql } of asked) {
    if (!name.includes(flags.only)) continue
    const cpu: [number[], number[]] = [[], []]
    for (let i = -4; i < runs; i++) {
      for (const [at, one] of [store, other].entries()) {
        const before = process.cpuUsage()
        await ask(one, promql)
        const { user, system } = process.cpuUsage(before)
        if (i >= 0) cpu[at]!.push((user + system) / 1000)
      }
    }
    const [ours, theirs] = cpu.map((times) => quantile(times, 0.5)) as [number, number]
    compared.push([name, figure(ours), figure(theirs), figure(ours / theirs)])
  }
  return table(['CPU ms, median', 'here', 'beside', 'ratio'], compared)
}

if (beside !== undefined) {
  console.log(await inTurns(beside))
  await beside.stop()
  await store.stop()
  process.exit()
}

const session = flags.profile === undefined ? undefined : new Session()
session?.connect()
session?.post('Profiler.enable')
session?.post('Profiler.start')
const rows: string[][] = []
const walls = new Map<string, number[]>()
for (const { name, promql } of asked) {
  if (!name.includes(flags.only)) continue
  // The first questions start threads, compile code and fill caches.
  for (let i = 0; i < 4; i++) await ask(store, promql)
  const wall: number[] = []
  const loop: number[] = []
  const before = process.cpuUsage()
  const engineBefore = engineCpuMs()
  let read = ''
  for (let i = 0; i < runs; i++) {
    const longest = watchLoop()
    const from = performance.now()
    const answer = await ask(store, promql)
    wall.push(performance.now() - from)
    loop.push(longest())
    read = `${answer.stats.seriesRead} x ${Math.round(answer.stats.samplesRead / Math.max(1, answer.stats.seriesRead))}`
  }
  const { user, system } = process.cpuUsage(before)
  const engine = engineCpuMs() - engineBefore
  const median = quantile(wall, 0.5)
  const kind = name.slice(0, name.indexOf(':'))
  walls.set(kind, [...(walls.get(kind) ?? []), median])
  rows.push([
    name,
    read,
    figure(median),
    figure(Math.min(...wall)),
    figure((user + system) / 1000 / runs),
    figure(engine / runs),
    figure(Math.max(...loop)),
    figure(Math.min(...loop)),
  ])
}
if (session !== undefined) {
  session.post('Profiler.stop', (_, { profile }) =>
    writeFileSync(join(flags.profile!, 'watch.cpuprofile'), JSON.stringify(profile)),
  )
}
console.log(
  table(['', 'series x samples', 'median ms', 'best ms', 'CPU ms', 'engine CPU ms', 'loop ms', 'loop best'], rows),
)
for (const [kind, medians] of walls)
  console.log(`${kind}: geometric mean of medians ${figure(geometricMean(medians))} ms`)
console.log(`PSS of this process ${megabytes(memory([process.pid]).pssBytes)} MB`)
await store.stop()
