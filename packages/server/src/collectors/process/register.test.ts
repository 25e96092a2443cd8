import { spawn } from 'node:child_process'
import { collectDefaultMetrics, Registry as PromRegistry } from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import { type Clock, createRegistry, systemClock } from '../../telemetry/index.ts'
import { type BinnacleProcess, registerProcessMetrics } from './index.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function start(processes: () => BinnacleProcess[] = () => [], clock: Clock = systemClock) {
  const registry = createRegistry()
  const { stop } = registerProcessMetrics(registry, { clock, processes })
  stops.push(stop)
  const read = () =>
    new Map(
      registry
        .collect()
        .flatMap(({ name, lines }) =>
          lines.map(({ labels, value, suffix }) => [[name + suffix, ...labels].join(' '), value] as const),
        ),
    )
  return { registry, read }
}

test('every default metric of prom-client is there with its name, type, help and labels', async () => {
  const theirs = new PromRegistry()
  collectDefaultMetrics({ register: theirs })
  const families = (await theirs.getMetricsAsJSON()).map(({ name, help, type }) => ({ name, help, type: String(type) }))
  const { registry } = start()
  const mine = new Map(registry.collect().map((family) => [family.name, family]))
  expect(families.length).toBeGreaterThan(25)
  expect(families).toEqual(
    families.map(({ name }) => ({ name, help: mine.get(name)?.help, type: mine.get(name)?.type })),
  )
  const labelNames = (text: string) => [
    ...new Set(
      [...text.matchAll(/^(\w+)\{([^}]*)\}/gm)].map(
        ([, name, labels]) => `${name} ${labels!.replace(/="[^"]*"/g, '')}`,
      ),
    ),
  ]
  const promText = labelNames(await theirs.metrics()).filter((line) => !line.startsWith('nodejs_gc'))
  expect(labelNames(registry.render('text'))).toEqual(expect.arrayContaining(promText))
})

test('CPU, memory and open files of this process are what the operating system says', () => {
  const { read } = start()
  const values = read()
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(10e6)
  expect(values.get('process_cpu_seconds_total')).toBeCloseTo(
    values.get('process_cpu_user_seconds_total')! + values.get('process_cpu_system_seconds_total')!,
    1,
  )
  expect(Math.abs(values.get('process_start_time_seconds')! - (Date.now() / 1000 - process.uptime()))).toBeLessThan(2)
  if (process.platform !== 'linux') return
  expect(values.get('process_open_fds')).toBeGreaterThan(2)
  expect(values.get('process_max_fds')).toBeGreaterThan(values.get('process_open_fds')!)
  expect(values.get('process_virtual_memory_bytes')).toBeGreaterThan(values.get('process_resident_memory_bytes')!)
})

test('a blocked event loop shows in the lag, and is forgotten when its window has passed', async () => {
  let nowMs = 0
  const { read } = start(() => [], { ...systemClock, monotonic: () => nowMs })
  await systemClock.sleep(50)
  const until = performance.now() + 300
  while (performance.now() < until);
  await systemClock.sleep(50)
  nowMs = 5000
  expect(read().get('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.2)
  await systemClock.sleep(50)
  nowMs = 6000
  expect(read().get('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.2)
  nowMs = 10_000
  expect(read().get('nodejs_eventloop_lag_max_seconds')).toBeLessThan(0.2)
})

test.skipIf(process.platform !== 'linux')(
  'rss and pss are there per process, are read at most every 15 s, and go with the process (Linux)',
  async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    let reads = 0
    let nowMs = 0
    const { read } = start(
      () => {
        reads++
        return [
          { name: 'watch', pid: process.pid },
          { name: 'engine', pid: child.pid! },
        ]
      },
      { ...systemClock, monotonic: () => nowMs },
    )
    const key = (name: string, kind: string) => `binnacle_process_memory_bytes process ${name} kind ${kind}`
    await expect.poll(() => read().get(key('engine', 'rss'))).toBeGreaterThan(1e6)
    const rss = read().get(key('watch', 'rss'))!
    expect(read().get(key('watch', 'pss'))).toBeGreaterThan(1e6)
    expect(read().get(key('watch', 'pss'))).toBeLessThanOrEqual(rss)
    nowMs = 14_999
    read()
    expect(reads).toBe(1)
    child.kill()
    await ended
    nowMs = 15_000
    read()
    expect(reads).toBe(2)
    await expect.poll(() => read().has(key('engine', 'rss'))).toBe(false)
    expect(read().get(key('watch', 'rss'))).toBeGreaterThan(1e6)
  },
)

test('a collection of garbage is counted by its kind', async () => {
  const { read } = start()
  for (let i = 0; i < 200; i++) Array.from({ length: 20_000 }, (_, k) => ({ k }))
  await expect.poll(() => read().get('nodejs_gc_duration_seconds_count kind minor') ?? 0).toBeGreaterThan(0)
})
