// How long do listings take with very many series, and how long do they hold up the event loop?
// Data (same every run): the label sets of lookup.bench.ts with one label more that is another for each series; every tenth
// series (or what the second argument says; 0: none) ended before the range, so that answers are not kept. "held up" is the most CPU time (of all threads: the collector's are in it) between two
// turns of the event loop meanwhile.
// Run: node scripts/bench.mjs --expose-gc bench/label-index/listings.bench.ts [series, default 1000000] [10]

import type { Matcher } from '@binnacle/promql'
import { namesJson, seriesJson } from '../../packages/server/src/http/prometheus/list-json.ts'
import { createListings, type ListingsDeps } from '../../packages/server/src/metrics/query/listings.ts'
import type { MetadataQuery } from '../../packages/server/src/metrics/query/querier.ts'
import type { HeadSpan, RefPlace } from '../../packages/server/src/metrics/store/index.ts'
import { createLabelIndex } from '../../packages/server/src/metrics/store/label-index/index.ts'
import { systemClock } from '../../packages/server/src/telemetry/index.ts'

const total = Number(process.argv[2] ?? 1_000_000)
const ended = Number(process.argv[3] ?? 10)
const RUNS = 5
const now = 1_700_000_000_000
const index = createLabelIndex()
for (let i = 0; i < total; i++) {
  const instance = Math.floor(i / 100) % 1000
  index.add([
    ...['__name__', `app_request_duration_seconds_${i % 100}`, 'code', String(200 + Math.floor(i / 100_000))],
    ...['env', instance % 3 === 0 ? 'staging' : 'production', 'id', `request-${(i * 7919) % total}`],
    ...['instance', `app-${instance}.internal.example:9100`, 'job', `service-${instance % 10}`],
  ])
}
// As the columns of the real head.
const firstMs = now - 86_400_000
const lastMs = Float64Array.from({ length: index.capacity }, (_, ref) =>
  ended > 0 && ref % ended === 0 ? now - 7_000_000 : now,
)
const view = {
  index,
  head: {
    keepInRange(refs: Uint32Array, { from, to, at }: RefPlace, range: { fromMs: number; toMs: number }) {
      let kept = at
      for (let i = from; i < to; i++) {
        const ref = refs[i]!
        if (firstMs > range.toMs || lastMs[ref]! < range.fromMs) continue
        refs[kept++] = ref
      }
      return kept
    },
    addToSpan(refs: Uint32Array, { from, to }: { from: number; to: number }, span: HeadSpan) {
      for (let i = from; i < to; i++) {
        if (firstMs > span.latestFirstMs) span.latestFirstMs = firstMs
        if (lastMs[refs[i]!]! < span.earliestLastMs) span.earliestLastMs = lastMs[refs[i]!]!
      }
    },
  },
  tombstones: { size: 0 },
  indexCompleteFromMs: () => Number.NEGATIVE_INFINITY,
  headBeganMs: () => now - 7_200_000,
}
// Only these parts of the store are asked.
const listings = createListings({ view, client: undefined, clock: systemClock } as unknown as ListingsDeps)
const never = { signal: new AbortController().signal }

async function bytesOf(json: ReturnType<typeof namesJson>): Promise<number> {
  if (typeof json === 'string') return json.length
  let bytes = 0
  for await (const piece of json) bytes += piece.length
  return bytes
}
const m = (name: string, op: Matcher['op'], value: string): Matcher => ({ name, op, value })
const ask = (matchers: Matcher[], limit = 0): MetadataQuery => ({
  matcherSets: matchers.length === 0 ? [] : [matchers],
  fromMs: now - 3_600_000,
  toMs: now,
  limit,
})
const series = async (query: MetadataQuery) => {
  const { count, slices } = await listings.series(query, never)
  return bytesOf(await seriesJson(count, slices))
}
const values = async (name: string, query: MetadataQuery) =>
  bytesOf(namesJson((await listings.labelValues(name, query, never)).items))
const job = [m('job', '=', 'service-3')]
const questions: [string, () => Promise<number>][] = [
  ['names', async () => bytesOf(namesJson((await listings.labelNames(ask([]), never)).items))],
  ['names of a job', async () => bytesOf(namesJson((await listings.labelNames(ask(job), never)).items))],
  ['values of instance', () => values('instance', ask([]))],
  ['values of instance, a job', () => values('instance', ask(job))],
  ['values of instance, a regex', () => values('instance', ask([m('instance', '=~', 'app-(1|2).*\\.internal\\..+')]))],
  ['values of id', () => values('id', ask([]))],
  ['values of id, 100 of them', () => values('id', ask([], 100))],
  ['values of id, a prefix', () => values('id', ask([m('id', '=~', 'request-12.*')]))],
  ['series of a metric and job', () => series(ask([m('__name__', '=', 'app_request_duration_seconds_7'), ...job]))],
  ['series of a job', () => series(ask(job))],
  ['series, 100 of them', () => series(ask([], 100))],
  ['series, all', () => series(ask([]))],
]

/** CPU time of this process: what else the machine does is not in it. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const rows: Record<string, string | number>[] = []
for (const [what, run] of questions) {
  let best = Infinity
  let held = Infinity
  let bytes = 0
  for (let i = 0; i < RUNS; i++) {
    globalThis.gc?.()
    let on = true
    let longest = 0
    let last = cpuMs()
    const turn = () => {
      const at = cpuMs()
      longest = Math.max(longest, at - last)
      last = at
      if (on) setImmediate(turn)
    }
    setImmediate(turn)
    const from = cpuMs()
    bytes = await run()
    best = Math.min(best, cpuMs() - from)
    on = false
    turn()
    held = Math.min(held, longest)
  }
  rows.push({ what, 'CPU, ms': best.toFixed(1), 'held up, ms': held.toFixed(1), kB: (bytes / 1000).toFixed(0) })
}
console.log(`Node ${process.version}, ${total} series, best of ${RUNS}`)
console.table(rows)
