// Small questions, asked of several Binnacles, Prometheus and VictoriaMetrics in turns: what a change of their way is worth.
// Single figures mean little on a machine that others use; relations of what was asked in the same second do.
// Data and questions are those of beside.bench.ts (instant queries and look-ups of labels), of an hour and a quarter, so that
// the head has all of it; everything is scraped meanwhile. A bare node:http server beside them tells what any answer of Node costs.
// Run: npm run build here and in the other clones, then
//   JUDGES_DIR=... node scripts/bench.mjs bench/system/small.bench.ts [--turns 3] [--kind instant,labels] [--wait 45]
//     [--others Prometheus,VictoriaMetrics] [CLONE[,NODE OPTION ...] ...]
// Without a clone it is this one alone; options of Node behind a comma are given to the watch.

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ask } from './http-client.ts'
import { cpuSeconds, rssBytes } from './process-usage.ts'
import { questions } from './queries.ts'
import type { Question } from './question.ts'
import { killAll, recipes, type System, type SystemName, sleep, startSystem } from './systems.ts'
import { figure, geometricMean, quantile, table } from './table.ts'
import { startTargets } from './targets.ts'
import { createWorkload, INTERVAL_MS } from './workload.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    turns: { type: 'string', default: '3' },
    kind: { type: 'string', default: 'instant,labels' },
    wait: { type: 'string', default: '45' },
    others: { type: 'string', default: 'Prometheus' },
    only: { type: 'string', default: '' },
  },
})
const WARM_UP = 6
const ASKED = 40
const judges = process.env.JUDGES_DIR
const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killAll()
    process.exit(130)
  })
}

type Asked = {
  readonly title: string
  readonly system: System
  readonly ms: Map<Question, number[]>
  readonly cpu: Map<Question, number[]>
}

const BARE = `require('node:http').createServer((q, s) => { let n = 0; q.on('data', (d) => { n += d.length }); q.on('end', () => {
  const b = JSON.stringify({ status: 'success', data: 'x'.repeat(300) }); s.writeHead(200, { 'content-type': 'application/json', 'content-length': b.length }); s.end(b) }) })
  .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

/** ns that a system has computed: of Node the main thread's (others compile and collect), of others all threads'. */
function onCpu({ name, pid }: { name: string; pid: number }): number {
  const tasks = name === 'Binnacle' ? [String(pid)] : readdirSync(`/proc/${pid}/task`)
  let sum = 0
  for (const task of tasks) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread has gone.
    }
  }
  return sum
}

async function startBare(): Promise<Asked> {
  const child = spawn(process.execPath, ['-e', BARE], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => child.kill())
  const port = await new Promise<string>((found) =>
    child.stdout.once('data', (text: Buffer) => found(text.toString().trim())),
  )
  const url = `http://127.0.0.1:${port}`
  const system = {
    name: 'Prometheus' as SystemName,
    version: '',
    url,
    folder: '',
    readyMs: 0,
    pids: () => [child.pid!],
  }
  return {
    title: 'node:http',
    ms: new Map(),
    cpu: new Map(),
    system: { ...system, stop: async () => void child.kill() },
  }
}

const workload = createWorkload(20, 1000)
const steps = 300
const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS
const fromMs = endMs - (steps - 1) * INTERVAL_MS
const clones = positionals.length === 0 ? ['.'] : positionals
const all: Asked[] = []
try {
  const entries = [
    ...flags.others
      .split(',')
      .filter((name) => name !== '')
      .map((name) => ({ title: name, name: name as SystemName, clone: '.', nodeArgs: [] as string[] })),
    ...clones.map((text, at) => {
      const [clone = '.', ...nodeArgs] = text.split(',')
      return { title: String.fromCharCode(65 + at), name: 'Binnacle' as SystemName, clone: resolve(clone), nodeArgs }
    }),
  ]
  const start = async ({ title, name, clone, nodeArgs }: (typeof entries)[number], scrape?: string) => {
    const recipe = recipes(clone, judges).get(name)
    if (recipe === undefined) throw new Error(`${name} is not below $JUDGES_DIR`)
    const options = { folder: join(folder, title), nodeArgs, ...(scrape === undefined ? {} : { scrape }) }
    return {
      title,
      system: await startSystem(name, recipe, options),
      ms: new Map<Question, number[]>(),
      cpu: new Map<Question, number[]>(),
    }
  }
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  }
  const loading: Asked[] = []
  // All Binnacles begin with the same folder: one of them is loaded.
  const first = entries.find(({ name }) => name === 'Binnacle')!
  for (const entry of entries) if (entry.name !== 'Binnacle' || entry === first) loading.push(await start(entry))
  for (let at = 0; at < steps; at += 100) {
    const bodies: Buffer[] = []
    await workload.past(fromMs + at * INTERVAL_MS, Math.min(100, steps - at), async (body) => void bodies.push(body))
    for (const { system } of loading) {
      for (const body of bodies) {
        for (;;) {
          const { status, body: text } = await ask(`${system.url}/api/v1/write`, { method: 'POST', body, headers })
          if (status < 300) break
          if (status !== 429 && status !== 503) throw new Error(`${system.name}: ${status} ${text}`)
          await sleep(200)
        }
      }
    }
  }
  for (const { system } of loading) await system.stop()
  for (const { name, title } of entries)
    if (name === 'Binnacle' && title !== first.title)
      cpSync(join(folder, first.title), join(folder, title), { recursive: true })
  const targets = await startTargets(workload)
  for (const entry of entries) all.push(await start(entry, targets.config(entry.name)))
  all.push(await startBare())
  const pids = new Map(all.map(({ system }) => [system, system.pids()[0]!]))
  console.error('loaded')
  await sleep(Number(flags.wait) * 1000)
  const kinds = flags.kind.split(',')
  const asked = questions(1).filter(({ kind, name }) => kinds.includes(kind) && name.includes(flags.only))
  for (let turn = 0; turn < Number(flags.turns); turn++) {
    for (const question of asked) {
      for (const one of all) {
        if (!one.ms.has(question)) one.ms.set(question, [])
        if (!one.cpu.has(question)) one.cpu.set(question, [])
      }
      for (let round = 0; round < WARM_UP + ASKED; round++) {
        const pending: { one: Asked; question: Question; before: number; timed: boolean }[] = []
        for (let i = 0; i < all.length; i++) {
          const { system, ms } = all[(i + round) % all.length]!
          const before = onCpu({ name: system.name, pid: pids.get(system)! })
          const answer = await question.run(system, endMs)
          if (answer.status !== 200) throw new Error(`${system.name}: ${question.name}: ${answer.body}`)
          if (round >= WARM_UP) ms.get(question)!.push(answer.ms)
          pending.push({ one: all[(i + round) % all.length]!, question, before, timed: round >= WARM_UP })
        }
        await sleep(2)
        for (const { one, before, timed } of pending)
          if (timed)
            one.cpu.get(question)!.push((onCpu({ name: one.system.name, pid: pids.get(one.system)! }) - before) / 1e6)
      }
    }
    console.error(`turn ${turn + 1}`)
  }
  const at =
    (share: number) =>
    ({ ms }: Asked, question: Question) =>
      quantile(ms.get(question)!, share)
  const row = (title: string, of: (one: Asked) => number) => [title, ...all.map((one) => figure(of(one)))]
  const rows: string[][] = []
  for (const kind of kinds) {
    const ofKind = asked.filter((question) => question.kind === kind)
    for (const question of ofKind)
      rows.push(row(`${kind}: CPU, ${question.name}`, (one) => quantile(one.cpu.get(question)!, 0.5)))
    for (const [name, share] of [
      ['median', 0.5],
      ['fastest quarter', 0.25],
    ] as const)
      rows.push(
        row(`**${kind}: CPU, ${name}**`, (one) => geometricMean(ofKind.map((q) => quantile(one.cpu.get(q)!, share)))),
      )
    for (const [name, share] of [
      ['median', 0.5],
      ['fastest quarter', 0.25],
    ] as const)
      rows.push(row(`**${kind}: ${name}**`, (one) => geometricMean(ofKind.map((q) => at(share)(one, q)))))
  }
  rows.push(row('RSS of the process, MB', ({ system }) => rssBytes(system.pids().slice(0, 1)) / 1e6))
  rows.push(row('CPU of the process, s', ({ system }) => cpuSeconds(system.pids().slice(0, 1))))
  console.log(table(['', ...all.map(({ title }) => title)], rows))
  for (const { system } of all) await system.stop()
} finally {
  killAll()
}
process.exit(0)
