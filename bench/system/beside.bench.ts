// Binnacle beside Prometheus and VictoriaMetrics: what taking in, keeping and asking cost, on one machine, in one run.
// Data: workload.ts, 20 hosts of 1,000 series, 6 h at 15 s by remote write (28.8 M samples), then scraped live; every
// system scrapes the same pages at the same interval, all three at once. Each runs with its defaults; Binnacle's own
// collectors (host, process) stay on and count into its figures, as samples too.
// Questions: queries.ts, asked in turns until each was asked often enough or took its share of the time; the goals that
// Binnacle is held to beside Prometheus stand at the end of their table.
// Prometheus and VictoriaMetrics are looked for below $JUDGES_DIR/root/usr/bin; what is missing is left out with a line.
// Run: npm run build, then
//   JUDGES_DIR=... node scripts/bench.mjs bench/system/beside.bench.ts [--quick] [--hours 6] [--live SECONDS]
//     [--hosts 20] [--series 1000] [--only NAME,NAME] [--json FILE] [--profile DIR]
// Takes about 15 minutes, with --quick 4 (one hour of data, half a minute of scraping), with --hosts 100 (100,000 series,
// 144 M samples) 25. Nothing leaves 127.0.0.1.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type LoopDelay, loopDelayWhile } from './event-loop.ts'
import { missedGoals } from './goals.ts'
import { ask, askForm, metricOf } from './http-client.ts'
import { cpuSeconds, type Memory, memory, rssBytes } from './process-usage.ts'
import { HEAVIEST, questions, tenHeavy } from './queries.ts'
import { samplesRead } from './question.ts'
import { differenceOf } from './same-answer.ts'
import {
  blockFacts,
  directoryBytes,
  killAll,
  recipes,
  type StartOptions,
  type System,
  type SystemName,
  sleep,
  startSystem,
} from './systems.ts'
import { figure, geometricMean, megabytes, quantile, table } from './table.ts'
import { startTargets } from './targets.ts'
import { createWorkload, INTERVAL_MS } from './workload.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    hours: { type: 'string' },
    live: { type: 'string' },
    hosts: { type: 'string', default: '20' },
    series: { type: 'string', default: '1000' },
    only: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
})
const { quick } = flags
const hours = Number(flags.hours ?? (quick ? 1 : 6))
const manyHosts = Number(flags.hosts) > 50
const liveSeconds = Number(flags.live ?? (quick ? 30 : manyHosts ? 60 : 180))
const settleSeconds = quick ? 20 : 75
const repeats = quick ? { instant: 10, range: 4, labels: 10 } : { instant: 40, range: 9, labels: 40 }
/** Rounds that are not timed: compilers at run time and caches of the system below are then where they stay. */
const warmUp = quick ? 3 : 6
/** How often all small questions are asked before the first is timed: what a server that has just started takes is told apart. */
const firstRounds = quick ? 5 : 20
/** A question is asked no more when all its rounds together took so long; the least of rounds is asked always. */
const roundsMs = quick ? 1_500 : 12_000
const LEAST_ROUNDS = 3
/** Bodies of remote write that are under way to one system at a time. */
const LOAD_WIDTH = 4
const root = process.cwd()
const judges = process.env.JUDGES_DIR
const began = performance.now()

const note = (text: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`)
const print = (title: string, text: string) => console.log(`\n${title}\n\n${text}`)

if (!existsSync(join(root, 'packages/server/dist/cli/main.js'))) {
  console.error('nothing is built: run `npm run build` first, and this in the top folder')
  process.exit(2)
}
const known = recipes(root, judges)
const wanted: SystemName[] = ['Binnacle', 'Prometheus', 'VictoriaMetrics']
for (const name of wanted)
  if (!known.has(name)) console.log(`${name} is left out: not found below $JUDGES_DIR/root/usr/bin`)
const names = wanted.filter((name) => known.has(name) && (flags.only ?? name).includes(name))

const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-'))
const forget = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
process.on('exit', forget)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killAll()
    process.exit(130)
  })
}

const APPENDED: Record<SystemName, readonly [string, string]> = {
  Binnacle: ['binnacle_head_samples_appended_total', ''],
  Prometheus: ['prometheus_tsdb_head_samples_appended_total', ''],
  VictoriaMetrics: ['vm_rows_inserted_total', 'type="promscrape"'],
}

type Result = {
  version: string
  freshStartMs: number[]
  loadSeconds: number
  loadCpu: number
  diskBytes: number
  diskSamples: number
  directoryBytes: number
  startMs: number
  firstAnswerMs: number
  liveSamples: number
  liveCpu: number
  liveSeconds: number
  memory: Memory
  visibleMs: number[]
  heavyRss: number
  heavyRuns: number
  memoryAfter: Memory
  latency: Map<string, number[]>
  /** Of small questions, right after the start. */
  firstLatency: Map<string, number[]>
  differs: string[]
  tenRss: number
  tenSeconds: number
  tenRefused: number
}
const results = new Map<SystemName, Result>()
const of = (name: SystemName) => {
  let result = results.get(name)
  if (result === undefined) {
    const none = { rssBytes: Number.NaN, pssBytes: Number.NaN, aloneBytes: Number.NaN }
    result = {
      ...{ version: '?', freshStartMs: [], loadSeconds: 0, loadCpu: 0, diskBytes: Number.NaN, diskSamples: Number.NaN },
      ...{ directoryBytes: Number.NaN, startMs: Number.NaN, firstAnswerMs: Number.NaN, liveSamples: Number.NaN },
      ...{ liveCpu: Number.NaN, liveSeconds: Number.NaN, memory: none, visibleMs: [] },
      ...{ heavyRss: Number.NaN, heavyRuns: 0, memoryAfter: none },
      ...{ firstLatency: new Map<string, number[]>(), latency: new Map<string, number[]>(), differs: [] },
      ...{ tenRss: Number.NaN, tenSeconds: Number.NaN, tenRefused: 0 },
    }
    results.set(name, result)
  }
  return result
}
const delays: [string, LoopDelay][] = []
/** Samples that Binnacle reads for a question. */
const samplesOf = new Map<string, number>()

const start = (name: SystemName, options: StartOptions) => startSystem(name, known.get(name)!, options)
const profile = (name: SystemName) =>
  flags.profile !== undefined && name === 'Binnacle'
    ? { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`] }
    : {}

const workload = createWorkload(Number(flags.hosts), Number(flags.series))
const seriesText = `${Math.round(workload.seriesCount / 1000)}k`
const steps = Math.round((hours * 3_600_000) / INTERVAL_MS)
const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS
const fromMs = endMs - (steps - 1) * INTERVAL_MS
const total = workload.seriesCount * steps

try {
  await freshStarts()
  await loadAndSettle()
  const targets = await startTargets(workload)
  const systems = await startWithData(targets)
  await live(systems)
  await visibility(systems, targets)
  await askFirst(systems)
  await askQuestions(systems)
  await cutWhileScraping(systems)
  await tenAtOnce(systems)
  await heavy(systems)
  for (const system of systems) await system.stop()
  targets.close()
  report()
} finally {
  killAll()
}

/** Time from spawning to ready, in an empty folder. */
async function freshStarts(): Promise<void> {
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const name of names) {
      const system = await start(name, { folder: join(folder, `fresh-${round}-${name}`) })
      of(name).freshStartMs.push(system.readyMs)
      of(name).version = system.version
      await system.stop()
    }
  }
  note(`fresh starts: ${names.map((name) => `${name} ${figure(quantile(of(name).freshStartMs, 0.5))} ms`).join(', ')}`)
}

/** The past by remote write, the same bodies to each in turn; then what it takes on disk once everything is settled. */
async function loadAndSettle(): Promise<void> {
  const systems: System[] = []
  for (const name of names) systems.push(await start(name, { folder: join(folder, name) }))
  const before = systems.map((system) => cpuSeconds(system.pids()))
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  }
  // Half an hour at a time: Prometheus takes nothing that is an hour older than the newest it has.
  for (let at = 0; at < steps; at += 120) {
    const bodies: Buffer[] = []
    await workload.past(fromMs + at * INTERVAL_MS, Math.min(120, steps - at), async (body) => {
      bodies.push(body)
    })
    for (const system of systems) {
      const from = performance.now()
      let next = 0
      const sendOn = async (): Promise<void> => {
        while (next < bodies.length) {
          const body = bodies[next++]!
          const answer = await ask(`${system.url}/api/v1/write`, { method: 'POST', body, headers })
          // A system that has enough for the moment is asked again, as any sender does.
          if (answer.status === 429 || answer.status === 503) {
            bodies.push(body)
            await sleep(500)
          } else if (answer.status >= 300) throw new Error(`${system.name}: ${answer.status} ${answer.body}`)
        }
      }
      await Promise.all(Array.from({ length: LOAD_WIDTH }, sendOn))
      of(system.name).loadSeconds += (performance.now() - from) / 1000
    }
    note(`${(((at + 120) / steps) * 100).toFixed(0)} % loaded`)
  }
  systems.forEach((system, i) => {
    of(system.name).loadCpu = cpuSeconds(system.pids()) - before[i]!
  })
  note(`${(total / 1e6).toFixed(1)} M samples loaded`)
  for (const system of systems) {
    await settle(system)
    note(`${system.name}: ${figure(of(system.name).diskBytes / of(system.name).diskSamples)} bytes a sample`)
  }
  for (const system of systems) {
    await system.stop()
    of(system.name).directoryBytes = directoryBytes(join(system.folder, 'data'))
  }
}

async function settle(system: System): Promise<void> {
  const result = of(system.name)
  const data = join(system.folder, 'data')
  if (system.name === 'Binnacle') {
    const { delay } = await loopDelayWhile(system.url, () => mustAsk(`${system.url}/api/v1/admin/storage/cut`, 'POST'))
    delays.push([`cutting ${(total / 1e6).toFixed(1)} M samples that remote write brought`, delay])
    const answer = await mustAsk(`${system.url}/api/v1/admin/storage`, 'GET')
    const { data: facts } = JSON.parse(answer.toString()) as {
      data: { tables: { name: string; bytes: number }[]; samples: number }
    }
    result.diskBytes = facts.tables.reduce((sum, { bytes }) => sum + bytes, 0)
    result.diskSamples = facts.samples
  } else if (system.name === 'Prometheus') {
    // A snapshot writes the open head as a block too.
    const answer = await mustAsk(`${system.url}/api/v1/admin/tsdb/snapshot`, 'POST')
    const { data: made } = JSON.parse(answer.toString()) as { data: { name: string } }
    const facts = blockFacts(join(data, 'snapshots', made.name))
    result.diskBytes = facts.bytes
    result.diskSamples = facts.samples
    rmSync(join(data, 'snapshots'), { recursive: true })
  } else {
    await mustAsk(`${system.url}/internal/force_flush`, 'GET')
    await mustAsk(`${system.url}/internal/force_merge`, 'GET')
    const until = performance.now() + 300_000
    do await sleep(500)
    while (performance.now() < until && (await metricOf(system.url, 'vm_active_force_merges')) > 0)
    await sleep(2000)
    result.diskBytes = directoryBytes(join(data, 'data')) + directoryBytes(join(data, 'indexdb'))
    result.diskSamples = total
  }
}

async function mustAsk(url: string, method: string): Promise<Buffer> {
  const answer = await ask(url, { method })
  if (answer.status >= 300)
    throw new Error(`${method} ${url}: ${answer.status} ${answer.body.toString().slice(0, 500)}`)
  return answer.body
}

/** Starts all on their data and with something to scrape; one after the other, so that none disturbs the other. */
async function startWithData(targets: Awaited<ReturnType<typeof startTargets>>): Promise<System[]> {
  const systems: System[] = []
  const question = questions(hours)[1]!
  for (const name of names) {
    const from = performance.now()
    const options = { folder: join(folder, name), scrape: targets.config(name), ...profile(name) }
    const system = await start(name, options)
    systems.push(system)
    of(name).startMs = system.readyMs
    const until = performance.now() + 60_000
    for (;;) {
      const { body } = await question.run(system, endMs)
      if (body.includes('host-01') || performance.now() > until) break
      await sleep(10)
    }
    of(name).firstAnswerMs = performance.now() - from
    note(`${name} is ready on its data after ${figure(system.readyMs)} ms`)
  }
  return systems
}

/** What scraping alone costs. */
async function live(systems: readonly System[]): Promise<void> {
  await sleep(quick ? 10_000 : 30_000)
  const samples = async (system: System) => {
    const [metric, part] = APPENDED[system.name]
    return metricOf(system.url, metric, part)
  }
  const before = await Promise.all(
    systems.map(async (system) => ({ cpu: cpuSeconds(system.pids()), samples: await samples(system) })),
  )
  const from = performance.now()
  const binnacle = systems.find(({ name }) => name === 'Binnacle')
  const wait = () => sleep(liveSeconds * 1000)
  if (binnacle) delays.push([`scraping ${seriesText} series`, (await loopDelayWhile(binnacle.url, wait)).delay])
  else await wait()
  for (const [i, system] of systems.entries()) {
    const result = of(system.name)
    result.liveCpu = cpuSeconds(system.pids()) - before[i]!.cpu
    result.liveSeconds = (performance.now() - from) / 1000
    result.liveSamples = (await samples(system)) - before[i]!.samples
  }
  for (const system of systems) of(system.name).memory = memory(system.pids())
  note(`scraped for ${liveSeconds} s`)
}

/** From the answer to a scrape to the first query that shows it, or a newer one. */
async function visibility(
  systems: readonly System[],
  targets: Awaited<ReturnType<typeof startTargets>>,
): Promise<void> {
  for (const system of systems) {
    const { visibleMs } = of(system.name)
    const seen = async () => {
      const answer = await askForm(`${system.url}/api/v1/query`, { query: 'bench_probe', nocache: '1' })
      const { data } = JSON.parse(answer.body.toString()) as { data: { result: { value: [number, string] }[] } }
      return Number(data.result[0]?.value[1] ?? -1)
    }
    let last = await seen()
    const until = performance.now() + (quick ? 8_000 : 16_000)
    for (; performance.now() < until; await sleep(3)) {
      const value = await seen()
      const now = performance.now()
      // Those that were skipped were seen no earlier than this one.
      for (let one = last + 1; one <= value; one++) {
        const served = targets.servedAt(system.name, one)
        if (served !== undefined) visibleMs.push(Math.max(0, now - served))
      }
      last = Math.max(last, value)
    }
    note(`${system.name}: visible after ${figure(quantile(visibleMs, 0.5))} ms`)
  }
}

/**
 * All small questions one after the other, for some rounds, as the first that systems hear after their start. An engine whose
 * code is compiled while it runs answers these more slowly than all later ones.
 */
async function askFirst(systems: readonly System[]): Promise<void> {
  const small = questions(hours).filter(({ kind }) => kind !== 'range')
  for (let round = 0; round < firstRounds; round++) {
    for (const question of small) {
      for (const system of systems) {
        const { ms } = await question.run(system, endMs)
        const { firstLatency } = of(system.name)
        const known = firstLatency.get(question.name)
        if (known === undefined) firstLatency.set(question.name, [ms])
        else known.push(ms)
      }
    }
  }
  note(`${small.length} small questions asked ${firstRounds} times`)
}

/** Each question to each system in turns; the first rounds warm up, and only the very first is compared. Scraping goes on. */
async function askQuestions(systems: readonly System[]): Promise<void> {
  const isReference = ({ name }: System) => name === 'Prometheus'
  const referenceFirst = [...systems.filter(isReference), ...systems.filter((system) => !isReference(system))]
  const binnacle = systems.find(({ name }) => name === 'Binnacle')
  for (const question of questions(hours)) {
    const from = performance.now()
    let timed = 0
    for (let round = 0; timed < repeats[question.kind]; round++) {
      const warm = round >= warmUp || performance.now() - from > roundsMs / 3
      let reference: Buffer | undefined
      // Whoever is asked right after another finds that one's work in the processor's caches: each has each place.
      const shift = round % systems.length
      for (const system of [...referenceFirst.slice(shift), ...referenceFirst.slice(0, shift)]) {
        const answer = await question.run(system, endMs)
        const result = of(system.name)
        if (round === 0) {
          if (answer.status !== 200) result.differs.push(`${question.name}: ${answer.body.toString().slice(0, 200)}`)
          else if (system.name === 'Prometheus') reference = answer.body
          else if (reference && question.comparable) {
            const difference = differenceOf(reference, answer.body, question)
            if (difference !== undefined) result.differs.push(`${question.name} (${difference})`)
          }
        } else if (warm) result.latency.set(question.name, [...(result.latency.get(question.name) ?? []), answer.ms])
      }
      if (round > 0 && warm) timed++
      if (timed >= LEAST_ROUNDS && performance.now() - from > roundsMs) break
    }
    const samples = binnacle && (await samplesRead(binnacle, question, endMs))
    if (samples !== undefined) samplesOf.set(question.name, samples)
  }
  note(`${questions(hours).length} questions asked`)
}

/** Ten different heavy questions at once, twice: how much memory that takes, how long, and whether one is refused. */
async function tenAtOnce(systems: readonly System[]): Promise<void> {
  const ten = tenHeavy(hours)
  for (const system of systems) {
    const result = of(system.name)
    const seconds: number[] = []
    const work = async () => {
      for (let round = 0; round < 2; round++) {
        const from = performance.now()
        const answers = await Promise.all(ten.map((question) => question.run(system, endMs)))
        seconds.push((performance.now() - from) / 1000)
        result.tenRefused += answers.filter(({ status }) => status !== 200).length
      }
    }
    result.tenRss = await mostMemoryWhile(system, 'ten heavy queries at once', work)
    result.tenSeconds = Math.min(...seconds)
    note(`${system.name}: ten heavy queries at once in ${figure(result.tenSeconds)} s`)
  }
}

/** Runs `work` with a system; the most that its processes took meanwhile, bytes. Binnacle's loop delay goes to the table. */
async function mostMemoryWhile(system: System, what: string, work: () => Promise<void>): Promise<number> {
  const pids = system.pids()
  let most = rssBytes(pids)
  const timer = setInterval(() => {
    most = Math.max(most, rssBytes(pids))
  }, 50)
  try {
    if (system.name === 'Binnacle') delays.push([what, (await loopDelayWhile(system.url, work)).delay])
    else await work()
  } finally {
    clearInterval(timer)
  }
  return most
}

/** A cut of the open chunks of all series, as one falls due every two hours. */
async function cutWhileScraping(systems: readonly System[]): Promise<void> {
  const binnacle = systems.find(({ name }) => name === 'Binnacle')
  if (!binnacle) return
  const cut = () => mustAsk(`${binnacle.url}/api/v1/admin/storage/cut`, 'POST')
  delays.push([
    `cutting the open chunks of ${seriesText} series, while scraping`,
    (await loopDelayWhile(binnacle.url, cut)).delay,
  ])
}

/** The heaviest question again and again; what memory it takes, and what is left of it afterwards. */
async function heavy(systems: readonly System[]): Promise<void> {
  const question = HEAVIEST(hours)
  for (const system of systems) {
    const result = of(system.name)
    const work = async () => {
      const until = performance.now() + (quick ? 8_000 : 20_000)
      while (performance.now() < until && result.heavyRuns < 500) {
        await question.run(system, endMs)
        result.heavyRuns++
      }
    }
    result.heavyRss = await mostMemoryWhile(system, 'the heaviest query, again and again', work)
  }
  note(`heavy queries done; memory is read again after ${settleSeconds} s`)
  await sleep(settleSeconds * 1000)
  for (const system of systems) of(system.name).memoryAfter = memory(system.pids())
}

function report(): void {
  const seconds = Math.round((performance.now() - began) / 1000)
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${megabytes(totalmem())} MB, Linux ${release()}, Node ${process.version}`
  console.log(`\n${machine}; ${new Date().toISOString().slice(0, 16)}; ${seconds} s`)
  console.log(names.map((name) => `${name} ${of(name).version}`).join(', '))
  const row = (title: string, value: (result: Result) => number | undefined, show = figure) => [
    title,
    ...names.map((name) => show(value(of(name)))),
  ]
  const p50 = (values: readonly number[]) => quantile(values, 0.5)
  print(
    'Taking in and keeping',
    table(
      ['', ...names],
      [
        row('ready in an empty folder, ms', (r) => p50(r.freshStartMs)),
        row(`ready on ${(total / 1e6).toFixed(1)} M samples, ms`, (r) => r.startMs),
        row('first answer from them, ms after spawning', (r) => r.firstAnswerMs),
        row('remote write: CPU seconds per million samples', (r) => r.loadCpu / (total / 1e6)),
        row('remote write: seconds per million samples', (r) => r.loadSeconds / (total / 1e6)),
        row('bytes a sample on disk, settled', (r) => r.diskBytes / r.diskSamples),
        row('data directory after a stop, MB (logs included)', (r) => r.directoryBytes, megabytes),
        row('scraping: samples taken in a second', (r) => r.liveSamples / r.liveSeconds),
        row('scraping: CPU, % of a core', (r) => (r.liveCpu / r.liveSeconds) * 100),
        row('scraping: CPU seconds per million samples', (r) => r.liveCpu / (r.liveSamples / 1e6)),
        row('scraping: memory as if alone, MB', (r) => r.memory.aloneBytes, megabytes),
        row('scraping: PSS, MB', (r) => r.memory.pssBytes, megabytes),
        row('scraping: RSS, MB', (r) => r.memory.rssBytes, megabytes),
        row('heaviest query, again and again: largest RSS, MB', (r) => r.heavyRss, megabytes),
        row(`${settleSeconds} s later: memory as if alone, MB`, (r) => r.memoryAfter.aloneBytes, megabytes),
        row(`${settleSeconds} s later: PSS, MB`, (r) => r.memoryAfter.pssBytes, megabytes),
        row(`${settleSeconds} s later: RSS, MB`, (r) => r.memoryAfter.rssBytes, megabytes),
        row('ten heavy queries at once: largest RSS, MB', (r) => r.tenRss, megabytes),
        row('ten heavy queries at once: seconds until all are answered', (r) => r.tenSeconds),
        row('ten heavy queries at once: refused, of 20', (r) => r.tenRefused),
        row('served to seen, median ms', (r) => p50(r.visibleMs)),
        row('served to seen, slowest ms', (r) => Math.max(...r.visibleMs)),
      ],
    ),
  )
  const asked = questions(hours)
  const kinds = ['instant', 'range', 'labels'] as const
  print(
    `Questions, median ms of at most ${repeats.instant} (range: ${repeats.range})`,
    table(
      ['', ...names],
      kinds.flatMap((kind) => [
        ...asked
          .filter((question) => question.kind === kind)
          .map(({ name }) => row(`${kind}: ${name}`, (r) => p50(r.latency.get(name) ?? []))),
        row(`**${kind}: geometric mean**`, (r) =>
          geometricMean(asked.filter((one) => one.kind === kind).map(({ name }) => p50(r.latency.get(name) ?? []))),
        ),
        ...(kind === 'range'
          ? []
          : [
              row(`${kind}: geometric mean right after the start`, (r) =>
                geometricMean(
                  asked.filter((one) => one.kind === kind).map(({ name }) => p50(r.firstLatency.get(name) ?? [])),
                ),
              ),
            ]),
      ]),
    ),
  )
  if (names.includes('Binnacle') && names.includes('Prometheus')) {
    const medians = (name: SystemName) =>
      new Map([...of(name).latency].map(([question, values]) => [question, p50(values)]))
    console.log(`\n${missedGoals(asked, samplesOf, medians('Binnacle'), medians('Prometheus'))}`)
  }
  for (const name of names) {
    const { differs } = of(name)
    if (name === 'Binnacle') {
      const verdict = differs.length === 0 ? 'all equal' : `differs in ${differs.join('; ')}`
      console.log(
        `\nAnswers of Binnacle against Prometheus: ${names.includes('Prometheus') ? verdict : 'not compared'}`,
      )
    }
  }
  if (delays.length > 0) {
    print(
      "Event-loop delay of Binnacle's watch, ms (worst window of four seconds; the probe's own 10 ms are taken off)",
      table(
        ['while', 'windows', 'p50', 'p99', 'max'],
        delays.map(([what, { windows, p50Ms, p99Ms, maxMs }]) => [
          what,
          `${windows}`,
          figure(p50Ms),
          figure(p99Ms),
          figure(maxMs),
        ]),
      ),
    )
  }
  const parse = spawnSync(process.execPath, ['scripts/bench.mjs', 'bench/exposition/parse.bench.ts'], { cwd: root })
  print('Exposition (bench/exposition/parse.bench.ts)', parse.stdout.toString())
  if (flags.json !== undefined) {
    const plain = [...results].map(([name, result]) => [
      name,
      {
        ...result,
        firstLatency: Object.fromEntries(result.firstLatency),
        latency: Object.fromEntries(result.latency),
      },
    ])
    const read = Object.fromEntries(samplesOf)
    writeFileSync(
      flags.json,
      `${JSON.stringify({ machine, results: Object.fromEntries(plain), samplesRead: read, delays }, undefined, 1)}\n`,
    )
  }
}
