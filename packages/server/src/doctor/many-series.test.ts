import { compileMatchers, type Labels, labelsOf, labelValue, type Matcher } from '@binnacle/promql'
import { describe, expect, test } from 'vitest'
import type { MetadataQuery } from '../metrics/query/index.ts'
import { checkRuleFile } from '../rules/rule-file/index.ts'
import { systemClock } from '../telemetry/index.ts'
import type { AskingCatalogue } from './diagnose.ts'
import { createPageCatalogue, diagnose, type SeriesSource } from './index.ts'
import { createLiveCatalogue } from './live-catalogue.ts'

/*
 * Selectors with far more series than are looked at one by one: 3,000 requests by instance and path, 3,000 limits by instance
 * and zone, where the instances of both are the same from the 600th series on only; 3,000 of another fleet.
 */
const SERIES: readonly Labels[] = [
  ...Array.from({ length: 3000 }, (_, i) =>
    labelsOf({ __name__: 'requests', instance: `a${Math.floor(i / 10)}`, path: `/${i % 10}`, job: 'app' }),
  ),
  ...Array.from({ length: 3000 }, (_, i) =>
    labelsOf({ __name__: 'limits', instance: `a${2999 - Math.floor(i / 10)}`, zone: `z${i % 10}`, job: 'app' }),
  ),
  ...Array.from({ length: 3000 }, (_, i) =>
    labelsOf({ __name__: 'quotas', instance: `a${299 - Math.floor(i / 10)}`, zone: `z${i % 10}`, job: 'app' }),
  ),
  labelsOf({ __name__: 'requests', instance: 'a1', path: '/special', job: 'app' }),
  labelsOf({ __name__: 'version', instance: 'a299', version: '2', job: 'app' }),
  labelsOf({ __name__: 'other_version', instance: 'b1', version: '2', job: 'app' }),
]

const CASES: readonly (readonly [string, string, string, string])[] = [
  [
    'sides that share no instance',
    'requests > on (instance) group_left () limits',
    'cannot_fire',
    'the sides have no values of',
  ],
  [
    'sides that share an instance beyond the first ones',
    'requests > on (instance) group_left () quotas',
    'can_fire',
    '',
  ],
  ['a label that one side lacks', 'requests > on (instance, path) limits', 'cannot_fire', '">" never finds a pair'],
  [
    'all labels but some',
    'requests > ignoring (path, zone) group_left () limits',
    'cannot_fire',
    '">" never finds a pair',
  ],
  ['all labels but some, where they meet', 'requests and ignoring (path, zone) quotas', 'can_fire', ''],
  [
    'few on one side, and none of the many fits',
    'requests * on (instance) group_left (version) other_version',
    'cannot_fire',
    'never finds a pair',
  ],
  [
    'few on one side, and the last of the many fits',
    'requests * on (instance) group_left (version) version > 1',
    'can_fire',
    '',
  ],
  [
    'sums of both',
    'sum by (instance) (rate(requests[5m])) > on (instance) sum by (instance) (limits)',
    'cannot_fire',
    'never finds a pair',
  ],
  ['sums of both that meet', 'sum by (instance) (rate(requests[5m])) > sum by (instance) (quotas)', 'can_fire', ''],
  [
    'a join below a join',
    '(requests * on (instance) group_left () quotas) > on (instance, zone) group_left () limits',
    'cannot_fire',
    'never finds a pair',
  ],
  [
    'label_replace brings the label',
    'requests > on (host) group_left () label_replace(quotas, "host", "$1", "instance", "(.*)")',
    'cannot_fire',
    'only the right side has host',
  ],
  [
    'label_replace on both sides',
    'label_replace(requests, "host", "x$1", "instance", "a(.*)") > on (host) group_left () label_replace(limits, "host", "x$1", "instance", "a(.*)")',
    'cannot_fire',
    'never finds a pair',
  ],
  [
    'a recording rule between',
    'instance:requests:sum > on (instance) group_left () limits',
    'cannot_fire',
    'never finds a pair',
  ],
  [
    'a recording rule between that meets',
    'instance:requests:sum > on (instance) group_right () quotas',
    'can_fire',
    '',
  ],
]

const RULES = `groups:
- name: g
  rules:
  - {record: 'instance:requests:sum', expr: 'sum by (instance) (requests)'}
${CASES.map(([, expr], i) => `  - {alert: A${i}, expr: '${expr}'}\n`).join('')}
  - {alert: Plain, expr: 'requests > 1', annotations: {summary: '{{ $labels.path }} {{ $labels.zone }}'}}
  - {alert: Misspelt, expr: 'requests{path="/Special"} > 1'}
  - {alert: Grouped, expr: 'sum by (instance, method) (requests) > 1', annotations: {summary: '{{ $labels.zone }}'}}
`

async function verdicts(catalogue: AskingCatalogue | ReturnType<typeof createPageCatalogue>) {
  const { ruleFile, places, errors } = checkRuleFile(RULES, 'rules.yml')
  if (ruleFile === undefined) throw errors[0]
  const { rules } = await diagnose(
    {
      rules: [{ ruleFile, places, text: RULES }],
      notLoaded: new Map(),
      files: [],
      routing: undefined,
      others: [],
      sendings: [],
    },
    { catalogue, clock: systemClock, pause: () => undefined },
  )
  return new Map(rules.map((rule) => [rule.name, rule]))
}

function page(): string {
  return SERIES.map((labels) => {
    const pairs = labels.flatMap((name, i) =>
      i % 2 === 0 && name !== '__name__' && name !== 'job' ? [`${name}="${labels[i + 1]}"`] : [],
    )
    return `${labelValue(labels, '__name__')}{${pairs.join(',')}} 1\n`
  }).join('')
}

/** What the store would answer. */
function store(): SeriesSource {
  const find = ({ matcherSets: [matchers] }: Pick<MetadataQuery, 'matcherSets'>) =>
    matchers === undefined ? SERIES : SERIES.filter(compileMatchers(matchers as readonly Matcher[]))
  return {
    async series(query) {
      const found = find(query)
      const given = found.slice(0, query.limit)
      return { count: given.length, truncated: given.length < found.length, slices: [given] }
    },
    labelValues: async (label, query) => ({
      items: [...new Set(find(query).map((labels) => labelValue(labels, label)))].sort(),
      truncated: false,
    }),
    lastSeen: async () => undefined,
    values: async () => [],
    families: async () => new Set(),
  }
}

const live = (source: SeriesSource) =>
  createLiveCatalogue(
    source,
    new Map(),
    { nowMs: systemClock.now(), recentMs: 600_000, windowMs: 7 * 86_400_000, isYoung: false },
    new AbortController().signal,
  )

describe.each([
  ['the store', async () => await verdicts(await live(store()))],
  ['pages', async () => await verdicts(createPageCatalogue([{ job: 'app', file: 'x', body: Buffer.from(page()) }]))],
] as const)('thousands of series of %s are joined by the labels that count', (_, look) => {
  const rules = look()
  test.for(CASES.map(([name, , verdict, message], i) => [name, `A${i}`, verdict, message] as const))(
    '%s',
    async ([, alert, verdict, message]) => {
      const rule = (await rules).get(alert)
      expect(rule?.verdict).toBe(verdict)
      if (message === '') expect(rule?.reasons).toEqual([])
      else expect(rule?.reasons[0]?.message).toContain(message)
    },
  )

  test('what a text prints is known of all of them', async () => {
    const remarks = (await rules).get('Plain')?.remarks
    expect(remarks?.map(({ message }) => message)).toEqual([
      '$labels.zone is always empty: no series of the result has that label',
    ])
    expect(remarks?.[0]?.hint).toBe('the result has instance, job, path')
  })

  test('values are named that none of the first ones has', async () => {
    const [reason] = (await rules).get('Misspelt')?.reasons ?? []
    expect(reason?.hint).toContain('did you mean "/special"?')
  })

  test('and grouped by them: what the result has is known whole', async () => {
    const remarks = (await rules).get('Grouped')?.remarks.map(({ message }) => message)
    expect(remarks).toEqual([
      'sum by (method): none of its series has the label method, so that all of them become one',
      '$labels.zone is always empty: no series of the result has that label',
    ])
  })
})
