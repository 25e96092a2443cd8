// How fast is a target's answer read: with series that are known, with a few that come and go, and at first contact?
// Data (same seed each run): about 8,000 lines as node exporter and an instrumented service expose them; counters grow,
// gauges move, so that numbers change in value and length between scrapes. Every row includes the head's append, with
// compression; first contact includes the label index.
// Run: node scripts/bench.mjs bench/exposition/parse.bench.ts [seconds per row, default 1]

import { createSampleBatch } from '../../packages/server/src/metrics/intake/batch/index.ts'
import { ByteStrings, createScrapeCache } from '../../packages/server/src/metrics/intake/exposition/index.ts'
import { bucketOf } from '../../packages/server/src/metrics/store/bucket.ts'
import { createHead } from '../../packages/server/src/metrics/store/head/index.ts'
import { createLabelIndex } from '../../packages/server/src/metrics/store/label-index/index.ts'

const seconds = Number(process.argv[2] ?? 1)
const START_MS = 1_700_000_000_000

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Line = { text: string; value: number; step: (value: number) => number }

function page(random: () => number): { lines: (string | Line)[] } {
  const lines: (string | Line)[] = []
  const family = (name: string, type: string, help: string) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }
  const seconds = (v: number) => Math.round((v + random() * 15) * 100) / 100
  const count = (v: number) => v + Math.floor(random() * 50)
  const gauge = () => Math.floor(random() * 2 ** 34)
  const ratio = () => Math.round(random() * 1e6) / 1e6
  family('node_cpu_seconds_total', 'counter', 'Seconds the CPUs spent in each mode.')
  for (let cpu = 0; cpu < 96; cpu++) {
    for (const mode of ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user']) {
      lines.push({ text: `node_cpu_seconds_total{cpu="${cpu}",mode="${mode}"}`, value: random() * 1e6, step: seconds })
    }
  }
  for (const what of ['receive_bytes', 'receive_packets', 'transmit_bytes', 'transmit_packets', 'receive_errs']) {
    family(`node_network_${what}_total`, 'counter', `Network device statistic ${what}.`)
    for (let i = 0; i < 60; i++) {
      lines.push({ text: `node_network_${what}_total{device="veth${i}a7f3"}`, value: gauge(), step: count })
    }
  }
  for (let i = 0; i < 150; i++) {
    family(`node_memory_Field${i}_bytes`, 'gauge', `Memory information field ${i}.`)
    lines.push({ text: `node_memory_Field${i}_bytes`, value: gauge(), step: gauge })
  }
  family('http_request_duration_seconds', 'histogram', 'Time that requests took.')
  for (const method of ['GET', 'POST', 'PUT']) {
    for (let route = 0; route < 40; route++) {
      for (const status of ['200', '400', '500']) {
        const labels = `method="${method}",route="/api/v1/resource${route}/:id",status="${status}"`
        for (const le of ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']) {
          const text = `http_request_duration_seconds_bucket{${labels},le="${le}"}`
          lines.push({ text, value: Math.floor(random() * 1e5), step: count })
        }
        lines.push({ text: `http_request_duration_seconds_sum{${labels}}`, value: 1, step: (v) => v + random() })
        lines.push({ text: `http_request_duration_seconds_count{${labels}}`, value: 1, step: count })
      }
    }
  }
  family('node_disk_io_time_weighted_ratio', 'gauge', 'A ratio.')
  for (let i = 0; i < 300; i++) {
    lines.push({ text: `node_disk_io_time_weighted_ratio{device="dm-${i}"}`, value: 0, step: ratio })
  }
  return { lines }
}

function bodies(): Buffer[] {
  const random = randomFrom(7)
  const { lines } = page(random)
  return Array.from({ length: 8 }, () => {
    const out: string[] = []
    for (const line of lines) {
      if (typeof line === 'string') out.push(line)
      else {
        line.value = line.step(line.value)
        out.push(`${line.text} ${line.value >= 1e21 ? line.value.toExponential() : line.value}`)
      }
    }
    return Buffer.from(`${out.join('\n')}\n`)
  })
}

/** The same pages with one line in a hundred left out, another hundredth each time. */
function withChurn(pages: readonly Buffer[]): Buffer[] {
  return pages.map((body, i) => {
    const lines = body.toString().split('\n')
    return Buffer.from(lines.filter((line, at) => line === '' || at % 100 !== i).join('\n'))
  })
}

/** The real label index and the real head, without an engine: everything up to and with the head's append. */
function createConsumer() {
  const index = createLabelIndex()
  const head = createHead({ maxBytes: 1 << 30, lowestBucket: bucketOf(START_MS) })
  const verdicts = new Uint8Array(1 << 16)
  return {
    store: {
      epoch: 1,
      refOf: (labels: readonly string[]) => index.add(labels),
      describe() {},
    },
    append(batch: { length: number; refs: Uint32Array; ts: Float64Array; values: Float64Array }) {
      head.append(batch, verdicts, 0, Number.MAX_SAFE_INTEGER)
      // As in the running program: buckets that have passed leave the memory.
      while (head.lowestBucket < head.newestBucket - 1) head.evict(head.lowestBucket)
    },
  }
}

/** What a scrape does at least: adds `job` and `instance` in their places. */
function relabelFor(instance: string) {
  const own = ['instance', instance, 'job', 'node']
  return (labels: readonly string[]): readonly string[] => {
    const out: string[] = []
    let next = 0
    for (let i = 0; i < labels.length; i += 2) {
      while (next < own.length && own[next]! < labels[i]!) out.push(own[next++]!, own[next++]!)
      out.push(labels[i]!, labels[i + 1]!)
    }
    while (next < own.length) out.push(own[next++]!, own[next++]!)
    return out
  }
}

function measure(name: string, pages: readonly Buffer[], run: (body: Buffer, round: number) => void): void {
  for (let i = 0; i < 40; i++) run(pages[i % pages.length]!, i)
  const times: number[] = []
  const size = pages.reduce((sum, body) => sum + body.length, 0) / pages.length
  const lines = pages[0]!.toString().split('\n').length - 1
  let grown = 0
  const until = performance.now() + seconds * 1000
  for (let i = 40; performance.now() < until; i++) {
    const heap = process.memoryUsage().heapUsed
    const start = performance.now()
    run(pages[i % pages.length]!, i)
    times.push(performance.now() - start)
    grown += Math.max(0, process.memoryUsage().heapUsed - heap)
  }
  times.sort((a, b) => a - b)
  const at = (ratio: number) => times[Math.floor((times.length - 1) * ratio)]!
  const row = [
    name.padEnd(28),
    `${(size / 1000).toFixed(0)} kB, ${lines} lines`.padEnd(20),
    `${(size / at(0.5) / 1000).toFixed(0)} MB/s`.padStart(11),
    `${(size / at(0.9) / 1000).toFixed(0)} MB/s`.padStart(11),
    `${((at(0.5) * 1e6) / lines).toFixed(0)} ns/line`.padStart(13),
    `${(grown / times.length / lines).toFixed(1)} B/line`.padStart(13),
  ]
  console.log(row.join(' '))
}

const pages = bodies()
console.log(`Node ${process.version}\n${''.padEnd(49)}      median    slow 10%        median       allocated`)

{
  const { store, append } = createConsumer()
  const out = createSampleBatch()
  const cache = createScrapeCache({ store, relabel: relabelFor('10.0.0.1:9100') })
  let atMs = START_MS
  const run = (body: Buffer) => {
    atMs += 15_000
    cache.parse(body, { format: 'text', atMs, out })
    append(out)
  }
  measure('known series', pages, run)
  measure('known, 1 % come and go', withChurn(pages), run)
  const timed = pages.map((body) => Buffer.from(body.toString().replace(/^([^#\n].*)$/gm, `$1 ${START_MS}`)))
  measure('known, own timestamps', timed, run)
}
{
  const out = createSampleBatch()
  const strings = new ByteStrings()
  let consumer = createConsumer()
  measure('first contact', pages, (body, round) => {
    // A hundred thousand series, then a new start: an index does not grow by a million within seconds.
    if (round % 16 === 0) consumer = createConsumer()
    const { store, append } = consumer
    const cache = createScrapeCache({ store, relabel: relabelFor(`10.0.${round >> 8}.${round & 255}:9100`), strings })
    cache.parse(body, { format: 'text', atMs: START_MS, out })
    append(out)
  })
}
