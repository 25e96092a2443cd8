import { expect, test } from 'vitest'
import { type Clock, type Logger, silentLogger, systemClock } from '../../telemetry/index.ts'
import { type CollectorFactory, NoDataError } from './collector.ts'
import { createHostCollector, hostCollectorNames } from './index.ts'
import { linuxCollectors } from './linux/index.ts'
import { parseExposition } from './testkit/exposition.ts'

function recordingLog(): Logger & { lines: string[] } {
  const lines: string[] = []
  const write = (level: string) => (facts: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${level} ${String(facts.collector ?? facts.platform)}: ${message}`)
  }
  const log: Logger & { lines: string[] } = {
    lines,
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: () => log,
  }
  return log
}

const working: CollectorFactory = () => async (out) => out.gauge('node_works', 'Works.').add(1)
const success = (name: string) => `node_scrape_collector_success{collector="${name}"}`

test('a collector that hangs is left after its time, is not called again while it hangs, and comes back', async () => {
  let letGo = () => {}
  let calls = 0
  const hanging: CollectorFactory = () => async (out) => {
    calls++
    out.gauge('node_half', 'Half of it.').add(1)
    if (calls === 1) await new Promise<void>((resolve) => (letGo = resolve))
  }
  // Time is driven: deadlines come when the test says so.
  const waiting: (() => void)[] = []
  const clock: Clock = {
    ...systemClock,
    after: (_ms, fn) => {
      waiting.push(fn)
      return () => {}
    },
  }
  const log = recordingLog()
  const collectors = new Map([
    ['hanging', hanging],
    ['working', working],
  ])
  const host = createHostCollector({}, { clock, log, collectors })
  const first = host.collect(0)
  await systemClock.sleep(10)
  for (const fn of waiting) fn()
  const values = parseExposition(await first).values
  expect([values.get(success('hanging')), values.get(success('working'))]).toEqual([0, 1])
  expect([values.has('node_half'), values.get('node_works')]).toEqual([false, 1])
  expect(parseExposition(await host.collect(0)).values.get(success('hanging'))).toBe(0)
  expect(calls).toBe(1)
  letGo()
  await systemClock.sleep(1)
  expect(parseExposition(await host.collect(0)).values.get(success('hanging'))).toBe(1)
  expect(log.lines).toEqual(['warn hanging: host collector failed', 'info hanging: host collector works again'])
  await host.stop()
})

test('what a collector wrote before it failed counts, and its failure is logged once', async () => {
  const log = recordingLog()
  const failing: CollectorFactory = () => async (out) => {
    out.gauge('node_half', 'Half of it.').add(1)
    throw new Error('disk on fire')
  }
  const absent: CollectorFactory = () => async () => {
    throw new NoDataError('such device')
  }
  const collectors = new Map([
    ['failing', failing],
    ['absent', absent],
  ])
  const host = createHostCollector({}, { clock: systemClock, log, collectors })
  await host.collect(0)
  const { values } = parseExposition(await host.collect(0))
  expect([values.get('node_half'), values.get(success('failing')), values.get(success('absent'))]).toEqual([1, 0, 0])
  expect(log.lines).toEqual(['warn failing: host collector failed', 'debug absent: host collector has nothing'])
  await host.stop()
})

test('two calls at the same time are one reading; after stop the answer is empty', async () => {
  let calls = 0
  const counting: CollectorFactory = () => async () => {
    calls++
    await systemClock.sleep(5)
  }
  const host = createHostCollector(
    {},
    { clock: systemClock, log: silentLogger, collectors: new Map([['counting', counting]]) },
  )
  const [a, b] = await Promise.all([host.collect(0), host.collect(0)])
  expect(a).toBe(b)
  expect(calls).toBe(1)
  await host.stop()
  await host.stop()
  expect(await host.collect(0)).toBe('')
})

test('of a family that two collectors give, the first one counts', async () => {
  const second: CollectorFactory = () => async (out) => out.counter('node_works', 'Other help.').add(7)
  const collectors = new Map([
    ['first', working],
    ['second', second],
  ])
  const host = createHostCollector({}, { clock: systemClock, log: silentLogger, collectors })
  const { values, families } = parseExposition(await host.collect(0))
  expect(values.get('node_works')).toBe(1)
  expect(families.get('node_works')).toEqual({ type: 'gauge', help: 'Works.' })
  await host.stop()
})

test('another platform gives what Node knows, and says in one line what is missing', async () => {
  const log = recordingLog()
  const host = createHostCollector({}, { clock: systemClock, log, platform: 'darwin' })
  const { values } = parseExposition(await host.collect(1_800_000_000_500))
  expect(values.get('node_time_seconds')).toBe(1_800_000_000.5)
  expect(values.get('node_memory_total_bytes')).toBeGreaterThan(1e6)
  expect([...values.keys()].some((key) => key.startsWith('node_cpu_seconds_total{cpu="0",mode="idle"}'))).toBe(true)
  expect(log.lines).toHaveLength(1)
  expect(log.lines[0]).toMatch(/^info darwin: .*are not$/)
  await host.stop()
})

test('a collector that is disabled does not run; an unknown name is an error', async () => {
  const host = createHostCollector(
    { families: { cpu: false, arp: true } },
    { clock: systemClock, log: silentLogger, platform: 'linux' },
  )
  const text = await host.collect(0)
  expect(text).not.toContain('node_cpu_seconds_total')
  expect(text).not.toContain('collector="cpu"')
  await host.stop()
  const wrong = () =>
    createHostCollector(
      { families: { cpus: false }, netdev: { device_exclude: '(' } },
      { clock: systemClock, log: silentLogger },
    )
  expect(wrong).toThrow(/collectors\.host\.families\.cpus: .*; collectors\.host\.netdev\.device_exclude: .*RE2/)
  expect([...linuxCollectors.keys()].sort()).toEqual([...hostCollectorNames].sort())
})
