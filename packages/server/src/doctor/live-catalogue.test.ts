import { compileMatchers, type Labels, labelsOf, labelValue, type Matcher } from '@binnacle/promql'
import { expect, test } from 'vitest'
import type { MetadataQuery } from '../metrics/query/index.ts'
import { checkRuleFile } from '../rules/rule-file/index.ts'
import { createRegistry, silentLogger, systemClock } from '../telemetry/index.ts'
import { createDoctor, type SeriesSource } from './index.ts'

const NOW = systemClock.now()
const HOUR = 3_600_000

/** Series with the time of their last sample. */
function sourceOf(series: readonly (readonly [Record<string, string>, number])[]) {
  const all = series.map(([labels, lastMs]) => ({ labels: labelsOf(labels), lastMs }))
  const asked: MetadataQuery[] = []
  const lookedFor: (readonly Matcher[])[] = []
  const find = ({ matcherSets, fromMs }: Pick<MetadataQuery, 'matcherSets' | 'fromMs'>): Labels[] =>
    all
      .filter(
        ({ labels, lastMs }) =>
          lastMs >= fromMs && (matcherSets[0] === undefined || compileMatchers(matcherSets[0])(labels)),
      )
      .map(({ labels }) => labels)
  const source: SeriesSource = {
    async series(query) {
      asked.push(query)
      const sets = find(query)
      return { count: sets.length, truncated: false, slices: [sets.slice(0, query.limit)] }
    },
    async labelValues(label, query) {
      return { items: [...new Set(find(query).map((labels) => labelValue(labels, label)))].sort(), truncated: false }
    },
    async lastSeen(matchers: readonly Matcher[], fromMs: number) {
      lookedFor.push(matchers)
      const times = all.filter(({ labels }) => compileMatchers(matchers)(labels)).map(({ lastMs }) => lastMs)
      const last = Math.max(...times)
      return last < fromMs ? undefined : last
    },
    values: async () => [],
    families: async () => new Set(['errors', 'up']),
  }
  return { source, asked, lookedFor }
}

function doctorOver(source: SeriesSource, rules: string) {
  const { ruleFile, places } = checkRuleFile(rules, 'rules.yml')
  let monotonic = 0
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((_done, fail) => signal?.addEventListener('abort', () => fail(signal.reason)))
  const clock = { ...systemClock, now: () => NOW, monotonic: () => monotonic, sleep }
  const doctor = createDoctor(
    {
      source,
      others: () => [],
      clock,
      log: silentLogger,
      registry: createRegistry(),
    },
    { intervalMs: 1000, windowMs: 7 * 24 * HOUR },
  )
  doctor.apply({
    rules: [{ ruleFile: ruleFile!, places, text: rules }],
    routing: undefined,
    others: [],
    sendings: [{ externalLabels: {}, relabelRules: [] }],
    slowestScrapeMs: 15_000,
  })
  doctor.start(new AbortController().signal)
  monotonic = HOUR
  return doctor
}

const RULES = (exprs: readonly string[]) =>
  `groups:\n- name: g\n  rules:\n${exprs.map((expr, i) => `  - {alert: A${i}, expr: '${expr}'}\n`).join('')}`

test('what went away is told with the time, what was never here with how long nobody gave it', async () => {
  const { source } = sourceOf([
    [{ __name__: 'requests_total', code: '200' }, NOW - 1000],
    [{ __name__: 'requests_total', code: '500' }, NOW - 20 * HOUR],
    [{ __name__: 'queue_length', job: 'mail' }, NOW - 3 * HOUR],
    [{ __name__: 'ancient' }, NOW - 900 * HOUR],
  ])
  const doctor = doctorOver(
    source,
    RULES([
      'requests_total{code="500"} > 1',
      'queue_length > 1',
      'ancient > 1',
      'requests_total{code="404"} > 1',
      'request_total > 1',
      'errors_total > 1',
    ]),
  )
  const { rules, findings } = await doctor.run()
  expect(
    rules.map(({ verdict, reasons }) => [
      verdict,
      ...reasons.map(({ message, severity }) => `${severity}: ${message}`),
    ]),
  ).toEqual([
    // Yesterday's errors may come again.
    ['can_fire'],
    ['unknown', 'warning: queue_length was last seen 3h ago, on 1 series'],
    ['cannot_fire', 'error: nobody gave the metric ancient in the last 7 days'],
    ['unknown', 'note: no series of requests_total has code="404"'],
    ['cannot_fire', 'error: nobody gave the metric request_total in the last 7 days'],
    // A counter with labels has no series before it counts.
    ['unknown', 'note: errors_total is known here, but has no series yet'],
  ])
  expect(rules[4]?.reasons[0]?.hint).toBe('there is requests_total')
  expect(findings).toBe(3)
  await doctor.stop()
})

test('a label and a value that went away are told with the time and the number of series', async () => {
  const gone = ['a', 'b', 'c'].map(
    (route, i) => [{ __name__: 'requests_total', route, status: '500', job: 'api' }, NOW - (48 + i) * HOUR] as const,
  )
  const { source } = sourceOf([
    ...gone,
    [{ __name__: 'requests_total', route: 'a', status_code: '200', job: 'web' }, NOW - 1000],
    [{ __name__: 'requests_total', route: 'b', status_code: '503', job: 'web' }, NOW - 26 * HOUR],
    [{ __name__: 'requests_total', route: 'b', status_code: '200', job: 'web' }, NOW - 1000],
  ])
  const doctor = doctorOver(
    source,
    RULES([
      'requests_total{status="500"} > 1',
      'requests_total{job="api"} > 1',
      'requests_total{status_code=~"5.."} > 1',
      'requests_total{status="500", method="PUT"} > 1',
      'requests_total{route="a", status_code="503"} > 1',
      'requests_total{route="b", status_code="503"} > 1',
    ]),
  )
  const { rules, findings } = await doctor.run()
  expect(
    rules.map(({ verdict, reasons, remarks }) => [
      verdict,
      ...[...reasons, ...remarks].map(({ message, severity }) => `${severity}: ${message}`),
    ]),
  ).toEqual([
    [
      'unknown',
      'warning: no series of requests_total has the label status any more: it was last seen 2d ago, on 3 series',
    ],
    [
      'unknown',
      'warning: no job matches job="api" among those that give requests_total any more: it was last seen 2d ago, on 3 series',
    ],
    // Errors come and go.
    [
      'can_fire',
      'note: no series of requests_total has status_code=~"5.." any more: it was last seen 1d2h ago, on 1 series',
    ],
    // What was never here weighs more.
    ['cannot_fire', 'error: no series of requests_total has the label method'],
    [
      'unknown',
      'note: no series of requests_total has status_code="503" any more: it was last seen 1d2h ago, on 1 series',
    ],
    [
      'can_fire',
      'note: no series of requests_total has status_code="503" any more: it was last seen 1d2h ago, on 1 series',
    ],
  ])
  expect(rules[0]?.reasons[0]).toMatchObject({
    check: 'doctor/gone',
    hint: 'did you mean "status_code"? it has job, route, status_code',
    lastSeen: { atMs: NOW - 48 * HOUR, series: 3 },
  })
  expect(findings).toBe(3)
  await doctor.stop()
})

test('when something was last seen is asked for once an hour, of a metric that is gone only for all of it', async () => {
  const { source, lookedFor } = sourceOf([
    [{ __name__: 'queue_length', job: 'mail' }, NOW - 3 * HOUR],
    [{ __name__: 'queue_length', job: 'print' }, NOW - 4 * HOUR],
  ])
  const doctor = doctorOver(source, RULES(['queue_length{job="mail"} > 1', 'queue_length{job="print"} > 1']))
  const { rules } = await doctor.run()
  expect(rules.map(({ reasons }) => reasons[0]?.message)).toEqual([
    'queue_length was last seen 3h ago, on 2 series',
    'queue_length was last seen 3h ago, on 2 series',
  ])
  await doctor.run()
  expect(lookedFor).toEqual([[{ name: '__name__', op: '=', value: 'queue_length' }]])
  await doctor.stop()
})

test('a selector is asked for once, however many rules have it; what the engine said of older series is kept', async () => {
  const { source, asked } = sourceOf([[{ __name__: 'up', job: 'app' }, NOW]])
  const doctor = doctorOver(
    source,
    RULES(Array.from({ length: 200 }, (_, i) => `up{job="app"} < ${i} or nowhere > ${i}`)),
  )
  await doctor.run()
  expect(asked.length).toBeLessThan(6)
  const before = asked.length
  await doctor.run()
  expect(asked.slice(before).some(({ fromMs }) => fromMs < NOW - HOUR)).toBe(false)
  await doctor.stop()
})

test('two who ask at once get one look; a look that fails is told and the report before it stays', async () => {
  const { source } = sourceOf([[{ __name__: 'up', job: 'app' }, NOW]])
  let fails = false
  const failing: SeriesSource = {
    ...source,
    labelValues: async (...args) => {
      if (fails) throw new Error('the engine is down')
      return await source.labelValues(...args)
    },
  }
  const doctor = doctorOver(failing, RULES(['up == 0']))
  const [a, b] = await Promise.all([doctor.run(), doctor.run()])
  expect(a).toBe(b)
  fails = true
  await expect(doctor.run()).rejects.toThrow('the engine is down')
  expect(doctor.view()).toEqual({ report: a, isRunning: false, error: 'the engine is down' })
  await doctor.stop()
})
