import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRegistry, silentLogger } from '../../../telemetry/index.ts'
import { checkPrometheusConfig } from '../prometheus-config/index.ts'
import { createMemoryStore, type MemoryStoreOptions } from '../testkit/index.ts'
import { createScrapeManager, createScrapePlaces, type ScrapeManagerOptions } from './index.ts'
import { createDrivenClock } from './testkit/driven-clock.ts'

const START = 1_700_000_000_000
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function serve(handle: http.RequestListener): Promise<string> {
  const server = http.createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A target whose page the test writes; `undefined` answers 500. */
async function servePage(first: string | undefined) {
  const state = { page: first, requests: 0, address: '' }
  state.address = await serve((_request, response) => {
    state.requests++
    if (state.page === undefined) return response.writeHead(500).end()
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    return response.end(state.page)
  })
  return state
}

function startManager(options: ScrapeManagerOptions & { store?: MemoryStoreOptions } = {}) {
  const clock = createDrivenClock(START)
  const store = createMemoryStore(options.store)
  const registry = createRegistry()
  const manager = createScrapeManager(
    { store, clock, log: silentLogger, registry },
    { places: createScrapePlaces({ seed: 's' }), ...options },
  )
  manager.start(new AbortController().signal)
  cleanups.push(() => manager.stop())
  const apply = (text: string, file = 'p.yml') => {
    const { config, errors } = checkPrometheusConfig(text, file)
    if (!config) throw errors[0]
    manager.apply(config)
  }
  /** Drives time until `n` scrapes more are over. */
  const scrapes = async (n: number) => {
    const done = () => metric('binnacle_scrapes_total')
    const end = done() + n
    for (let i = 0; done() < end; i++) {
      if (i > 4000) throw new Error('no scrape came')
      await clock.advance(250)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const metric = (name: string, ...labels: string[]) => {
    const family = registry.collect().find((found) => found.name === name)
    const line = family?.lines.find((found) => labels.every((label) => found.labels.includes(label)))
    return line?.value ?? 0
  }
  return { clock, store, manager, apply, scrapes, metric, registry }
}

const job = (address: string, more = '') =>
  `scrape_configs:\n- job_name: j\n  scrape_interval: 5s\n  static_configs: [{targets: ["${address}"]}]\n${more.replace(/^(?=.)/gm, '  ')}\n`

const values = (it: ReturnType<typeof startManager>, series: string) =>
  it.store.samplesOf(series).map(({ value, stale }) => (stale ? 'stale' : value))

test('a scrape stores the samples of the page and what is known of the scrape', async () => {
  const target = await servePage('# TYPE a counter\n# HELP a Things.\na{x="1"} 5\na{x="2"} 6\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(2)
  const own = `instance="${target.address}", job="j"`
  expect(it.store.seriesNames()).toEqual([
    `a{${own}, x="1"}`,
    `a{${own}, x="2"}`,
    `scrape_duration_seconds{${own}}`,
    `scrape_samples_post_metric_relabeling{${own}}`,
    `scrape_samples_scraped{${own}}`,
    `scrape_series_added{${own}}`,
    `up{${own}}`,
  ])
  expect(values(it, `up{${own}}`)).toEqual([1, 1])
  expect(values(it, `scrape_samples_scraped{${own}}`)).toEqual([2, 2])
  expect(values(it, `scrape_series_added{${own}}`)).toEqual([2, 0])
  const [first, second] = it.store.samplesOf(`a{${own}, x="1"}`)
  expect(second!.ts - first!.ts).toBe(5000)
  expect(it.store.samplesOf(`up{${own}}`).map(({ ts }) => ts)).toEqual([first!.ts, second!.ts])
  expect(it.store.metadata.get('a')).toMatchObject({ type: 'counter', help: 'Things.' })
  expect(it.manager.targets().active[0]).toMatchObject({
    scrapePool: 'j',
    scrapeUrl: `http://${target.address}/metrics`,
    labels: ['instance', target.address, 'job', 'j'],
    health: 'up',
    lastError: '',
    lastScrapeMs: second!.ts,
    intervalMs: 5000,
    samplesScraped: 2,
    samplesKept: 2,
    internal: false,
  })
})

test('a series that is no longer on the page goes stale, one that comes back goes on', async () => {
  const target = await servePage('a 1\nb 2\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(1)
  target.page = 'a 1\n'
  await it.scrapes(2)
  target.page = 'a 1\nb 3\n'
  await it.scrapes(1)
  expect(values(it, `b{instance="${target.address}", job="j"}`)).toEqual([2, 'stale', 3])
  expect(values(it, `a{instance="${target.address}", job="j"}`)).toEqual([1, 1, 1, 1])
})

test('a failed scrape marks everything stale once and sets up to 0', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(1)
  target.page = undefined
  await it.scrapes(2)
  expect(it.manager.targets().active[0]).toMatchObject({
    health: 'down',
    lastError: 'server returned HTTP status 500 Internal Server Error',
  })
  target.page = 'a 2\n'
  await it.scrapes(1)
  expect(values(it, `a{instance="${target.address}", job="j"}`)).toEqual([1, 'stale', 2])
  expect(values(it, `up{instance="${target.address}", job="j"}`)).toEqual([1, 0, 0, 1])
  expect(values(it, `scrape_series_added{instance="${target.address}", job="j"}`)).toHaveLength(4)
  expect(it.metric('binnacle_scrape_failures_total', 'http_status')).toBe(2)
  expect(it.manager.targets().active[0]).toMatchObject({ health: 'up', lastError: '' })
})

test.for([
  ['malformed', 'a 1\nb x\n', '', 'line 2, column 3'],
  ['sample_limit', 'a 1\nb 2\nc 3\n', 'sample_limit: 2', 'sample_limit exceeded'],
  ['label_limit', 'a{x="1",y="2"} 1\n', 'label_limit: 4', 'label_limit exceeded'],
  ['label_limit', 'a{long_name="1"} 1\n', 'label_name_length_limit: 8', 'label_name_length_limit exceeded'],
  [
    'label_limit',
    'a{x="a long value of a label"} 1\n',
    'label_value_length_limit: 22',
    'label_value_length_limit exceeded',
  ],
  ['body_size_limit', `a{x="${'y'.repeat(2000)}"} 1\n`, 'body_size_limit: 1KB', 'body size limit exceeded'],
  [
    'invalid_name',
    'a{"x.y"="1"} 1\n',
    'metric_name_validation_scheme: legacy\nmetric_name_escaping_scheme: underscores',
    'invalid metric name',
  ],
] as const)('nothing of a page past %s is stored', async ([reason, page, more, message]) => {
  const target = await servePage('z 1\n')
  const it = startManager()
  it.apply(job(target.address, more))
  await it.scrapes(1)
  target.page = page
  await it.scrapes(1)
  expect(values(it, `z{instance="${target.address}", job="j"}`)).toEqual([1, 'stale'])
  expect(it.store.seriesNames().filter((name) => name.startsWith('a{') && values(it, name).length > 0)).toEqual([])
  expect(it.manager.targets().active[0]?.health).toBe('down')
  expect(it.manager.targets().active[0]?.lastError).toContain(message)
  expect(it.metric('binnacle_scrape_failures_total', reason)).toBe(1)
})

test('the Content-Type decides the format; without one the scrape fails unless there is a fallback', async () => {
  const address = await serve((_request, response) => response.end('a 1\n'))
  const it = startManager()
  it.apply(job(address))
  await it.scrapes(1)
  expect(it.manager.targets().active[0]?.lastError).toContain('the target sent no Content-Type')
  it.apply(job(address, 'fallback_scrape_protocol: PrometheusText0.0.4'))
  await it.scrapes(1)
  expect(values(it, `a{instance="${address}", job="j"}`)).toEqual([1])
})

test('an empty page is a good scrape without samples', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(1)
  target.page = ''
  await it.scrapes(1)
  expect(values(it, `a{instance="${target.address}", job="j"}`)).toEqual([1, 'stale'])
  expect(values(it, `up{instance="${target.address}", job="j"}`)).toEqual([1, 1])
})

test('an answer that takes longer than the timeout is a failure', async () => {
  const address = await serve(() => {})
  const it = startManager()
  it.apply(job(address, 'scrape_timeout: 2s'))
  await it.scrapes(1)
  expect(it.manager.targets().active[0]).toMatchObject({
    health: 'down',
    lastError: 'no answer within 2000 ms (scrape_timeout)',
  })
  expect(it.manager.targets().active[0]!.lastDurationMs).toBeGreaterThanOrEqual(2000)
})

test('honor_labels, honor_timestamps and metric relabelling shape what is stored', async () => {
  const target = await servePage(`a{job="own"} 1 ${START - 1000}\nb{job="own"} 2\ndropped 3\n`)
  const it = startManager()
  const rules = 'metric_relabel_configs: [{source_labels: [__name__], regex: dropped, action: drop}]'
  it.apply(job(target.address, `honor_labels: true\n${rules}`))
  await it.scrapes(1)
  const own = `instance="${target.address}"`
  expect(it.store.samplesOf(`a{${own}, job="own"}`)).toEqual([{ ts: START - 1000, value: 1, stale: false }])
  expect(values(it, `scrape_samples_scraped{${own}, job="j"}`)).toEqual([3])
  expect(values(it, `scrape_samples_post_metric_relabeling{${own}, job="j"}`)).toEqual([2])
  it.apply(job(target.address, `honor_timestamps: false\n${rules}`))
  await it.scrapes(1)
  expect(values(it, `a{exported_job="own", ${own}, job="j"}`)).toEqual([1])
  expect(it.store.samplesOf(`a{exported_job="own", ${own}, job="j"}`)[0]!.ts).toBeGreaterThan(START)
  // What the old rules had made is gone at the first scrape with the new ones. Own timestamps are not tracked.
  expect(values(it, `b{${own}, job="own"}`)).toEqual([2, 'stale'])
  expect(values(it, `a{${own}, job="own"}`)).toEqual([1])
})

test('a reload leaves targets that stay alone: schedule, memory and series', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(2)
  it.apply(job(target.address))
  it.apply(job(target.address, 'params: {}\nsample_limit: 10'))
  await it.scrapes(2)
  const series = `a{instance="${target.address}", job="j"}`
  expect(values(it, series)).toEqual([1, 1, 1, 1])
  const times = it.store.samplesOf(series).map(({ ts }) => ts)
  expect(times.slice(1).map((ts, i) => ts - times[i]!)).toEqual([5000, 5000, 5000])
})

test('a target that goes away is marked stale at its next scrape time, two intervals later', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(2)
  const series = `a{instance="${target.address}", job="j"}`
  const last = it.store.samplesOf(series).at(-1)!.ts
  it.apply('scrape_configs: []')
  await it.clock.advance(5000)
  expect(values(it, series)).toEqual([1, 1])
  await it.clock.advance(6000)
  expect(it.store.samplesOf(series).at(-1)).toMatchObject({ ts: last + 5000, stale: true })
  for (const name of it.store.seriesNames()) expect(values(it, name).at(-1)).toBe('stale')
  expect(it.manager.targets().active).toEqual([])
})

test('a target that comes back under another job definition leaves no gap', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(2)
  // Another interval makes it another target with the same series.
  it.apply(job(target.address).replace('5s', '4s'))
  await it.scrapes(6)
  expect(values(it, `a{instance="${target.address}", job="j"}`)).not.toContain('stale')
  expect(values(it, `up{instance="${target.address}", job="j"}`)).not.toContain('stale')
})

test('stopping marks nothing stale: we mean to come back', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(1)
  await it.manager.stop()
  await it.manager.stop()
  await it.clock.advance(60_000)
  expect(values(it, `a{instance="${target.address}", job="j"}`)).toEqual([1])
})

test('after the store dropped series, scraping goes on with new refs', async () => {
  const target = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(target.address))
  await it.scrapes(1)
  it.store.changeEpoch()
  await it.scrapes(1)
  it.apply('scrape_configs: []')
  it.store.changeEpoch()
  await it.clock.advance(30_000)
  expect(values(it, `a{instance="${target.address}", job="j"}`)).toEqual([1, 1, 'stale'])
  expect(values(it, `up{instance="${target.address}", job="j"}`)).toEqual([1, 1, 'stale'])
})

test('without room for more series the known ones go on, and the target says so', async () => {
  const target = await servePage('a 1\n')
  const it = startManager({ store: { maxSeries: 7 } })
  it.apply(job(target.address))
  await it.scrapes(1)
  target.page = 'a 2\nb 1\nc 1\nd 1\n'
  await it.scrapes(1)
  expect(values(it, `a{instance="${target.address}", job="j"}`)).toEqual([1, 2])
  expect(values(it, `up{instance="${target.address}", job="j"}`)).toEqual([1, 1])
  expect(it.manager.targets().active[0]).toMatchObject({ health: 'up' })
  expect(it.manager.targets().active[0]?.lastError).toContain('2 samples left out')
  expect(it.metric('binnacle_scrape_samples_rejected_total', 'series_limit')).toBe(2)
})

test('target_limit fails all targets of the job without asking them', async () => {
  const one = await servePage('a 1\n')
  const two = await servePage('a 1\n')
  const it = startManager()
  it.apply(job(`${one.address}", "${two.address}`, 'target_limit: 1'))
  await it.scrapes(2)
  expect(one.requests + two.requests).toBe(0)
  expect(it.manager.targets().active.map((target) => target.lastError)).toEqual([
    'target_limit exceeded (number of targets: 2, limit: 1)',
    'target_limit exceeded (number of targets: 2, limit: 1)',
  ])
})

test('dropped targets are listed with the rule, invalid ones as problems', async () => {
  const it = startManager()
  it.apply(
    job(
      'a:1", "b:2", "c:3',
      'relabel_configs:\n- {source_labels: [__address__], regex: "b.*", action: drop}\n- {source_labels: [__address__], regex: "c.*", target_label: __scrape_timeout__, replacement: 1h}\n',
    ),
  )
  const { active, dropped, pools } = it.manager.targets()
  expect(active.map((target) => target.scrapeUrl)).toEqual(['http://a:1/metrics'])
  expect(dropped).toMatchObject([{ scrapePool: 'j', ruleIndex: 0, rule: { action: 'drop' } }])
  expect(pools).toMatchObject([{ name: 'j', activeCount: 1, droppedCount: 1 }])
  expect(pools[0]?.problems[0]?.message).toContain('scrape timeout cannot be greater than scrape interval')
})

test('files that change add and remove targets', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'binnacle-scrape-'))
  cleanups.push(() => rm(directory, { recursive: true }))
  const target = await servePage('a 1\n')
  const it = startManager()
  await writeFile(join(directory, 't.json'), '[]')
  it.apply(
    'scrape_configs: [{job_name: f, scrape_interval: 5s, file_sd_configs: [{files: ["*.json"], refresh_interval: 10s}]}]',
    join(directory, 'p.yml'),
  )
  expect(it.manager.targets().active).toEqual([])
  await writeFile(join(directory, 't.json'), `[{"targets": ["${target.address}"], "labels": {"zone": "a"}}]`)
  await it.scrapes(1)
  const series = `a{instance="${target.address}", job="f", zone="a"}`
  expect(values(it, series)).toEqual([1])
  await writeFile(join(directory, 't.json'), '[{"targetz": []}]')
  await it.clock.advance(11_000)
  await vi.waitFor(() => expect(it.manager.targets().pools[0]?.problems[0]?.message).toBe('unknown key "targetz"'))
  expect(it.manager.targets().active).toHaveLength(1)
  await rm(join(directory, 't.json'))
  await it.clock.advance(60_000)
  expect(it.manager.targets().active).toEqual([])
  expect(values(it, series).at(-1)).toBe('stale')
})

test('parts of Binnacle are scraped in-process, through the same parser', async () => {
  const it = startManager({ extraMetrics: true })
  let n = 0
  const remove = it.manager.addInternal({
    job: 'binnacle',
    instance: 'me',
    intervalMs: 5000,
    labels: { part: 'x' },
    collect: async (nowMs) => {
      if (n === 2) throw new Error('collector broke')
      return `now ${nowMs}\nn ${n++}\n`
    },
  })
  await it.scrapes(3)
  const own = 'instance="me", job="binnacle", part="x"'
  expect(values(it, `n{${own}}`)).toEqual([0, 1, 'stale'])
  expect(
    it.store
      .samplesOf(`now{${own}}`)
      .slice(0, 2)
      .every(({ ts, value }) => ts === value),
  ).toBe(true)
  expect(values(it, `up{${own}}`)).toEqual([1, 1, 0])
  expect(values(it, `scrape_timeout_seconds{${own}}`)).toEqual([5, 5, 5])
  expect(values(it, `scrape_body_size_bytes{${own}}`)).toEqual([22, 22, 0])
  expect(it.manager.targets().active[0]).toMatchObject({ internal: true, lastError: 'collector broke', scrapeUrl: '' })
  await remove()
  await it.clock.advance(20_000)
  expect(values(it, `up{${own}}`).at(-1)).toBe('stale')
})

test('a target can be asked at once, without storing the answer', async () => {
  const target = await servePage(`a 1\n${'#'.repeat(1024 * 1024)}\n`)
  const it = startManager()
  it.apply(job(target.address))
  const [active] = it.manager.targets().active
  const answer = await it.manager.scrapeNow(active!.id, new AbortController().signal)
  expect(answer).toMatchObject({
    contentType: 'text/plain; version=0.0.4',
    truncated: true,
    sizeBytes: 1024 * 1024 + 5,
  })
  expect(answer.text.startsWith('a 1\n###')).toBe(true)
  expect(it.store.seriesNames()).toEqual([])
  await expect(it.manager.scrapeNow('none', new AbortController().signal)).rejects.toMatchObject({ kind: 'missing' })
})

test('many targets make no warnings and leave nothing behind', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  cleanups.push(async () => process.off('warning', onWarning))
  const target = await servePage('a 1\n')
  const it = startManager()
  const zones = Array.from({ length: 100 }, (_, i) => `{targets: ["${target.address}"], labels: {zone: "${i}"}}`)
  it.apply(`scrape_configs: [{job_name: j, scrape_interval: 5s, static_configs: [${zones.join(', ')}]}]`)
  await it.scrapes(200)
  expect(it.manager.targets().active.every(({ health }) => health === 'up')).toBe(true)
  await it.manager.stop()
  expect(warnings).toEqual([])
})

test('an interval longer than a timer can wait is waited for', async () => {
  const it = startManager()
  let asked = 0
  it.manager.addInternal({
    job: 'rare',
    instance: 'me',
    intervalMs: 60 * 86_400_000,
    collect: async () => `n ${asked++}\n`,
  })
  await it.clock.advance(1)
  expect(asked).toBe(1)
  // At its place in the interval, whenever that is, and an interval later.
  for (let days = 0; asked < 2; days++) {
    expect(days).toBeLessThan(61)
    await it.clock.advance(86_400_000)
  }
  await it.clock.advance(59 * 86_400_000)
  expect(asked).toBe(2)
  await it.clock.advance(86_400_000)
  expect(asked).toBe(3)
})

describe('when targets are scraped', () => {
  const target = (i: number) => `host-${i}.test:9100`
  const jobs = (targets: readonly string[], more = '') =>
    `scrape_configs:\n${targets
      .map((one, i) => `- {job_name: j${i}, scrape_interval: 15s, ${more}static_configs: [{targets: ["${one}"]}]}\n`)
      .join('')}`
  /** Times of the last scrapes, by job. */
  const last = (it: ReturnType<typeof startManager>) =>
    new Map(it.manager.targets().active.map(({ scrapePool, lastScrapeMs }) => [scrapePool, lastScrapeMs]))
  const apart = (times: Iterable<number>) => Math.max(...times) - Math.min(...times)

  test('is soon after one another, of whatever job, and again at each interval', async () => {
    const it = startManager()
    // `target_limit` fails them without asking: only the times are of interest.
    it.apply(
      jobs(
        Array.from({ length: 40 }, (_, i) => `${target(i)}", "${target(i + 100)}`),
        'target_limit: 1, ',
      ),
    )
    const inner = { job: 'inner', instance: 'me', intervalMs: 15_000, collect: async () => 'n 1\n' }
    it.manager.addInternal(inner)
    await it.clock.advance(30_000)
    const first = last(it)
    expect(first.size).toBe(41)
    expect(apart(first.values())).toBeLessThan(750)
    await it.clock.advance(45_000)
    for (const [name, atMs] of last(it)) expect(atMs - first.get(name)!).toBe(45_000)
  })

  test('counts the targets of all jobs before the first begins', async () => {
    const it = startManager()
    const many = Array.from({ length: 1_000 }, (_, i) => target(i))
    const parts = [many.slice(0, 10).join('", "'), many.slice(10).join('", "')]
    it.apply(jobs(parts, 'target_limit: 1, '))
    await it.clock.advance(30_000)
    const times = it.manager
      .targets()
      .active.filter(({ scrapePool }) => scrapePool === 'j0')
      .map(({ lastScrapeMs }) => lastScrapeMs)
    // Ten places of a window of 2 s: in one of 750 ms they would not lie so far apart.
    expect(apart(times)).toBeGreaterThan(750)
    expect(apart(times)).toBeLessThan(2_000)
  })

  test('stays as it is when targets come', async () => {
    const it = startManager()
    it.apply(jobs([`${target(0)}", "${target(1)}`], 'target_limit: 1, '))
    await it.clock.advance(30_000)
    const before = last(it).get('j0')!
    const many = Array.from({ length: 3_000 }, (_, i) => target(i + 10)).join('", "')
    it.apply(jobs([`${target(0)}", "${target(1)}`, many], 'target_limit: 1, '))
    await it.clock.advance(30_000)
    expect(last(it).get('j0')! - before).toBe(30_000)
  })

  test('of a part of Binnacle is at once, and then together with the others', async () => {
    const it = startManager()
    const times: number[] = []
    it.manager.addInternal({
      job: 'inner',
      instance: 'me',
      intervalMs: 15_000,
      collect: async (nowMs) => {
        times.push(nowMs)
        return 'n 1\n'
      },
    })
    it.apply(jobs([`${target(0)}", "${target(1)}`], 'target_limit: 1, '))
    await it.clock.advance(1)
    expect(times).toEqual([START])
    await it.clock.advance(45_000)
    expect(times[1]! - START).toBeGreaterThan(0)
    expect(times[1]! - START).toBeLessThanOrEqual(15_000)
    expect(times[2]! - times[1]!).toBe(15_000)
    expect(apart([(times[2]! - last(it).get('j0')!) % 15_000, 0])).toBeLessThan(750)
  })

  test('is where new targets are scraped also after the wall clock was set or the machine slept', async () => {
    const it = startManager()
    it.apply(jobs([`${target(0)}", "${target(1)}`], 'target_limit: 1, '))
    await it.clock.advance(30_000)
    const before = last(it).get('j0')!
    it.clock.jump(3_600_000 + 7_000)
    await it.clock.advance(60_000)
    expect((last(it).get('j0')! - before) % 15_000).toBe(0)
    it.clock.jump(-6_000)
    await it.clock.advance(60_000)
    expect((last(it).get('j0')! - before) % 15_000).toBe(0)
    expect(it.clock.now() - last(it).get('j0')!).toBeLessThanOrEqual(15_000)
  })
})
