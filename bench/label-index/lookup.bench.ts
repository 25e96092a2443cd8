// How large is the label index, and how fast are adding, selecting and listing, with many series?
// Data (same every run): 6 labels a series; 100 metrics, 10 jobs, 1,000 instances, 2 environments, paths and codes.
// "first" is the time of a matcher that was never asked before, "again" the best of 20 repeats (regex results are kept).
// Run: node scripts/bench.mjs --expose-gc bench/label-index/lookup.bench.ts [series, default 500000]

import type { Matcher } from '@binnacle/promql'
import { createLabelIndex, idOf } from '../../packages/server/src/metrics/store/label-index/index.ts'

const total = Number(process.argv[2] ?? 500_000)

function labelsAt(i: number): string[] {
  const instance = Math.floor(i / 100) % 1000
  const copy = Math.floor(i / 100_000)
  return [
    '__name__',
    `app_request_duration_seconds_${i % 100}`,
    'code',
    String(200 + copy),
    'env',
    instance % 3 === 0 ? 'staging' : 'production',
    'instance',
    `app-${instance}.internal.example:9100`,
    'job',
    `service-${instance % 10}`,
    'path',
    `/api/v1/things/${i % 20}`,
  ]
}

const heapOf = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const timed = (run: () => void) => {
  const start = performance.now()
  run()
  return performance.now() - start
}
const rows: Record<string, string | number>[] = []
const row = (what: string, first: number, again: number | string, found: number | string) =>
  rows.push({ what, first: first.toFixed(2), again: typeof again === 'number' ? again.toFixed(3) : again, found })

const before = heapOf()
const index = createLabelIndex()
let addMs = 0
const batch = 10_000
for (let at = 0; at < total; at += batch) {
  const sets = Array.from({ length: Math.min(batch, total - at) }, (_, k) => labelsAt(at + k))
  addMs += timed(() => {
    for (const labels of sets) index.add(labels)
  })
}
const held = heapOf() - before
console.log(`Node ${process.version}, ${total} series: ${(total / addMs).toFixed(0)}k added a second,`)
console.log(`${(held / total).toFixed(0)} B a series measured, ${(index.memoryBytes / total).toFixed(0)} B estimated`)

const known = Array.from({ length: batch }, (_, k) => labelsAt((k * 7919) % total))
const hashMs = timed(() => {
  for (const labels of known) idOf(labels)
})
const findMs = timed(() => {
  for (const labels of known) index.find(labels)
})
console.log(`hash of a set ${((hashMs * 1e6) / batch).toFixed(0)} ns, find ${((findMs * 1e6) / batch).toFixed(0)} ns`)

const m = (name: string, op: Matcher['op'], value: string): Matcher => ({ name, op, value })
const questions: [string, Matcher[]][] = [
  ['job= and instance=~ (prefix, 111 instances)', [m('job', '=', 'service-3'), m('instance', '=~', 'app-1.*')]],
  [
    'job= and instance=~ (regex, 10 instances)',
    [m('job', '=', 'service-3'), m('instance', '=~', 'app-1[0-9]3\\..+:9100')],
  ],
  ['job= and instance=~ (all)', [m('job', '=', 'service-3'), m('instance', '=~', '.+')]],
  ['name= and job=', [m('__name__', '=', 'app_request_duration_seconds_7'), m('job', '=', 'service-3')]],
  [
    'name= and instance=~a|b|c',
    [
      m('__name__', '=', 'app_request_duration_seconds_7'),
      m('instance', '=~', 'app-1.internal.example:9100|app-2.internal.example:9100|none'),
    ],
  ],
  [
    'name= and env!= and code!~',
    [m('__name__', '=', 'app_request_duration_seconds_7'), m('env', '!=', 'staging'), m('code', '!~', '5..')],
  ],
  ['instance= alone', [m('instance', '=', 'app-77.internal.example:9100')]],
  ['name=~ (10 metrics)', [m('__name__', '=~', '.*_seconds_1.')]],
  ['env= and job=~ (two broad ones)', [m('env', '=', 'production'), m('job', '=~', 'service-[0-4]')]],
]
for (const [what, matchers] of questions) {
  let found = 0
  const run = () => {
    found = index.select(matchers).length
  }
  const first = timed(run)
  let best = Infinity
  for (let i = 0; i < 20; i++) best = Math.min(best, timed(run))
  row(`${what}, ms`, first, best, found)
}
const some = index.select([m('job', '=', 'service-3')])
row(
  'values of instance, ms',
  timed(() => index.labelValues('instance')),
  timed(() => index.labelValues('instance')),
  1000,
)
/** Work in slices, done at once; what the longest slice took, ms. */
let longest = 0
const finish = (work: Generator<undefined, string[], undefined>): string[] => {
  for (;;) {
    const from = performance.now()
    const { done, value } = work.next()
    longest = Math.max(longest, performance.now() - from)
    if (done === true) return value
  }
}
const most = index.select([m('env', '=', 'production')])
for (const [of, refs] of [
  ['one job', some],
  ['one environment', most],
] as const) {
  for (const label of ['path', 'instance']) {
    const work = () => finish(index.valuesOf(label, refs))
    const first = timed(work)
    let best = Infinity
    for (let i = 0; i < 20; i++) best = Math.min(best, timed(work))
    row(`values of ${label} of ${of}, ms`, first, best, refs.length)
  }
  const work = () => finish(index.namesOf(refs))
  const first = timed(work)
  let best = Infinity
  for (let i = 0; i < 20; i++) best = Math.min(best, timed(work))
  row(`names of ${of}, ms`, first, best, refs.length)
}
row('longest slice of these, ms', longest, '', '')
row(
  'remove one job, ms',
  timed(() => index.remove(some)),
  '',
  some.length,
)
const churn = Array.from(some, (_, k) => labelsAt(total + k))
row(
  'add as many in their places, ms',
  timed(() => churn.forEach((labels) => void index.add(labels))),
  '',
  churn.length,
)
row(
  'select after that (sorts postings), ms',
  timed(() => index.select([m('env', '=', 'production')])),
  '',
  '',
)
console.table(rows)
