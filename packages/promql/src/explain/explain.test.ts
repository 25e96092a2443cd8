import { expect, test } from 'vitest'
import { createExplainer, evaluateInstant, evaluateRange } from '../evaluate/index.ts'
import { parseExpr } from '../parse/index.ts'
import { createMemorySource, regularSeries } from '../testkit/memory-source.ts'
import { type ExplainNode, explainTree } from './index.ts'

const signal = { aborted: false, reason: undefined }
const counter = (labels: Record<string, string>, by: number) =>
  regularSeries(
    labels,
    15_000,
    Array.from({ length: 41 }, (_x, i) => i * by),
  )
const memory = createMemorySource([
  counter({ __name__: 'hits_total', job: 'a', instance: '1' }, 15),
  counter({ __name__: 'hits_total', job: 'a', instance: '2' }, 30),
  counter({ __name__: 'hits_total', job: 'b', instance: '1' }, 45),
  counter({ __name__: 'limit', job: 'a' }, 0),
])

/** Explains over a clock that goes on by one ms whenever it is read, and a source that says where samples came from. */
async function explain(query: string, range?: { startMs: number; endMs: number; stepMs: number }) {
  let nowMs = 0
  let samples = 0
  const source: typeof memory = {
    async *select(selection, cancel) {
      for await (const batch of memory.select(selection, cancel)) {
        samples += batch.starts[batch.count]! - batch.starts[0]!
        yield batch
      }
    },
  }
  const explainer = createExplainer({ now: () => nowMs++, origins: () => ({ head: samples, engine: 0 }) })
  const options = { source, signal, explain: explainer, queryText: query }
  const expr = parseExpr(query)
  if (range === undefined) await evaluateInstant(expr, { ...options, timeMs: 600_000 })
  else await evaluateRange(expr, { ...options, ...range })
  return { tree: explainTree(expr, explainer), elapsedMs: nowMs }
}

const outline = (node: ExplainNode): unknown[] => [node.title, node.series, node.values, ...node.children.map(outline)]
const RANGE = { startMs: 300_000, endMs: 600_000, stepMs: 60_000 }

test('each node tells its series, values and reads', async () => {
  const { tree } = await explain('sum by (job) (rate((hits_total[1m]))) / on (job) group_left () limit', RANGE)
  expect(outline(tree)).toEqual([
    '/ on (job) group_left ()',
    1,
    6,
    ['sum by (job)', 2, 12, ['rate', 3, 18, ['hits_total[1m]', 3, 72]]],
    ['limit', 1, 6],
  ])
  const matrix = tree.children[0]!.children[0]!.children[0]!
  expect(matrix.reads).toEqual({
    series: 3,
    samples: 72,
    origins: { head: 72 },
    fromMs: 240_000,
    toMs: 600_000,
    windowMs: 60_000,
    intervalMs: 15_000,
  })
  expect(tree.children[1]!.reads).toMatchObject({ series: 1, windowMs: 300_000 })
})

test('the answer is the same as without', async () => {
  const query = 'topk(2, sum by (job) (rate(hits_total[1m]))) + on () group_left () scalar(limit)'
  const plain = await evaluateRange(query, { source: memory, signal, ...RANGE }).catch(String)
  const explainer = createExplainer({ now: () => 0, origins: () => ({}) })
  const followed = await evaluateRange(query, { source: memory, signal, ...RANGE, explain: explainer }).catch(String)
  expect(followed).toEqual(plain)
})

test('the times of all nodes add up to that of the root', async () => {
  const { tree, elapsedMs } = await explain('sum(rate(hits_total[1m])) + max_over_time(sum(limit)[2m:30s])', RANGE)
  const own = (node: ExplainNode): number => node.children.reduce((sum, child) => sum + own(child), node.ownMs)
  expect(own(tree)).toBe(tree.totalMs)
  // Besides: before the first node, and while the answer takes its one column.
  expect(elapsedMs - tree.totalMs).toBeLessThanOrEqual(3)
  expect(tree.children.every((child) => child.totalMs > 0 && child.totalMs < tree.totalMs)).toBe(true)
})

test('what is the same at every step is evaluated once', async () => {
  const { tree } = await explain('hits_total @ 600', RANGE)
  expect([tree.steps, tree.series, tree.values]).toEqual([1, 3, 18])
})

test.for([
  ['rate(hits_total[20s])', 'short_window', /20s is shorter than two scrapes: samples come every 15s; use 1m or more/],
  ['sum by (jbo) (hits_total)', 'label_absent', /no series below has the label "jbo"/],
  ['hits_total / on (instance) limit', 'label_absent', /no series on the right has the label "instance"/],
  ['hits_total{env!="dev"}', 'label_absent', /no series found has the label "env"/],
  ['quantile(2, hits_total)', 'evaluator', /quantile value should be between 0 and 1, got 2/],
  ['rate(limit[1m])', 'evaluator', /might not be a counter/],
] as const)('%s is remarked on where it is so', async ([query, code, text]) => {
  const { tree } = await explain(query, RANGE)
  const found: [string, string, number][] = []
  const walk = (node: ExplainNode) => {
    for (const remark of node.remarks) found.push([remark.code, remark.text, node.start])
    node.children.forEach(walk)
  }
  walk(tree)
  expect(found).toHaveLength(1)
  expect(found[0]![0]).toBe(code)
  expect(found[0]![1]).toMatch(text)
})

test('an instant query is explained too', async () => {
  const { tree } = await explain('topk(1, hits_total)')
  expect(outline(tree)).toEqual(['topk', 1, 1, ['1', 0, 1], ['hits_total', 3, 3]])
})
